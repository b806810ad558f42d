#include "ui/window/ledgertext.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "streamcore/position/gtidset.h"
#include "ui/capture/celltext.h"

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(vtscope::Ledger)
};

QString orNone(const std::string& position)
{
    return position.empty() ? Words::tr("not told yet") : text(position);
}

QString counted(const std::optional<std::uint64_t>& transactions)
{
    return !transactions        ? Words::tr("not known")
           : *transactions == 1 ? Words::tr("1 transaction")
                                : Words::tr("%1 transactions").arg(numberText(*transactions));
}

QString gapText(const Gap& gap)
{
    return (gap.missing.empty() ? Words::tr("not known which transactions") : text(gap.missing)) + u'\n' +
           text(gap.cause);
}

} // namespace

std::optional<std::uint64_t> missingIn(const Ledger::Account& account)
{
    std::uint64_t missing = 0;
    for (const Gap& gap : account.gaps) {
        const auto set = GtidSet::parse(gap.missing);
        const auto count = set && !gap.missing.empty() ? set->count() : std::nullopt;
        if (!count)
            return std::nullopt;
        missing += *count;
    }
    return missing;
}

QString placeOf(const std::string& keyspace, const std::string& shard, const std::string& table)
{
    const QString place = text(keyspace) + (shard.empty() ? QString() : u'/' + text(shard));
    return table.empty() ? place : place + u' ' + text(table);
}

QStringList ledgerRemarks(const Ledger& ledger)
{
    QStringList remarks;
    const auto add = [&](std::uint64_t count, const QString& one, const QString& many) {
        if (count > 0)
            remarks << (count == 1 ? one : many.arg(numberText(count)));
    };
    add(ledger.dropped, Words::tr("1 change was dropped by the limit of what is kept."),
        Words::tr("%1 changes were dropped by the limit of what is kept."));
    add(ledger.faults, Words::tr("1 row or message could not be decoded; it is kept as it was received."),
        Words::tr("%1 rows and messages could not be decoded; they are kept as they were received."));
    add(ledger.damaged, Words::tr("1 message is damaged in the file and was left out."),
        Words::tr("%1 messages are damaged in the file and were left out."));
    return remarks;
}

QString gapsText(const Ledger& ledger)
{
    QStringList gaps;
    for (const Ledger::Account& account : ledger.accounts) {
        for (const Gap& gap : account.gaps)
            gaps << placeOf(gap.keyspace, gap.shard, gap.table) + u'\n' + gapText(gap);
    }
    return gaps.join(u"\n\n"_s);
}

QString ledgerText(const Ledger& ledger)
{
    QStringList lines{text(ledger.words())};
    lines += ledgerRemarks(ledger);
    for (const Ledger::Account& account : ledger.accounts) {
        lines << QString() << placeOf(account.keyspace, account.shard, account.table)
              << Words::tr("asked for: %1").arg(orNone(account.asked))
              << Words::tr("from: %1").arg(orNone(account.first)) << Words::tr("to: %1").arg(orNone(account.last))
              << Words::tr("received: %1").arg(counted(account.received));
        for (const Gap& gap : account.gaps)
            lines << Words::tr("missing: %1").arg(gapText(gap));
    }
    return lines.join(u'\n') + u'\n';
}

QString ledgerJson(const Ledger& ledger)
{
    QJsonArray accounts;
    for (const Ledger::Account& account : ledger.accounts) {
        QJsonArray gaps;
        for (const Gap& gap : account.gaps)
            gaps.append(QJsonObject{{u"missing"_s, text(gap.missing)}, {u"cause"_s, text(gap.cause)}});
        accounts.append(QJsonObject{
            {u"keyspace"_s, text(account.keyspace)},
            {u"shard"_s, text(account.shard)},
            {u"table"_s, account.table.empty() ? QJsonValue() : text(account.table)},
            {u"asked"_s, text(account.asked)},
            {u"from"_s, text(account.first)},
            {u"to"_s, text(account.last)},
            {u"received"_s, account.received ? QJsonValue(static_cast<qint64>(*account.received)) : QJsonValue()},
            {u"gaps"_s, gaps}});
    }
    return QString::fromUtf8(QJsonDocument(QJsonObject{{u"complete"_s, ledger.isComplete()},
                                                       {u"accounts"_s, accounts},
                                                       {u"droppedChanges"_s, static_cast<qint64>(ledger.dropped)},
                                                       {u"notDecodable"_s, static_cast<qint64>(ledger.faults)},
                                                       {u"damagedMessages"_s, static_cast<qint64>(ledger.damaged)}})
                                 .toJson());
}

} // namespace vtscope
