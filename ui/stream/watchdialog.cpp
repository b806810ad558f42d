#include "ui/stream/watchdialog.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScreen>
#include <QScrollArea>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>
#include <QtConcurrent>

#include <array>

#include "streamcore/names.h"
#include "streamcore/position/positiontext.h"
#include "ui/capture/celltext.h"
#include "ui/stream/checklist.h"
#include "ui/stream/serverbox.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

using Start = WatchRequest::Start;

constexpr int kMostTables = 7, kMostShards = 4; // lines, before they scroll

// What stands beside "everything" and the three kinds of limits.
struct KeepUnit
{
    const char* suffix;
    int least, usual, most;
};
constexpr std::array kKeepUnits{
    KeepUnit{nullptr, 0, 0, 0},
    KeepUnit{QT_TRANSLATE_NOOP("vtscope::WatchDialog", " MiB"), 16, 2048, 1 << 24},
    KeepUnit{QT_TRANSLATE_NOOP("vtscope::WatchDialog", " minutes"), 1, 60, 365 * 24 * 60},
    KeepUnit{QT_TRANSLATE_NOOP("vtscope::WatchDialog", " changes"), 1000, 1'000'000, 2'000'000'000},
};

QDateTime utcTime(Journal::Time time)
{
    return QDateTime::fromMSecsSinceEpoch(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(), Qt::UTC);
}

// "customer.users, billing.invoices"; nothing when it is something else.
std::optional<std::vector<KeyspaceTables>> othersFrom(const QString& text)
{
    return byKeyspace(namesFrom(text.toStdString()));
}

void disableItem(QComboBox* box, int row, const QString& reason)
{
    auto* model = qobject_cast<QStandardItemModel*>(box->model());
    model->item(row)->setEnabled(false);
    model->item(row)->setText(QStringLiteral("%1: %2").arg(box->itemText(row), reason));
}

} // namespace

WatchRequest defaultRequest(const Connection& connection, const std::string& keyspace, const std::string& table)
{
    WatchRequest request;
    request.keyspace = keyspace;
    request.tables = {table};
    request.source = defaultSource(connection);
    request.tabletType = connection.settings().tabletType;
    request.cells = connection.settings().cells;
    return request;
}

