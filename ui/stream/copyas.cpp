#include "ui/stream/copyas.h"

#include <QRegularExpression>

#include <algorithm>

#include "streamcore/output/format.h"
#include "ui/capture/celltext.h"

namespace vtscope {

namespace {

OutputFormat formatOf(CopyForm form)
{
    switch (form) {
    case CopyForm::Ndjson:
        return OutputFormat::Ndjson;
    case CopyForm::Redo:
        return OutputFormat::Redo;
    case CopyForm::Undo:
        return OutputFormat::Undo;
    default:
        return OutputFormat::Csv;
    }
}

QString markdownCell(QString value)
{
    return value.replace(u'\\', QStringLiteral("\\\\"))
        .replace(u'|', QStringLiteral("\\|"))
        .replace(u"\r\n"_qs, QStringLiteral("<br>"))
        .replace(u'\n', QStringLiteral("<br>"));
}

QString markdown(const Snapshot& snapshot, const RowSet& lines, const std::vector<std::string>& columns,
                 const Masks& masks, const std::stop_token& stop)
{
    QString all = QStringLiteral("| op |"), rule = QStringLiteral("| --- |");
    for (const std::string& name : columns) {
        all += u' ' + markdownCell(text(name)) + QStringLiteral(" |");
        rule += QStringLiteral(" --- |");
    }
    all += u'\n' + rule + u'\n';
    ChangeView change;
    for (std::uint64_t i = 0; i < lines.count() && !stop.stop_requested(); ++i) {
        change.read(snapshot, lines.at(i));
        if (!change.isChange())
            continue;
        all += QStringLiteral("| %1 |").arg(QLatin1String(nameOf(change.op())));
        const Schema* schema = change.schema();
        for (const std::string& name : columns) {
            const int place = schema ? schema->indexOf(name) : -1;
            if (place < 0) {
                all += QStringLiteral("  |");
                continue;
            }
            const Cell cell = change.current(static_cast<std::size_t>(place));
            const QString value = masks.hides(change.layout(), name) ? text(std::string(kMask))
                                  : cell.hasValue()                  ? exactText(cell)
                                                                     : plainText(cell);
            all += u' ' + markdownCell(value) + QStringLiteral(" |");
        }
        all += u'\n';
    }
    return all;
}

} // namespace

QString linesAs(CopyForm form, const Snapshot& snapshot, const RowSet& lines, const QStringList& columns,
                const Masks& masks, const std::stop_token& stop)
{
    const RowSet most = lines.first(kMostCopiedLines);
    CsvHeader header = headerOf(snapshot, layoutsOf(snapshot, most));
    if (form == CopyForm::Markdown) {
        std::vector<std::string> names;
        for (const QString& name : columns)
            names.push_back(name.toStdString());
        return markdown(snapshot, most, names.empty() ? header.columns : names, masks, stop);
    }
    FormatOptions options;
    options.isOneTable = header.isOneTable;
    options.masked = masks;
    if (form == CopyForm::Tsv)
        options.delimiter = '\t';
    const OutputFormat format = formatOf(form);
    const auto formatter = ChangeFormatter::make(format, std::move(header.columns), options);
    std::string out;
    formatter->appendHeader(out);
    ChangeView change;
    PositionFinder positions;
    static const std::string kNone;
    const OutputOrder order(format, most);
    for (std::uint64_t i = 0; i < order.count() && !stop.stop_requested(); ++i) {
        change.read(snapshot, order.at(i));
        if (change.isChange())
            formatter->append(change, formatter->wantsPosition(change) ? positions.find(snapshot, order.at(i)) : kNone,
                              out);
    }
    formatter->appendFooter(out);
    return QString::fromUtf8(out.data(), static_cast<qsizetype>(out.size()));
}

QString shellWord(const QString& word)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:@%+=,-]+$"));
    if (plain.match(word).hasMatch())
        return word;
    return u'\'' + QString(word).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

} // namespace vtscope
