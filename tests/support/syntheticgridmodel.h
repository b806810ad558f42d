#pragma once

#include "ui/grid/gridmodel.h"

#include <QVector>

namespace vtscope {

/// A GridModel that makes up its rows from their numbers, so that it can have any number of them at no cost. It shows
/// every look of a row and of a cell, always the same for the same number, and counts what it is asked for.
/// Header only; GUI thread; for window tests and benchmarks.
class SyntheticGridModel : public GridModel
{
public:
    enum Column { Number, Time, Shard, Op, Id, Status, Total, Customer, Payload, UserId, Receipt, Note, ColumnCount };

    explicit SyntheticGridModel(int rows = 0, QObject* parent = nullptr) : GridModel(parent), m_rows(rows)
    {
        const auto add = [this](const char* title, const char* type, ColumnRole role, bool right, bool key, int width) {
            m_columns.append({QString::fromLatin1(title), QString::fromLatin1(type), role, right, key, width});
        };
        add("#", "", ColumnRole::Number, true, false, 8);
        add("Time UTC", "", ColumnRole::Time, false, false, 13);
        add("Shard", "", ColumnRole::Shard, false, false, 5);
        add("Op", "", ColumnRole::Operation, false, false, 6);
        add("id", "bigint unsigned", ColumnRole::Data, true, true, 8);
        add("status", "enum('new','paid','shipped')", ColumnRole::Data, false, false, 18);
        add("total", "decimal(10,2)", ColumnRole::Data, true, false, 18);
        add("customer", "varchar(80)", ColumnRole::Data, false, false, 13);
        add("payload", "json", ColumnRole::Data, false, false, 26);
        add("user_id", "bigint", ColumnRole::Data, true, false, 20);
        add("receipt", "blob", ColumnRole::Data, false, false, 21);
        add("note", "text", ColumnRole::Data, false, false, 20);
    }

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : m_rows; }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    const GridColumn& gridColumn(int column) const override { return m_columns.at(column); }

    /// One batch of new rows at the end.
    void append(int count)
    {
        beginInsertRows({}, m_rows, m_rows + count - 1);
        m_rows += count;
        endInsertRows();
    }

    /// The oldest rows go, as a ring limit lets them; the numbers of the others stay.
    void dropFirst(int count)
    {
        beginRemoveRows({}, 0, count - 1);
        m_rows -= count;
        m_first += count;
        endRemoveRows();
    }

    void resetRows(int rows)
    {
        beginResetModel();
        m_rows = rows;
        m_first = 0;
        endResetModel();
    }

    /// Only ordinary changes in ASCII, as the painting budget is measured.
    void setPlain(bool plain) { m_plain = plain; }
    /// The text that is shown as a search hit in payloads.
    void setHit(const QString& text) { m_hit = text; }
    /// How often row() and cell() were asked since the last call.
    qint64 takeCalls() const { return std::exchange(m_calls, 0); }

    void row(qint64 row, GridRow& out) const override
    {
        ++m_calls;
        const qint64 n = m_first + row;
        using Voice = GridText::Voice;
        out.band = static_cast<quint32>(n / 3);
        if (!m_plain && n % 23 == 11) {
            out.kind = RowKind::Gap;
            out.add(Voice::Strong, u"Gap 2.1 s");
            out.add(Voice::Plain, u"Disk full, capture stopped. Transactions");
            out.add(Voice::Data, u"\u2026:88191-88197");
            out.add(Voice::Plain, u"are missing.");
            out.add(Voice::Quiet, u"12:03:02.9 \u2013 12:03:05.0");
            return;
        }
        if (!m_plain && n % 23 == 13) {
            out.kind = RowKind::SchemaChange;
            out.add(Voice::Strong, u"Schema change");
            out.add(Voice::Data, u"ALTER TABLE orders ADD COLUMN gift_note varchar(255) NULL");
            out.add(Voice::Quiet, u"11 \u2192 12 columns");
            return;
        }
        if (!m_plain && n % 23 == 14) {
            out.kind = RowKind::NotDecodable;
            out.add(Voice::Strong, u"Not decodable");
            out.add(Voice::Plain, u"3 bytes too few for column");
            out.add(Voice::Data, u"total");
            out.add(Voice::Quiet, u"kept as received, 1 204 B \u00b7 #12 188 \u00b7 12:03:05.390");
            return;
        }
        if (!m_plain && n % 101 == 40) {
            out.kind = RowKind::CopyFinished;
            out.add(Voice::Strong, u"Copy finished");
            out.add(Voice::Plain, u"shop.orders, 12 431 rows");
            return;
        }
        out.op = op(n);
        out.bracket = n % 3 == 0 ? Bracket::First : n % 3 == 2 ? Bracket::Last : Bracket::Middle;
        if (!m_plain && n % 9 >= 6)
            out.bracket = Bracket::None;
        out.marked = n % 17 == 3;
        out.copied = !m_plain && n % 29 == 8;
        out.rule = !m_plain && n % 31 == 21 ? 4 : 0;
        if (!m_plain && out.op == RowOp::Delete && n % 4 == 2) {
            out.sentenceFrom = Status;
            out.sentence =
                QStringLiteral("Only the key is sent for a delete. This capture has no earlier image of the row.");
        }
    }

