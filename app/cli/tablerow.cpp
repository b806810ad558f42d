#include "app/cli/tablerow.h"

#include "streamcore/clock.h"
#include "streamcore/names.h"

namespace vtscope::cli {

namespace {

void appendShort(const Cell& cell, std::string& out)
{
    switch (cell.state) {
    case Cell::State::Absent:
        out += "-";
        break;
    case Cell::State::NotSent:
        out += "(not sent)";
        break;
    case Cell::State::Null:
        out += "NULL";
        break;
    case Cell::State::Value: {
        const EyeText eye = eyeText(cell, 60);
        QString text = eye.text;
        text.replace(u'\n', QStringLiteral("\\n"))
            .replace(u'\r', QStringLiteral("\\r"))
            .replace(u'\t', QStringLiteral("\\t"));
        for (QChar& c : text) {
            if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
                c = QChar(0xFFFD);
        }
        out += eye.isHex ? "0x" + text.remove(u' ').toStdString() : cell.bytes.empty() ? "''" : text.toStdString();
        if (eye.isTruncated)
            out += "…(" + std::to_string(eye.size) + " B)";
        break;
    }
    }
}

} // namespace

void appendTableRow(const ChangeView& change, const FormatOptions& options, std::string& out)
{
    std::string time;
    appendTime(change.time(), time);
    out.append(time, 11, 12).append("Z  ").append(change.layout().shard).append("  ");
    out += change.isCopied() ? "copy  " : std::string(nameOf(change.op())).append("  ");
    out.append(change.layout().table);
    if (change.fault() != RowFault::None) {
        out.append("  not decodable: ").append(faultText(change.fault())).append(", kept as received\n");
        return;
    }
    const Schema* schema = change.schema();
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        const bool isChanged = change.isChanged(i);
        const std::string& name = schema->columns[i].name;
        if ((change.op() == Op::Update && !isChanged && !schema->columns[i].isKey) ||
            (!options.columns.empty() && !isAmong(options.columns, name)))
            continue;
        out.append("  ").append(name).append("=");
        if (options.masked.hides(change.layout(), name)) {
            out += kMask;
            continue;
        }
        if (isChanged) {
            appendShort(change.before(i), out);
            out += " → ";
        }
        appendShort(change.current(i), out);
    }
    out += '\n';
}

} // namespace vtscope::cli
