#include "ui/inspector/inspector.h"

#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QTabWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/inspector/imagedelegate.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kImageText = 4096;
constexpr std::size_t kValueBytes = std::size_t{1} << 20;
constexpr std::size_t kRawBytes = std::size_t{64} << 10;

bool isWords(const Cell& cell)
{
    return !cell.hasValue() || cell.bytes.empty();
}

QString hexDump(std::string_view bytes)
{
    QString out;
    constexpr std::size_t kPerLine = 8;
    for (std::size_t at = 0; at < bytes.size(); at += kPerLine) {
        out += QStringLiteral("%1  ").arg(at, 6, 16, QLatin1Char('0'));
        QString text;
        for (std::size_t i = at; i < at + kPerLine; ++i) {
            if (i >= bytes.size()) {
                out += QStringLiteral("   ");
                continue;
            }
            const auto byte = static_cast<unsigned char>(bytes[i]);
            out += QStringLiteral("%1 ").arg(byte, 2, 16, QLatin1Char('0'));
            text += byte >= 0x20 && byte < 0x7F ? QChar::fromLatin1(static_cast<char>(byte)) : QChar(u'·');
        }
        out += u' ' + text + u'\n';
    }
    return out;
}

QString opWord(const ChangeView& change)
{
    switch (change.op()) {
    case Op::Insert:
        return change.isCopied() ? Inspector::tr("I  copied") : Inspector::tr("I  insert");
    case Op::Update:
        return Inspector::tr("U  update");
    case Op::Delete:
        return Inspector::tr("D  delete");
    default:
        return Inspector::tr("row");
    }
}

QPlainTextEdit* textView(const QString& name)
{
    auto* view = new QPlainTextEdit;
    view->setReadOnly(true);
    view->setFrameShape(QFrame::NoFrame);
    view->setAccessibleName(name);
    view->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    view->setTabChangesFocus(true);
    return view;
}

} // namespace

Inspector::Inspector(QWidget* parent)
    : QWidget(parent), m_stack(new QStackedWidget), m_badge(new QLabel), m_title(new ElidedLabel), m_facts(new QLabel),
      m_pages(new QTabWidget), m_images(new QTreeView), m_model(new QStandardItemModel(this)), m_valueHead(new QLabel),
      m_value(textView(tr("Value"))), m_raw(textView(tr("Bytes as received")))
{
    setAccessibleName(tr("Inspector"));
    auto* empty = new EmptyState;
    empty->setIcon(IconName::LookOnly);
    empty->setSentence(tr("No change selected"));
    empty->setFact(tr("Press ↓ in the list, or click a change."));

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    const int padding = metrics().panelPadding();
    layout->setContentsMargins(0, padding, 0, 0);
    layout->setSpacing(metrics().u());
    auto* head = new QHBoxLayout;
    head->setContentsMargins(padding, 0, padding, 0);
    head->setSpacing(metrics().space(2));
    m_title->setVoice(ElidedLabel::Voice::Title);
    head->addWidget(m_badge);
    head->addWidget(m_title, 1);
    layout->addLayout(head);
    m_facts->setContentsMargins(padding, 0, padding, metrics().u());
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setWordWrap(true);
    layout->addWidget(m_facts);

    m_images->setModel(m_model);
    m_images->setItemDelegate(new ImageDelegate(this));
    m_images->setHeaderHidden(true);
    m_images->setRootIsDecorated(false);
    m_images->setFrameShape(QFrame::NoFrame);
    m_images->setAccessibleName(tr("Columns of the change"));
    m_images->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_images->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_images->header()->setStretchLastSection(true);
    // Values wrap: what they need depends on the width.
    connect(m_images->header(), &QHeaderView::sectionResized, m_images, &QTreeView::doItemsLayout);
    connect(m_images, &QTreeView::activated, this, [this](const QModelIndex& index) {
        if (index.siblingAtColumn(0).data(ImageDelegate::IsHeadingRole).toBool())
            return;
        m_column = index.siblingAtColumn(0).data().toString().toStdString();
        fillValue();
        m_pages->setCurrentIndex(1);
    });

    auto* valuePage = new QWidget;
    auto* valueLayout = new QVBoxLayout(valuePage);
    valueLayout->setContentsMargins(padding, padding, padding, padding);
    auto* valueHead = new QHBoxLayout;
    auto* copy = new QPushButton(icon(IconName::Copy), tr("Cop&y"));
    connect(copy, &QPushButton::clicked, this, &Inspector::copyValue);
    valueHead->addWidget(m_valueHead, 1);
    valueHead->addWidget(copy);
    valueLayout->addLayout(valueHead);
    valueLayout->addWidget(m_value, 1);

    m_pages->setDocumentMode(true);
    m_pages->setAccessibleName(tr("Views of the change"));
    setFocusProxy(m_pages);
    m_pages->tabBar()->setAccessibleName(tr("Views of the change"));
    m_pages->addTab(m_images, tr("Before / After"));
    m_pages->addTab(valuePage, tr("Value"));
    m_pages->addTab(m_raw, tr("Raw"));
    layout->addWidget(m_pages, 1);

    m_stack->addWidget(empty);
    m_stack->addWidget(body);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins({});
    outer->addWidget(m_stack);

    const auto restyle = [this] {
        m_badge->setFont(metrics().badge());
        m_facts->setFont(metrics().small());
        m_value->setFont(metrics().data());
        m_raw->setFont(metrics().data());
        m_images->doItemsLayout();
        if (m_stack->currentIndex() == 1)
            fillHead();
    };
    connect(&Theme::instance(), &Theme::changed, this, restyle);
    connect(&KeptMasks::instance(), &KeptMasks::changed, this, [this] {
        if (m_stack->currentIndex() == 1)
            fill();
    });
    restyle();
}