    void cell(qint64 row, int column, GridCell& out) const override
    {
        ++m_calls;
        const qint64 n = m_first + row;
        const RowOp operation = op(n);
        out.ascii = true;
        out.stale = !m_plain && operation == RowOp::Delete && column > Id;
        static constexpr const char* kStates[] = {"new", "paid", "packed", "shipped", "delivered"};
        static constexpr const char16_t* kNames[] = {u"Priya N.",
                                                     u"\u0623\u0645\u0644 \u0633\u0639\u064a\u062f",
                                                     u"Zo\u00eb \u00c5kesson",
                                                     u"\u7530\u4e2d \u7f8e\u54b2 \U0001F381",
                                                     u"O'Connor",
                                                     u"M\u00fcller GmbH",
                                                     u"Jo"};
        switch (column) {
        case Number:
            out.text = QString::number(n + 1);
            break;
        case Time:
            out.text = QStringLiteral("12:%1:%2.%3")
                           .arg(n / 6000 % 60, 2, 10, QLatin1Char('0'))
                           .arg(n / 100 % 60, 2, 10, QLatin1Char('0'))
                           .arg(n * 37 % 1000, 3, 10, QLatin1Char('0'));
            out.quietFrom = 8;
            break;
        case Shard:
            out.text = n % 2 ? QStringLiteral("-80") : QStringLiteral("80-");
            break;
        case Op:
            break;
        case Id:
            out.text = QString::number(4671 + n * 7919 % 100000);
            break;
        case Status:
            out.text = QString::fromLatin1(kStates[n % 5]);
            if (operation == RowOp::Update) {
                out.changed = true;
                out.oldText = QString::fromLatin1(kStates[(n + 4) % 5]);
                if (n % 11 == 4) {
                    out.oldKind = CellKind::Null;
                    out.oldText.clear();
                }
            }
            break;
        case Total:
            out.text = QString::number(static_cast<double>(n * 7717 % 100000) / 100, 'f', 2);
            if (operation == RowOp::Update && n % 2) {
                out.changed = true;
                out.oldText = QString::number(static_cast<double>(n * 3313 % 200000) / 100, 'f', 2);
            }
            break;
        case Customer:
            if (m_plain) {
                out.text = QStringLiteral("Customer %1").arg(n % 1000);
                break;
            }
            if (n % 13 == 5) {
                out.kind = CellKind::Empty;
                break;
            }
            out.text = QString::fromUtf16(kNames[n % 7]);
            out.ascii = n % 7 == 0 || n % 7 == 4 || n % 7 == 6;
            break;
        case Payload:
            payload(n, operation, out);
            break;
        case UserId:
            if (!m_plain && n % 10 == 4)
                out.kind = CellKind::Null;
            else
                out.text = QString::number(9007199254740993127LL - n * 7919);
            break;
        case Receipt:
            if (n % 3 == 0 && !m_plain) {
                out.kind = n % 2 ? CellKind::NotSent : CellKind::Null;
            } else {
                out.kind = CellKind::Binary;
                out.size = 1024 + n * 977 % 20000;
                out.text = QStringLiteral("89 50 4e 47 0d 0a 1a 0a");
            }
            break;
        case Note:
            note(n, out);
            break;
        default:
            break;
        }
    }

private:
    static RowOp op(qint64 n)
    {
        const qint64 k = n * 2654435761LL % 10;
        return k < 5 ? RowOp::Update : k < 9 ? RowOp::Insert : RowOp::Delete;
    }

    void payload(qint64 n, RowOp operation, GridCell& out) const
    {
        out.json = true;
        if (!m_plain && operation == RowOp::Update && n % 3 == 0) {
            out.changed = true;
            out.path = QStringLiteral(".coupon");
            out.oldText = QStringLiteral("null");
            out.text = QStringLiteral("\"SPRING-%1\"").arg(n % 100);
            out.more = n % 2 ? 2 : 0;
        } else if (n % 7 == 1) {
            out.text = QStringLiteral("[]");
        } else {
            out.text = QStringLiteral("{\"source\":\"%1\",\"items\":%2,\"coupon\":\"SPRING-%3\"}")
                           .arg(n % 2 ? QLatin1String("api") : QLatin1String("web"))
                           .arg(n % 9)
                           .arg(n % 100);
        }
        if (!m_hit.isEmpty()) {
            const auto at = out.text.indexOf(m_hit);
            if (at >= 0)
                out.hits.append({static_cast<int>(at), static_cast<int>(m_hit.size()), false, n % 8 == 0});
        }
    }

    void note(qint64 n, GridCell& out) const
    {
        if (m_plain) {
            out.text = QStringLiteral("plain note number %1").arg(n);
            return;
        }
        switch (n % 6) {
        case 0:
            out.text = QStringLiteral("two\nrows\tand \u202Eback");
            out.ascii = false;
            break;
        case 1:
            out.text = QStringLiteral("Dear Zoe, this is the beginning of a very long letter that nobody will read");
            out.truncated = true;
            out.size = 3482;
            break;
        case 2:
            out.kind = CellKind::Absent;
            break;
        case 3:
            out.text = QStringLiteral("NULL");
            break;
        case 4:
            out.kind = CellKind::NotSent;
            break;
        default:
            out.kind = CellKind::Null;
            break;
        }
    }

    QVector<GridColumn> m_columns;
    QString m_hit;
    int m_rows = 0;
    qint64 m_first = 0;
    bool m_plain = false;
    mutable qint64 m_calls = 0;
};

} // namespace vtscope
