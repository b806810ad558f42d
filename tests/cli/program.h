// One run of vtscope-cli.
#pragma once

#include <QProcess>
#include <QStringList>

#include <functional>

namespace vtscope::test {

// Where vtscope-cli lies.
QString programPath();

class Program
{
public:
    static constexpr int kPatience = 30'000;

    // Started at once. The arguments are those of vtscope-cli; variables are "NAME=value".
    explicit Program(const QStringList& arguments, const QStringList& variables = {}, const QByteArray& input = {});
    // The same in front of a pipe: what it prints goes to this shell command, or to a file if there is none.
    struct Reader
    {
        QString command;
        QString file = {};
    };
    Program(const QStringList& arguments, const Reader& reader);
    ~Program();

    QProcess& process() { return m_process; }
    // Waits for the end. -1: it did not end in time or crashed.
    int wait();
    // Calls `poke` again and again until it ends, which it does when it has what it waits for.
    int waitWhile(const std::function<void()>& poke);
    // Waits until its standard output (so far) makes the condition true.
    bool waitForOutput(const std::function<bool(const QByteArray&)>& condition);
    void terminate();

    // After the end, or so far.
    QByteArray out();
    QByteArray err();

private:
    QProcess m_process;
    QByteArray m_out, m_err;
};

// The arguments that reach the server of this run, behind the command: "watch", options….
QStringList at(const QStringList& command);
// Lines without their end; no empty one at the end.
QList<QByteArray> linesOf(const QByteArray& text);
// Fields of a CSV line that has no quotes and no line breaks in fields.
QList<QByteArray> fieldsOf(const QByteArray& line);

} // namespace vtscope::test