void Inspector::clear()
{
    m_snapshot = {};
    m_stack->setCurrentIndex(0);
}

void Inspector::show(const Snapshot& snapshot, std::uint64_t number, const QStringList& remarks, const LineHits& hits)
{
    m_snapshot = snapshot;
    m_remarks = remarks;
    m_hits = hits;
    m_change.read(m_snapshot, number);
    fill();
    m_stack->setCurrentIndex(1);
}

void Inspector::fill()
{
    m_masks = KeptMasks::instance().masks();
    fillHead();
    fillImages();
    fillValue();
    fillRaw();
}

bool Inspector::isMasked(std::size_t column) const
{
    return m_masks.hides(m_change.layout(), m_change.schema()->columns[column].name);
}

// Whether the value as a whole is why the change passes the filter.
bool Inspector::isReason(std::size_t column, bool isOld) const
{
    const std::string& name = m_change.schema()->columns[column].name;
    return std::any_of(m_hits.reasons.begin(), m_hits.reasons.end(), [&](const MatchedCell& reason) {
        const bool isBefore = reason.image == FilterOperand::Image::Before;
        return reason.name == name && reason.text.empty() && isOld == (m_change.isChanged(column) && isBefore);
    });
}

// The texts that are marked in it.
QStringList Inspector::wantedIn(std::size_t column) const
{
    QStringList wanted;
    if (!m_hits.find.isEmpty())
        wanted << m_hits.find;
    for (const MatchedCell& reason : m_hits.reasons) {
        if (!reason.text.empty() && reason.name == m_change.schema()->columns[column].name)
            wanted << text(reason.text);
    }
    return wanted;
}

void Inspector::markValue(std::size_t column)
{
    QList<QTextEdit::ExtraSelection> marks;
    constexpr qsizetype kMostMarks = 1000;
    QTextEdit::ExtraSelection mark;
    mark.format.setBackground(tokens().hit);
    mark.format.setForeground(tokens().onHit);
    mark.format.setFontUnderline(true);
    for (const QString& wanted : wantedIn(column)) {
        for (mark.cursor = m_value->document()->find(wanted); !mark.cursor.isNull() && marks.size() < kMostMarks;
             mark.cursor = m_value->document()->find(wanted, mark.cursor))
            marks << mark;
    }
    m_value->setExtraSelections(marks);
}

QString Inspector::shownText(std::size_t column, const Cell& cell, int limit) const
{
    return isMasked(column) ? tr("masked") : plainText(cell, limit);
}

void Inspector::renew(const Snapshot& snapshot)
{
    if (m_stack->currentIndex() != 1)
        return;
    if (m_change.number() < snapshot.first())
        return clear();
    m_snapshot = snapshot;
    m_change.read(m_snapshot, m_change.number());
}

void Inspector::chooseColumn(const std::string& name)
{
    m_column = name;
    if (m_stack->currentIndex() == 1)
        fillValue();
}