WatchDialog::WatchDialog(std::shared_ptr<Connection> connection, const Keyspace& keyspace, const WatchRequest& request,
                         const RingLimits& ring, QWidget* parent)
    : QDialog(parent), m_connection(std::move(connection)), m_keyspace(keyspace), m_tables(new CheckList(tr("Tables"))),
      m_shards(new CheckList(tr("Shards"), tr("All shards"))), m_source(new QComboBox), m_tablet(new QComboBox),
      m_cells(new QLineEdit), m_endChanges(new QSpinBox), m_endMinutes(new QSpinBox), m_endMebibytes(new QSpinBox),
      m_stopPosition(new QLineEdit), m_keep(new QComboBox), m_keepAmount(new QSpinBox), m_start(new QButtonGroup(this)),
      m_copyFacts(new QLabel), m_copyYes(new QCheckBox), m_position(new QPlainTextEdit),
      m_fromFile(new QPushButton(tr("From a &File…"))), m_time(new QDateTimeEdit), m_also(new QLineEdit),
      m_server(new ServerBox(request)), m_problem(new QLabel), m_choices(new QScrollArea)
{
    setWindowTitle(tr("Watch %1").arg(text(keyspace.name)));
    setMinimumWidth(metrics().space(140));

    for (const Table& table : keyspace.tables) {
        const bool isChosen = isAmong(request.tables, table.name);
        if (!table.isInternal || isChosen)
            m_tables->add(table.name, isChosen);
    }
    m_tables->fitLines(kMostTables);
    for (const std::string& shard : keyspace.shards)
        m_shards->add(shard, isAmong(request.shards, shard));
    m_shards->fitLines(kMostShards);
    m_source->addItem(tr("VStream"), static_cast<int>(Source::VStream));
    m_source->addItem(tr("Sync"), static_cast<int>(Source::Sync));
    if (m_connection->facts().vstream == Availability::No)
        disableItem(m_source, 0, tr("not offered by this host"));
    if (!m_connection->hasSync())
        disableItem(m_source, 1, tr("only PlanetScale offers it"));
    m_source->setCurrentIndex(request.source == Source::Sync ? 1 : 0);
    for (const TabletType type : {TabletType::Primary, TabletType::Replica, TabletType::Rdonly})
        m_tablet->addItem(QLatin1String(nameOf(type)), static_cast<int>(type));
    m_tablet->setCurrentIndex(static_cast<int>(request.tabletType));
    m_cells->setText(text(request.cells));
    m_cells->setPlaceholderText(m_connection->settings().isPlanetScaleHost()
                                    ? QStringLiteral("planetscale_operator_default")
                                    : tr("the server's choice"));

    m_also->setText(text(listed(namesOf(request.others))));
    m_also->setPlaceholderText(tr("tables of other keyspaces: keyspace.table, …"));
    m_also->setAccessibleName(tr("Tables of other keyspaces"));

    auto* content = new QWidget;
    auto* rows = new QVBoxLayout(content);
    rows->setContentsMargins({});
    auto* form = new QFormLayout;
    rows->addLayout(form);
    rows->addStretch(1);
    form->setHorizontalSpacing(metrics().space(3));
    form->setVerticalSpacing(metrics().fieldGap());
    form->addRow(tr("&Tables"), m_tables);
    form->addRow(tr("Als&o"), m_also);
    form->addRow(tr("S&hards"), m_shards);
    form->setRowVisible(m_shards, keyspace.shards.size() > 1);
    form->addRow(tr("&Source"), m_source);
    form->addRow(tr("Ta&blet"), m_tablet);
    form->addRow(tr("&Cells"), m_cells);
    form->addRow(tr("Start"), startBox(request));
    form->addRow(tr("Se&rver sends"), m_server);
    form->addRow(tr("&End"), endBox(request));
    form->addRow(tr("&Keep"), keepBox(ring));

    m_problem->setWordWrap(true);
    m_problem->setProperty("tone", QStringLiteral("error"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_ok = buttons->addButton(tr("&Watch"), QDialogButtonBox::AcceptRole);
    setVariant(m_ok, ButtonVariant::Primary);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    const int padding = metrics().space(4);
    layout->setContentsMargins(padding, padding, padding, padding);
    layout->setSpacing(metrics().space(3));
    m_choices->setFrameShape(QFrame::NoFrame);
    m_choices->setWidgetResizable(true);
    m_choices->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_choices->setFocusPolicy(Qt::NoFocus);
    m_choices->setWidget(content);
    m_choices->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    layout->addWidget(m_choices, 1);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    // Not before it is the dialog's, which would take another button.
    m_ok->setDefault(true);
    m_fromFile->setAutoDefault(false);

    for (const CheckList* list : {m_tables, m_shards})
        connect(list, &CheckList::changed, this, &WatchDialog::update);
    for (QComboBox* box : {m_source, m_tablet})
        connect(box, &QComboBox::currentIndexChanged, this, &WatchDialog::update);
    connect(m_start, &QButtonGroup::idToggled, this, &WatchDialog::update);
    connect(m_position, &QPlainTextEdit::textChanged, this, &WatchDialog::update);
    for (QLineEdit* line : {m_stopPosition, m_also})
        connect(line, &QLineEdit::textChanged, this, &WatchDialog::update);
    connect(m_server, &ServerBox::changed, this, &WatchDialog::update);
    connect(m_time, &QDateTimeEdit::dateTimeChanged, this, &WatchDialog::update);
    connect(m_fromFile, &QPushButton::clicked, this, &WatchDialog::readPosition);
    connect(m_copyYes, &QCheckBox::toggled, this, &WatchDialog::update);
    update();
    findSpan();
    if (request.start == Start::Position)
        m_position->setFocus();
}

QWidget* WatchDialog::startBox(const WatchRequest& request)
{
    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins({});
    layout->setSpacing(metrics().u());
    const auto add = [&](Start start, const QString& words) {
        auto* button = new QRadioButton(words);
        m_start->addButton(button, static_cast<int>(start));
        layout->addWidget(button);
    };
    add(Start::Now, tr("&Now: changes from here on"));
    add(Start::Copy, tr("Cop&y the whole table, then follow"));
    m_copyFacts->setWordWrap(true);
    m_copyFacts->setContentsMargins(metrics().space(6), 0, 0, 0);
    m_copyYes->setText(tr("Yes, read the whole table of this production branch"));
    auto* copyRow = new QHBoxLayout;
    copyRow->addSpacing(metrics().space(6));
    copyRow->addWidget(m_copyYes);
    layout->addWidget(m_copyFacts);
    layout->addLayout(copyRow);
    add(Start::Position, tr("At a &position"));
    m_position->setAccessibleName(tr("Position"));
    m_position->setPlaceholderText(tr("MySQL56/3e11fa47-…:1-5 for one shard, or a VGTID as JSON"));
    m_position->setFont(metrics().data());
    m_position->setTabChangesFocus(true);
    m_position->setMaximumHeight(metrics().space(18));
    m_position->setPlainText(text(request.position));
    layout->addWidget(m_position);
    setVariant(m_fromFile, ButtonVariant::Link);
    m_fromFile->setAutoDefault(false);
    layout->addWidget(m_fromFile, 0, Qt::AlignLeft);
    add(Start::Time, tr("Near a t&ime"));
    m_start->button(static_cast<int>(Start::Time))->setEnabled(false);
    m_time->setTimeSpec(Qt::UTC);
    m_time->setDisplayFormat(QStringLiteral("yyyy-MM-dd HH:mm:ss 'UTC'"));
    m_time->setAccessibleName(tr("Time, UTC"));
    m_time->setDateTime(request.start == Start::Time ? utcTime(request.time)
                                                     : QDateTime::currentDateTimeUtc().addSecs(-15 * 60));
    auto* timeRow = new QHBoxLayout;
    timeRow->addSpacing(metrics().space(6));
    timeRow->addWidget(m_time);
    timeRow->addStretch(1);
    layout->addLayout(timeRow);
    add(Start::Continue, {});
    m_start->button(static_cast<int>(request.start == Start::Continue ? Start::Now : request.start))->setChecked(true);
    return box;
}

// A journal may be long, so it is read elsewhere.
void WatchDialog::findSpan()
{
    const auto settings = m_connection->settings();
    QtConcurrent::run([settings, keyspace = m_keyspace.name] {
        return Journal(settings).spanOf(keyspace);
    }).then(this, [this](const std::optional<Journal::Span>& span) {
        m_span = span;
        QAbstractButton* button = m_start->button(static_cast<int>(Start::Time));
        button->setText(span ? tr("Near a t&ime, as known since %1").arg(text(momentText(span->first)))
                             : tr("Near a t&ime: none is known yet"));
        button->setToolTip(span ? QString() : tr("Streams of saved connections leave a journal of times"));
        button->setEnabled(span.has_value());
        update();
    });
}

QWidget* WatchDialog::endBox(const WatchRequest& request)
{
    auto* box = new QWidget;
    auto* layout = new QGridLayout(box);
    layout->setContentsMargins({});
    m_endChanges->setRange(0, 1'000'000'000);
    m_endChanges->setSpecialValueText(tr("after any number"));
    m_endChanges->setSuffix(tr(" changes"));
    m_endChanges->setGroupSeparatorShown(true);
    m_endChanges->setAccessibleName(tr("End after so many changes; 0 for no limit"));
    m_endChanges->setValue(static_cast<int>(request.endAfterChanges));
    m_endMinutes->setRange(0, 7 * 24 * 60);
    m_endMinutes->setSpecialValueText(tr("at any time"));
    m_endMinutes->setSuffix(tr(" minutes"));
    m_endMinutes->setAccessibleName(tr("End after so many minutes; 0 for no limit"));
    m_endMinutes->setValue(
        static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(request.endAfterTime).count()));
    m_endMebibytes->setRange(0, 1 << 24);
    m_endMebibytes->setSpecialValueText(tr("at any size"));
    m_endMebibytes->setSuffix(tr(" MiB"));
    m_endMebibytes->setGroupSeparatorShown(true);
    m_endMebibytes->setAccessibleName(tr("End after so many MiB were received; 0 for no limit"));
    m_endMebibytes->setValue(static_cast<int>(request.endAfterBytes >> 20));
    m_stopPosition->setAccessibleName(tr("End at this position; empty for none"));
    m_stopPosition->setPlaceholderText(tr("or at a position"));
    m_stopPosition->setFont(metrics().data());
    m_stopPosition->setText(text(request.stopPosition));
    layout->addWidget(m_endChanges, 0, 0);
    layout->addWidget(m_endMinutes, 0, 1);
    layout->addWidget(m_endMebibytes, 0, 2);
    layout->addWidget(m_stopPosition, 1, 0, 1, 3);
    box->setFocusProxy(m_endChanges);
    box->setFocusPolicy(Qt::StrongFocus);
    return box;
}

// Everything, or the newest part.
QWidget* WatchDialog::keepBox(const RingLimits& ring)
{
    auto* box = new QWidget;
    auto* layout = new QHBoxLayout(box);
    layout->setContentsMargins({});
    m_keep->setAccessibleName(tr("How much of the capture is kept"));
    m_keep->addItem(tr("everything"));
    m_keep->addItem(tr("the newest, by size"));
    m_keep->addItem(tr("the newest, by time"));
    m_keep->addItem(tr("the newest, by number"));
    m_keepAmount->setAccessibleName(tr("How much is kept"));
    m_keepAmount->setGroupSeparatorShown(true);
    layout->addWidget(m_keep, 1);
    layout->addWidget(m_keepAmount, 1);
    box->setFocusProxy(m_keep);
    box->setFocusPolicy(Qt::StrongFocus);
    connect(m_keep, &QComboBox::currentIndexChanged, this, [this](int kind) {
        const KeepUnit& unit = kKeepUnits[static_cast<std::size_t>(kind)];
        m_keepAmount->setVisible(kind != 0);
        m_keepAmount->setRange(unit.least, unit.most);
        m_keepAmount->setSuffix(unit.suffix ? tr(unit.suffix) : QString());
        m_keepAmount->setValue(unit.usual);
    });
    const int kind = ring.bytes != 0 ? 1 : ring.age.count() != 0 ? 2 : ring.changes != 0 ? 3 : 0;
    m_keepAmount->hide();
    m_keep->setCurrentIndex(kind);
    if (kind == 1)
        m_keepAmount->setValue(static_cast<int>(ring.bytes >> 20));
    else if (kind == 2)
        m_keepAmount->setValue(static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(ring.age).count()));
    else if (kind == 3)
        m_keepAmount->setValue(static_cast<int>(ring.changes));
    return box;
}

RingLimits WatchDialog::ring() const
{
    RingLimits ring;
    const auto amount = static_cast<std::uint64_t>(m_keepAmount->value());
    if (m_keep->currentIndex() == 1)
        ring.bytes = amount << 20;
    else if (m_keep->currentIndex() == 2)
        ring.age = std::chrono::minutes(amount);
    else if (m_keep->currentIndex() == 3)
        ring.changes = amount;
    return ring;
}

void WatchDialog::updateKept()
{
    CursorFile chosen;
    chosen.isSync = static_cast<Source>(m_source->currentData().toInt()) == Source::Sync;
    chosen.keyspace = m_keyspace.name;
    chosen.shards = m_shards->ticked();
    chosen.tables = m_tables->ticked();
    chosen.others = othersFrom(m_also->text()).value_or(std::vector<KeyspaceTables>());
    m_kept = keptPosition(m_connection->settings().id, chosen);
    QAbstractButton* button = m_start->button(static_cast<int>(Start::Continue));
    button->setText(m_kept ? tr("Where it stopped &last time, %1 UTC")
                                 .arg(m_kept->when.toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")))
                           : tr("Where it stopped &last time: not known of these tables"));
    button->setEnabled(m_kept.has_value());
}

void WatchDialog::readPosition()
{
    constexpr qint64 kMost = 1 << 24;
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a position"), {}, tr("Cursor files (*.cursor);;All files (*)"));
    QFile file(path);
    if (path.isEmpty())
        return;
    if (file.size() > kMost || !file.open(QIODevice::ReadOnly)) {
        m_problem->setText(tr("%1 cannot be read.").arg(path));
        m_problem->show();
        return;
    }
    m_position->setPlainText(QString::fromUtf8(file.readAll()));
}

// Why it cannot be watched like this; empty if it can.
QString WatchDialog::problem() const
{
    const auto start = static_cast<Start>(m_start->checkedId());
    if (m_tables->ticked().empty())
        return tr("Tick at least one table.");
    if (start == Start::Position) {
        const auto parsed = parsePosition(m_position->toPlainText().toStdString());
        if (!parsed)
            return text(parsed.error().message);
        if (parsed->size() == 1 && parsed->front().shard.empty() && m_shards->ticked().size() != 1 &&
            m_keyspace.shards.size() > 1)
            return tr("A single GTID belongs to one shard: choose it above, or give a VGTID for all.");
    }
    if (start == Start::Time && !m_span)
        return tr("No times are known of this keyspace. Choose another start.");
    if (start == Start::Time && utcTime(m_span->first) > m_time->dateTime())
        return tr("Times are known from %1 on.").arg(text(momentText(m_span->first)));
    if (!othersFrom(m_also->text()))
        return tr("Tables of other keyspaces are written keyspace.table, with commas between them.");
    if (const QString missing = m_server->problem(); !missing.isEmpty())
        return missing;
    if (start == Start::Copy && m_connection->settings().tag == Tag::Production && !m_copyYes->isChecked())
        return tr("Confirm that the whole table may be read.");
    if (start == Start::Continue && !m_kept)
        return tr("It is not known where these tables were stopped last. Choose another start.");
    if (!m_stopPosition->text().trimmed().isEmpty()) {
        const auto shards = m_shards->ticked();
        const auto stop = stopPositions(m_stopPosition->text().toStdString(), m_keyspace.name,
                                        shards.empty() ? m_keyspace.shards : shards);
        if (!stop)
            return tr("Where to end: %1").arg(text(stop.error().message));
    }
    return {};
}

void WatchDialog::update()
{
    updateKept();
    const auto start = static_cast<Start>(m_start->checkedId());
    const auto tables = m_tables->ticked();
    std::uint64_t rows = 0;
    for (const std::string& name : tables) {
        if (const Table* table = m_keyspace.find(name))
            rows += table->rowEstimate;
    }
    const bool isProduction = m_connection->settings().tag == Tag::Production;
    m_copyFacts->setVisible(start == Start::Copy);
    m_copyYes->setVisible(start == Start::Copy && isProduction);
    m_copyFacts->setText(tr("About %1 rows are read from the %2 tablet. Nothing is changed on the branch.")
                             .arg(QLocale().toString(static_cast<qulonglong>(rows)), m_tablet->currentText()));
    m_position->setVisible(start == Start::Position);
    m_fromFile->setVisible(start == Start::Position);
    m_time->setVisible(start == Start::Time);
    m_server->setSource(static_cast<Source>(m_source->currentData().toInt()));

    const QString problem = this->problem();
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    m_ok->setEnabled(problem.isEmpty());
    m_ok->setToolTip(problem);
    fit();
}

// As high as the choices are, as far as the screen has room; what does not fit is scrolled to, and the buttons stay.
void WatchDialog::fit()
{
    const QRect room = screen()->availableGeometry();
    QWidget* content = m_choices->widget();
    content->layout()->activate();
    layout()->activate();
    const int around = height() - m_choices->height();
    const int wanted =
        content->sizeHint().height() + (isVisible() ? around : sizeHint().height() - m_choices->sizeHint().height());
    const int most = room.height() - metrics().space(12);
    resize(std::min(std::max(width(), sizeHint().width()), room.width()), std::min(std::max(height(), wanted), most));
    if (isVisible() && frameGeometry().bottom() > room.bottom())
        move(x(), std::max(room.top(), y() - (frameGeometry().bottom() - room.bottom())));
    // Once it has its place.
    QTimer::singleShot(0, this, [this] {
        if (m_position->isVisible())
            m_choices->ensureWidgetVisible(m_position);
    });
}

WatchRequest WatchDialog::request() const
{
    WatchRequest request;
    request.keyspace = m_keyspace.name;
    request.tables = m_tables->ticked();
    request.shards = m_shards->ticked();
    request.source = static_cast<Source>(m_source->currentData().toInt());
    request.tabletType = static_cast<TabletType>(m_tablet->currentData().toInt());
    request.cells = m_cells->text().trimmed().toStdString();
    request.start = static_cast<Start>(m_start->checkedId());
    if (request.start == Start::Position)
        request.position = m_position->toPlainText().toStdString();
    if (request.start == Start::Time)
        request.time = Journal::Time(std::chrono::milliseconds(m_time->dateTime().toMSecsSinceEpoch()));
    request.others = othersFrom(m_also->text()).value_or(std::vector<KeyspaceTables>());
    m_server->applyTo(request);
    if (request.start == Start::Continue && m_kept) {
        request.start = Start::Position;
        request.position = m_kept->position.toStdString();
    }
    request.endAfterChanges = static_cast<std::uint64_t>(m_endChanges->value());
    request.endAfterTime = std::chrono::minutes(m_endMinutes->value());
    request.endAfterBytes = static_cast<std::uint64_t>(m_endMebibytes->value()) << 20;
    request.stopPosition = m_stopPosition->text().trimmed().toStdString();
    return request;
}

} // namespace vtscope
