#include "ui/window/ledgerdialog.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/style/banner.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"
#include "ui/window/ledgertext.h"

namespace vtscope {

namespace {

constexpr int kPauseMs = 1000;

enum Column : int { Place, Table, Asked, From, To, Received, Missing, ColumnCount };

QString countText(const std::optional<std::uint64_t>& count)
{
    return count ? QLocale().toString(static_cast<qulonglong>(*count)) : LedgerDialog::tr("not known");
}

QString positionText(const std::string& position)
{
    return position.empty() ? LedgerDialog::tr("not told yet") : text(position);
}

} // namespace

LedgerDialog::LedgerDialog(const std::shared_ptr<Capture>& capture, const QString& name, QWidget* parent)
    : QDialog(parent), m_capture(capture), m_summary(new Banner(Banner::Kind::Info)),
      m_accounts(new QStandardItemModel(0, ColumnCount, this)), m_list(new QTreeView), m_gapsBox(new QWidget),
      m_gaps(new QPlainTextEdit)
{
    setWindowTitle(tr("Completeness of %1").arg(name));
    resize(metrics().space(190), metrics().space(105));
    m_summary->setSentence(tr("Counting …"));

    m_accounts->setHorizontalHeaderLabels(
        {tr("Shard"), tr("Table"), tr("Asked for"), tr("From"), tr("To"), tr("Transactions"), tr("Missing")});
    m_list->setAccessibleName(tr("Shards, and what was received of them"));
    m_list->setModel(m_accounts);
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAllColumnsShowFocus(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(From, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(To, QHeaderView::Stretch);
    for (const int column : {Place, Table, Received, Missing})
        m_list->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);

    auto* heading = new QLabel(tr("&Gaps"));
    heading->setProperty("vtText", QStringLiteral("heading"));
    heading->setBuddy(m_gaps);
    m_gaps->setAccessibleName(tr("Gaps, with their transactions and causes"));
    m_gaps->setReadOnly(true);
    m_gaps->setTabChangesFocus(true);
    m_gaps->setFont(metrics().data());
    m_gaps->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_gaps->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* gaps = new QVBoxLayout(m_gapsBox);
    gaps->setContentsMargins(0, metrics().space(2), 0, 0);
    gaps->addWidget(heading);
    gaps->addWidget(m_gaps);
    m_gapsBox->hide();

    auto* parts = new QSplitter(Qt::Vertical);
    parts->setChildrenCollapsible(false);
    parts->addWidget(m_list);
    parts->addWidget(m_gapsBox);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    const auto copy = [&](const QString& words, QString (*form)(const Ledger&)) {
        QPushButton* button = buttons->addButton(words, QDialogButtonBox::ActionRole);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this,
                [this, form] { QGuiApplication::clipboard()->setText(form(m_ledger)); });
    };
    copy(tr("&Copy as Text"), ledgerText);
    copy(tr("Copy as &JSON"), ledgerJson);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto* content = new QVBoxLayout;
    const int padding = metrics().space(3);
    content->setContentsMargins(padding, padding, padding, padding);
    content->setSpacing(metrics().space(2));
    content->addWidget(parts, 1);
    content->addWidget(buttons);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_summary);
    layout->addLayout(content, 1);
    m_list->setFocus();

    m_clock.setInterval(kPauseMs);
    connect(&m_clock, &QTimer::timeout, this, &LedgerDialog::count);
    connect(&Theme::instance(), &Theme::changed, this, &LedgerDialog::showAccounts);
    m_clock.start();
    count();
}

void LedgerDialog::count()
{
    const auto capture = m_capture.lock();
    if (!capture || m_counting.isRunning())
        return;
    m_counting.start([capture](const std::stop_token&) { return ledgerOf(*capture); },
                     [this](const Ledger& ledger) { take(ledger); });
}

void LedgerDialog::take(const Ledger& ledger)
{
    m_ledger = ledger;
    const QString remarks = ledgerRemarks(ledger).join(u' ');
    if (ledger.accounts.empty()) {
        m_summary->setKind(Banner::Kind::Info);
        m_summary->setSentence(tr("This capture has no positions, so nobody can tell what it lacks"));
        m_summary->setSecond(remarks.isEmpty() ? tr("Only streams of changes tell where they are.") : remarks);
    } else if (ledger.isComplete()) {
        m_summary->setKind(Banner::Kind::Ok);
        m_summary->setSentence(tr("Complete: nothing is missing of what came to pass while this was recorded"));
        m_summary->setSecond(remarks);
    } else {
        m_summary->setKind(Banner::Kind::Warning);
        m_summary->setSentence(tr("Not complete: %1").arg(text(ledger.words())));
        m_summary->setSecond(remarks);
    }
    showAccounts();
    // What is selected in it stays selected as long as it is true.
    const QString gaps = gapsText(ledger);
    m_gapsBox->setVisible(!gaps.isEmpty());
    if (gaps != m_gaps->toPlainText())
        m_gaps->setPlainText(gaps);
}

void LedgerDialog::showAccounts()
{
    const bool hasTables = std::any_of(m_ledger.accounts.begin(), m_ledger.accounts.end(),
                                       [](const Ledger::Account& account) { return !account.table.empty(); });
    m_list->setColumnHidden(Table, !hasTables);
    m_accounts->setRowCount(static_cast<int>(m_ledger.accounts.size()));
    for (int row = 0; row < m_accounts->rowCount(); ++row) {
        const Ledger::Account& account = m_ledger.accounts[static_cast<std::size_t>(row)];
        const QString cells[ColumnCount] = {placeOf(account.keyspace, account.shard, {}),
                                            text(account.table),
                                            positionText(account.asked),
                                            positionText(account.first),
                                            positionText(account.last),
                                            countText(account.received),
                                            account.gaps.empty() ? tr("none") : countText(missingIn(account))};
        for (int column = 0; column < ColumnCount; ++column) {
            QStandardItem* item = m_accounts->item(row, column);
            if (!item) {
                item = new QStandardItem;
                item->setEditable(false);
                m_accounts->setItem(row, column, item);
            }
            if (item->text() != cells[column]) {
                item->setText(cells[column]);
                item->setToolTip(cells[column]);
            }
            if (column == Received)
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            if (column != Place && column != Table)
                item->setFont(metrics().data());
        }
        m_accounts->item(row, Missing)
            ->setIcon(account.gaps.empty() ? icon(IconName::Ok, Tone::Ok) : icon(IconName::Gap, Tone::Warning));
    }
}

} // namespace vtscope