void Inspector::fillHead()
{
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    const Tokens& color = tokens();
    const Layout& layout = m_change.layout();
    if (!m_change.isChange()) {
        const EventText event = eventText(m_snapshot, m_change.number());
        m_badge->hide();
        m_title->setText(text(event.title));
        m_facts->setText(timeText(m_change.time()) + (event.note.empty() ? QString() : u'\n' + text(event.note)) +
                         remarkText());
        return;
    }
    const QColor tint = m_change.op() == Op::Insert   ? color.insT
                        : m_change.op() == Op::Delete ? color.delT
                        : m_change.op() == Op::Update ? color.updT
                                                      : color.chip;
    const QColor ink = m_change.op() == Op::Insert   ? color.ins
                       : m_change.op() == Op::Delete ? color.del
                       : m_change.op() == Op::Update ? color.upd
                                                     : color.onChip;
    m_badge->setText(opWord(m_change));
    m_badge->setStyleSheet(
        QStringLiteral("background:%1;color:%2;border-radius:3px;padding:2px 6px").arg(tint.name(), ink.name()));
    m_badge->show();
    QString key;
    const Schema* schema = m_change.schema();
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        if (schema->columns[i].isKey)
            key += (key.isEmpty() ? QString() : QStringLiteral(", ")) +
                   shownText(i, m_change.current(i).hasValue() ? m_change.current(i) : m_change.before(i), 64);
    }
    m_title->setText(text(layout.table) + (key.isEmpty() ? QString() : QStringLiteral("  ") + key));
    QString facts =
        text(layout.keyspace) + u'/' + text(layout.shard) + QStringLiteral("   ") + timeText(m_change.time());
    if (m_change.isReceiptTime())
        facts += tr(" (received)");
    const TransactionFacts transaction = transactionFacts(m_snapshot, m_change.number());
    if (!transaction.gtid.empty())
        facts += tr("\nTransaction %1").arg(text(transaction.gtid));
    if (transaction.commitTime != 0)
        facts += tr("\nCommitted %1 UTC")
                     .arg(QDateTime::fromSecsSinceEpoch(transaction.commitTime, Qt::UTC)
                              .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")));
    if (m_snapshot.entry(m_change.number()).images() == Images::Rows && m_change.op() != Op::Row)
        facts += tr("\nSync tells no transactions: the bracket joins what came in one answer");
    if (m_change.fault() != RowFault::None)
        facts +=
            tr("\nNot decodable: %1. Shown as far as it can be read.").arg(QLatin1String(faultText(m_change.fault())));
    m_facts->setText(facts + remarkText());
}

QString Inspector::remarkText() const
{
    return m_remarks.isEmpty() ? QString() : u'\n' + m_remarks.join(u'\n');
}

void Inspector::fillImages()
{
    m_model->clear();
    m_model->setColumnCount(2);
    m_images->setColumnWidth(0, metrics().space(32));
    const Schema* schema = m_change.schema();
    if (!m_change.isChange() || !schema) {
        const EventText event = eventText(m_snapshot, m_change.number());
        const bool isGap = !m_change.isChange() && m_change.op() == Op::Gap;
        if (!event.detail.empty())
            m_model->appendRow(
                {new QStandardItem(isGap ? tr("missing") : tr("text")), new QStandardItem(text(event.detail))});
        return;
    }
    const auto heading = [this](const QString& words) {
        auto* item = new QStandardItem(words);
        item->setData(true, ImageDelegate::IsHeadingRole);
        item->setFlags(Qt::ItemIsEnabled);
        m_model->appendRow(item);
        m_images->setFirstColumnSpanned(m_model->rowCount() - 1, {}, true);
    };
    const auto add = [&](std::size_t i, bool isChanged) {
        const Column& column = schema->columns[i];
        const Cell now = m_change.current(i);
        auto* name = new QStandardItem(text(column.name));
        auto* value = new QStandardItem(shownText(i, now, kImageText));
        for (QStandardItem* item : {name, value}) {
            item->setData(isChanged && !isMasked(i), ImageDelegate::IsChangedRole);
            item->setData(column.isKey, ImageDelegate::IsKeyRole);
            item->setData(text(column.typeName()), ImageDelegate::TypeRole);
            item->setToolTip(text(column.typeName()));
        }
        value->setData(isMasked(i) || isWords(now), ImageDelegate::IsWordsRole);
        if (!isMasked(i)) {
            value->setData(wantedIn(i), ImageDelegate::WantedRole);
            value->setData(isReason(i, false), ImageDelegate::IsReasonRole);
            value->setData(isReason(i, true), ImageDelegate::IsOldReasonRole);
        }
        QString spoken = shownText(i, now, 200);
        if (isChanged && !isMasked(i)) {
            const Cell before = m_change.before(i);
            value->setData(plainText(before, kImageText), ImageDelegate::OldRole);
            value->setData(isWords(before), ImageDelegate::IsOldWordsRole);
            spoken = tr("%1, was %2").arg(spoken, plainText(before, 200));
        }
        if (!isMasked(i) && (isReason(i, false) || isReason(i, true)))
            spoken += tr(", matches the filter");
        value->setData(spoken, Qt::AccessibleTextRole);
        m_model->appendRow({name, value});
    };
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < schema->columns.size(); ++i) {
        if (m_change.isChanged(i))
            changed.push_back(i);
    }
    if (m_change.op() == Op::Update) {
        heading(tr("%1 of %2 columns changed").arg(changed.size()).arg(schema->columns.size()));
        for (const std::size_t i : changed)
            add(i, true);
        heading(tr("Unchanged"));
    } else if (m_change.op() == Op::Delete) {
        heading(tr("What was deleted"));
    }
    for (std::size_t i = 0; i < schema->columns.size(); ++i) {
        if (!m_change.isChanged(i))
            add(i, false);
    }
}

