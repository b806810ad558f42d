#include "ui/queue/sqltext.h"

#include "ui/style/theme.h"

#include <QRegularExpression>
#include <QSyntaxHighlighter>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

class Colours final : public QSyntaxHighlighter
{
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;

protected:
    void highlightBlock(const QString& text) override
    {
        // One alternative each: comment, quoted name (stays plain), string, number, keyword.
        static const QRegularExpression kToken(
            u"(?<comment>^-- .*)|(?<name>`[^`]*`)|(?<string>'(?:[^'\\\\]|\\\\.|'')*')"
            "|(?<number>\\b-?\\d+(?:\\.\\d+)?\\b)"
            "|(?<word>\\b(?:update|set|where|and|in|is|not|null|select|from|stream|insert|delete)\\b)"_s,
            QRegularExpression::CaseInsensitiveOption);
        // Long lists of ids are common; beyond this length colours help nobody.
        constexpr int kLimit = 20'000;
        const Tokens& t = tokens();
        auto matches = kToken.globalMatch(QStringView(text).left(kLimit).toString());
        while (matches.hasNext()) {
            const QRegularExpressionMatch match = matches.next();
            const auto paint = [&](const QString& group, const QColor& color) {
                if (match.capturedLength(group) > 0)
                    setFormat(static_cast<int>(match.capturedStart(group)),
                              static_cast<int>(match.capturedLength(group)), color);
            };
            paint(u"comment"_s, t.text2);
            paint(u"string"_s, t.jsonString);
            paint(u"number"_s, t.jsonNumber);
            paint(u"word"_s, t.jsonKeyword);
        }
    }
};

} // namespace

SqlText::SqlText(QWidget* parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setAccessibleName(tr("SQL"));
    document()->setDocumentMargin(metrics().space(1.5));
    auto* colours = new Colours(document());
    connect(&Theme::instance(), &Theme::changed, this, [this, colours] {
        restyle();
        colours->rehighlight();
    });
    restyle();
}

void SqlText::restyle()
{
    setFont(metrics().data());
}

void SqlText::setStatements(const QStringList& wheres, const QStringList& statements)
{
    if (statements == m_statements && wheres == m_wheres)
        return;
    m_wheres = wheres;
    m_statements = statements;
    QStringList lines;
    for (qsizetype i = 0; i < statements.size(); ++i) {
        if (!wheres.at(i).isEmpty())
            lines.append("-- "_L1 + wheres.at(i));
        lines.append(statements.at(i));
    }
    setPlainText(lines.join(u'\n'));
}

QString SqlText::copyText() const
{
    QString all;
    for (qsizetype i = 0; i < m_statements.size(); ++i) {
        if (!m_wheres.at(i).isEmpty())
            all += "-- "_L1 + m_wheres.at(i) + u'\n';
        all += m_statements.at(i) + ";\n"_L1;
    }
    return all;
}

} // namespace vtscope
