#pragma once

#include <QPlainTextEdit>

namespace vtscope {

/// SQL to read and to copy: data font, quiet colours, wraps between words and never changes a character. GUI thread.
class SqlText : public QPlainTextEdit
{
    Q_OBJECT

public:
    explicit SqlText(QWidget* parent = nullptr);

    /// For the plan of a write: each statement below a comment that names where it goes.
    void setStatements(const QStringList& wheres, const QStringList& statements);
    /// What *Copy* takes: the same, each statement ended.
    QString copyText() const;

private:
    void restyle();

    QStringList m_wheres;
    QStringList m_statements;
};

} // namespace vtscope