void Inspector::fillValue()
{
    m_value->setExtraSelections({});
    const Schema* schema = m_change.isChange() ? m_change.schema() : nullptr;
    int column = schema ? schema->indexOf(m_column) : -1;
    if (schema && column < 0 && !schema->columns.empty())
        column = 0;
    if (column < 0) {
        m_valueHead->clear();
        m_value->setPlainText(text(eventText(m_snapshot, m_change.number()).detail));
        return;
    }
    const Cell cell = m_change.current(static_cast<std::size_t>(column));
    const Column& facts = schema->columns[static_cast<std::size_t>(column)];
    if (isMasked(static_cast<std::size_t>(column))) {
        m_valueHead->setText(QStringLiteral("%1   %2").arg(text(facts.name), text(facts.typeName())));
        m_value->setPlainText(tr("masked"));
        return;
    }
    m_valueHead->setText(QStringLiteral("%1   %2").arg(text(facts.name), text(facts.typeName())) +
                         (cell.hasValue() ? QStringLiteral(", ") + sizeText(cell.bytes.size()) : QString()));
    if (!cell.hasValue() || cell.bytes.empty()) {
        m_value->setPlainText(plainText(cell));
        return;
    }
    Cell head = cell;
    head.bytes = cell.bytes.substr(0, kValueBytes);
    if (facts.isBytes()) {
        m_value->setPlainText(hexDump(head.bytes.substr(0, kRawBytes)));
        return;
    }
    QString whole = exactText(head);
    if (head.bytes.size() < cell.bytes.size())
        whole += tr("\n… the first MiB of %1").arg(sizeText(cell.bytes.size()));
    m_value->setPlainText(whole);
    markValue(static_cast<std::size_t>(column));
}

void Inspector::copy()
{
    if (m_stack->currentIndex() == 0)
        return;
    const QModelIndex chosen = m_images->currentIndex().siblingAtColumn(0);
    if (m_pages->currentIndex() == 0 && chosen.isValid() && !chosen.data(ImageDelegate::IsHeadingRole).toBool())
        m_column = chosen.data().toString().toStdString();
    copyValue();
}

void Inspector::copyValue()
{
    const Schema* schema = m_change.isChange() ? m_change.schema() : nullptr;
    const int column = schema ? std::max(0, schema->indexOf(m_column)) : -1;
    if (column >= 0)
        QApplication::clipboard()->setText(isMasked(static_cast<std::size_t>(column))
                                               ? text(std::string(kMask))
                                               : exactText(m_change.current(static_cast<std::size_t>(column))));
    else
        QApplication::clipboard()->setText(m_value->toPlainText());
}

void Inspector::fillRaw()
{
    // A row that cannot be read may hold anything.
    const bool mayHoldMasked = m_change.isChange() || m_change.op() == Op::Undecodable;
    if (mayHoldMasked && m_masks.hidesAnyOf(m_change.layout())) {
        m_raw->setPlainText(tr("Some of these bytes belong to masked columns. Unmask them to see the bytes."));
        return;
    }
    const std::string_view raw = m_change.raw();
    QString dump = hexDump(raw.substr(0, kRawBytes));
    if (raw.size() > kRawBytes)
        dump += tr("… the first 64 KiB of %1\n").arg(sizeText(raw.size()));
    m_raw->setPlainText(dump);
}

} // namespace vtscope
