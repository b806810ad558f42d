// The window, clicked through as its users do: from the start page to a file that equals the database, and from a stuck
// queue to acknowledged messages; its tabs, its questions before something is lost, and its reasons.
#include "streamcore/queue/actionlog.h"
#include "streamcore/queue/queue.h"
#include "streamcore/select/find.h"
#include "streamcore/wire/sql.h"
#include "tests/support/samples.h"
#include "tests/window/desk.h"
#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/inspector/imagedelegate.h"
#include "ui/inspector/inspector.h"
#include "ui/output/exportdialog.h"
#include "ui/queue/actionlogview.h"
#include "ui/queue/plansheet.h"
#include "ui/queue/plantable.h"
#include "ui/queue/queueview.h"
#include "ui/queue/sqltext.h"
#include "ui/stream/keptfilters.h"
#include "ui/stream/streamview.h"
#include "ui/stream/watchdialog.h"
#include "ui/style/banner.h"
#include "ui/style/theme.h"

using namespace vtscope;
using namespace vtscope::test;
using namespace Qt::StringLiterals;

namespace {

// A field of a CSV file: empty and not quoted is NULL, quoted is the empty string.
struct CsvField
{
    QByteArray text;
    bool isQuoted = false;

    bool isNull() const { return text.isEmpty() && !isQuoted; }
};

QList<QList<CsvField>> readCsv(const QByteArray& file)
{
    QList<QList<CsvField>> lines;
    QList<CsvField> line;
    CsvField field;
    bool isInside = false;
    for (qsizetype i = 0; i < file.size(); ++i) {
        const char c = file[i];
        if (isInside && c == '"' && i + 1 < file.size() && file[i + 1] == '"') {
            field.text += file[++i];
        } else if (c == '"') {
            isInside = !isInside;
            field.isQuoted = true;
        } else if (isInside || (c != ',' && c != '\r' && c != '\n')) {
            field.text += c;
        } else if (c != '\r') {
            line.append(std::exchange(field, {}));
            if (c == '\n')
                lines.append(std::exchange(line, {}));
        }
    }
    return lines;
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// Values as a file has them: hex for bytes, the server's own text for all else.
QByteArray wanted(const Column& column, const std::string& value)
{
    const QByteArray bytes = QByteArray::fromStdString(value);
    return column.isBytes() ? bytes.toHex() : bytes;
}

// Where the lines differ from the rows that SQL gives, matched by id; empty when they are the same.
QString difference(const QList<QList<CsvField>>& csv, const QueryRows& rows)
{
    QStringList titles;
    for (const CsvField& title : csv.value(0))
        titles.append(QString::fromUtf8(title.text));
    const qsizetype id = titles.indexOf(u"id"_s);
    QHash<QByteArray, QList<CsvField>> lines;
    for (const QList<CsvField>& line : csv.mid(1))
        lines.insert(line.at(id).text, line);
    if (csv.size() - 1 != static_cast<qsizetype>(rows.rows.size()) || lines.size() != csv.size() - 1)
        return u"%1 lines with %2 ids, %3 rows"_s.arg(csv.size() - 1).arg(lines.size()).arg(rows.rows.size());
    for (std::size_t row = 0; row < rows.rows.size(); ++row) {
        const QString name = QString::fromStdString(rows.text(row, "id"));
        const QList<CsvField> line = lines.value(name.toUtf8());
        for (std::size_t column = 0; column < rows.columns.size(); ++column) {
            const qsizetype at = titles.indexOf(QString::fromStdString(rows.columns[column].name));
            if (at < 0 || at >= line.size())
                return name + u": no column "_s + QString::fromStdString(rows.columns[column].name);
            const auto& value = rows.rows[row][column];
            const bool isSame =
                value ? !line[at].isNull() && line[at].text == wanted(rows.columns[column], *value) : line[at].isNull();
            if (!isSame)
                return name + u'.' + titles[at] + u": "_s + QString::fromUtf8(line[at].text);
        }
    }
    return {};
}

QueryRows sql(const Desk& desk, const std::string& keyspace, const std::string& statement)
{
    auto rows = SqlSession(*desk.navigator().connection(), keyspace).execute(Statement::read(statement));
    if (!rows)
        qFatal("%s: %s", statement.c_str(), rows.error().message.c_str());
    return *rows;
}

QSet<QString> ackedIds(const Desk& desk)
{
    QSet<QString> ids;
    const QueryRows rows = sql(desk, "shop", "select id, time_acked from mail_queue where time_acked is not null");
    for (std::size_t row = 0; row < rows.rows.size(); ++row)
        ids.insert(QString::fromStdString(rows.text(row, "id")));
    return ids;
}

// The shop's mail queue in a tab of its own, with its messages; null when they do not come.
QueueView* openMailQueue(Desk& desk)
{
    desk.openByName(u"mail"_s);
    auto* queue = desk.currentTab<QueueView>();
    const bool isFilled = queue && QTest::qWaitFor([queue] { return queue->model()->rowCount() > 0; }, kPatience);
    return isFilled ? queue : nullptr;
}

// The first update after this line.
int nextUpdate(const Snapshot& snapshot, int from = 0)
{
    for (auto line = static_cast<std::uint64_t>(from); line < snapshot.count(); ++line) {
        if (snapshot.entry(line).op() == Op::Update)
            return static_cast<int>(line);
    }
    return -1;
}

// The actions of the menus that cannot be used now and do not say why.
QStringList silentActions(const QMenuBar& bar)
{
    QStringList silent;
    for (const QAction* title : bar.actions()) {
        for (const QAction* action : title->menu()->actions()) {
            if (!action->isSeparator() && !action->isEnabled() && action->statusTip().isEmpty())
                silent.append(plain(title->text()) + u" > "_s + plain(action->text()));
        }
    }
    return silent;
}

QStringList capturesIn(const QString& home)
{
    return QDir(home + u"/data/vtscope/captures"_s).entryList({u"*.vtcap"_s}, QDir::Files);
}

// What is written to the error stream while it lives.
class Warnings
{
public:
    Warnings()
    {
        s_all.clear();
        s_before = qInstallMessageHandler([](QtMsgType type, const QMessageLogContext& context, const QString& said) {
            s_all.append(said);
            s_before(type, context, said);
        });
    }
    ~Warnings() { qInstallMessageHandler(s_before); }

    QStringList all() const { return s_all; }

private:
    static inline QStringList s_all;
    static inline QtMessageHandler s_before = nullptr;
};

// A sealed capture with changes of every type.
void writeCapture(const QString& path, std::size_t without = 0)
{
    const auto capture = Capture::create(path.toStdString(), 0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.keyspace = "solo";
    description.tables = {"alltypes"};
    const ReaderId reader = capture->openReader(description).value();
    std::vector<std::string> messages = readMessages("vstream-live-alltypes.bin");
    messages.resize(messages.size() - without);
    for (const std::string& message : messages)
        (void)capture->append(reader, message, 1).value();
    QVERIFY(capture->seal().has_value());
}

} // namespace

class MainWindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        Theme::instance().install(Theme::Choice::Light);
        Theme::instance().setReduceMotion(true);
        qApp->installEventFilter(&m_models);
    }

    // Each test is a user without a past.
    void init()
    {
        m_home = std::make_unique<QTemporaryDir>();
        QVERIFY(m_home->isValid());
        for (const auto& [variable, folder] :
             {std::pair{"XDG_DATA_HOME", "/data"}, {"XDG_STATE_HOME", "/state"}, {"XDG_CONFIG_HOME", "/config"}})
            qputenv(variable, (m_home->path() + QLatin1String(folder)).toLocal8Bit());
        for (const QSettings::Format format : {QSettings::NativeFormat, QSettings::IniFormat})
            QSettings::setPath(format, QSettings::UserScope, m_home->filePath(u"config"_s));
    }

    void watchesTheLocalBranchFromTheFirstClick();
    void exportsWhatTheDatabaseHolds();
    void theWatchDialogFitsASmallScreen();
    void asksBeforeMaskedColumnsAreSaved();
    void acknowledgesByPlan();
    void heldKeysAcknowledgeNothing();
    void opensACaptureFile();
    void mergesCaptures();
    void comparesCaptures();
    void saysWhatIsWrongWithAFile_data();
    void saysWhatIsWrongWithAFile();
    void asksBeforeACaptureIsLost_data();
    void asksBeforeACaptureIsLost();
    void asksOnlyAboutWhatCameAfterSaving();
    void disabledActionsSayWhy();
    void findsOnlyWhatIsShown();
    void theFocusIsTheUsers();
    void subscriptionCountsWhatItTakes();
    void tabGoesEverywhere();
    void twoStreamsRunAtOnce();
    void copiesWhatHasTheFocus();
    void inspectorComesAndGoes();
    void filterShowsWhatPasses();
    void tabsCloseOneByOne();

private:
    ModelWatch m_models;
    std::unique_ptr<QTemporaryDir> m_home;
};

void MainWindowTest::watchesTheLocalBranchFromTheFirstClick()
{
    Desk desk;
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    QVERIFY(stream);
    QCOMPARE(desk.tabs().tabText(0), u"shop.orders"_s);
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > 0, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(nextUpdate(stream->model().snapshot()) >= 0, kPatience);
    QTRY_VERIFY(desk.status(u"Stream"_s).startsWith(u"live"));
    QTRY_VERIFY(desk.status(u"Rate"_s).contains(u"/s"_s));
    QTRY_VERIFY(desk.status(u"Lag"_s).startsWith(u"lag "_s));

    // Stop: nothing comes any more, everything stays.
    QVERIFY(clickOn(desk.window, u"Stop"_s));
    QCOMPARE(stream->session().state(), Session::State::Stopped);
    auto* banner = stream->findChild<Banner*>();
    QVERIFY(banner);
    QCOMPARE(banner->sentence(), u"Stopped"_s);
    const int stoppedAt = stream->model().rowCount();
    QCOMPARE(static_cast<std::uint64_t>(stoppedAt), stream->session().capture()->count());
    QTRY_COMPARE(desk.status(u"Stream"_s), u"stopped"_s);

    // Continue from here: the same tab and capture grow.
    QVERIFY(clickOn(*banner, u"Continue from here"_s));
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > stoppedAt + 2, kPatience);
    QVERIFY(!stream->findChild<Banner*>() || !stream->findChild<Banner*>()->isVisible());
    // An update, and no line of the stream itself in the two behind it.
    const auto isFollowed = [&](int line) {
        const Snapshot now = stream->model().snapshot();
        const auto at = static_cast<std::uint64_t>(line);
        return line >= 0 && at + 2 < now.count() && now.entry(at).op() == Op::Update &&
               isChange(now.entry(at + 1).op()) && isChange(now.entry(at + 2).op());
    };
    int row = -1;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            for (row = 0; row < stream->model().rowCount() && !isFollowed(row);)
                ++row;
            return isFollowed(row);
        }(),
        kPatience);
    desk.press(Qt::Key_E);
    QCOMPARE(stream->session().state(), Session::State::Stopped);

    // The inspector shows an update as it was and as it is.
    const Snapshot snapshot = stream->model().snapshot();
    clickCell(stream->grid(), row, 0);
    ChangeView change;
    change.read(snapshot, static_cast<std::uint64_t>(row));
    const QAbstractItemModel* images = fieldOf<QTreeView>(desk.window, u"Columns of the change"_s)->model();
    int line = 1; // below "n of m columns changed"
    for (std::size_t column = 0; column < change.schema()->columns.size(); ++column) {
        if (!change.isChanged(column))
            continue;
        QCOMPARE(images->index(line, 0).data().toString(), text(change.schema()->columns[column].name));
        QCOMPARE(images->index(line, 1).data().toString(), plainText(change.after(column), 4096));
        QCOMPARE(images->index(line, 1).data(ImageDelegate::OldRole).toString(),
                 plainText(change.before(column), 4096));
        ++line;
    }
    QVERIFY(line > 1);
    QVERIFY(images->index(0, 0).data().toString().startsWith(QString::number(line - 1) + u" of "_s));
    QCOMPARE(images->index(line, 0).data().toString(), u"Unchanged"_s);

    // What is selected, and nothing else, goes into the file.
    const int last = row + 2;
    clickCell(stream->grid(), last, 0, Qt::ShiftModifier);
    const int count = last - row + 1;
    QCOMPARE(stream->grid().selectedRowCount(), count);
    desk.press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    auto* dialog = desk.window.findChild<ExportDialog*>();
    QVERIFY(dialog);
    const QString path = m_home->filePath(u"selected.csv"_s);
    dialog->setPath(path);
    QTRY_VERIFY(buttonOf(*dialog, u"Export %1 change"_s.arg(count)));
    QTRY_VERIFY(buttonOf(*dialog, u"Export"_s)->isEnabled());
    QVERIFY(clickOn(*dialog, u"Export"_s));
    QTRY_VERIFY(buttonOf(*dialog, u"Open folder"_s));
    const auto csv = readCsv(contentOf(path));
    QCOMPARE(csv.size(), count + 1);
    QCOMPARE(csv.at(1).at(4).text, QByteArray("update"));
    for (int i = 0; i < count; ++i) {
        change.read(snapshot, static_cast<std::uint64_t>(row + i));
        QCOMPARE(csv.at(i + 1).at(6).text, QByteArray::fromStdString(std::string(change.current(0).bytes)));
    }
    QVERIFY(clickOn(*dialog, u"Close"_s));
    QTRY_VERIFY(!desk.window.findChild<ExportDialog*>());
}

// 800 by 500, less the window's frame: whatever is chosen, the buttons can be seen.
void MainWindowTest::theWatchDialogFitsASmallScreen()
{
    constexpr int kHeight = 450;
    Desk desk;
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    for (const QString& start : {u"Now"_s, u"Copy the whole table"_s, u"At a position"_s}) {
        Answer<WatchDialog> options([&](WatchDialog& dialog) {
            QVERIFY(clickOn(dialog, start));
            QVERIFY(dialog.minimumSizeHint().height() <= kHeight && dialog.minimumSizeHint().width() <= 800);
            dialog.resize(dialog.width(), kHeight);
            QCOMPARE(dialog.height(), kHeight);
            for (const QString& words : {u"Watch"_s, u"Cancel"_s}) {
                const QWidget* button = buttonOf(dialog, words);
                QVERIFY(button && button->height() >= button->minimumSizeHint().height());
                QTRY_VERIFY(dialog.rect().contains(QRect(button->mapTo(&dialog, QPoint()), button->size())));
            }
            dialog.reject();
        });
        desk.clickMenu(u"Stream"_s, u"Options…"_s);
        QVERIFY(options.came());
    }
}

void MainWindowTest::asksBeforeMaskedColumnsAreSaved()
{
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    QTRY_VERIFY_WITH_TIMEOUT(desk.tab<StreamView>(0)->model().rowCount() > 0, kPatience);
    const auto unmask = qScopeGuard([] { KeptMasks::instance().set(u"shop.orders"_s, u"comment"_s, false); });
    KeptMasks::instance().set(u"shop.orders"_s, u"comment"_s, true);
    const QString path = m_home->filePath(u"masked.vtcap"_s);
    for (const bool isSaved : {false, true}) {
        QString question;
        Answer<QMessageBox> asked([&](QMessageBox& box) {
            question = box.text();
            click(isSaved ? buttonOf(box, u"Save Them Too"_s) : box.button(QMessageBox::Cancel));
        });
        Answer<QFileDialog> where([&](QFileDialog& dialog) { chooseFile(dialog, path); });
        desk.clickMenu(u"File"_s, u"Save Capture As…"_s);
        QVERIFY(asked.came());
        QVERIFY2(question.contains(u"comment"_s), qPrintable(question));
        QCOMPARE(where.came(), isSaved);
        QTRY_COMPARE(QFile::exists(path), isSaved);
    }
    QVERIFY(clickOn(desk.window, u"Stop"_s));
    Answer<QMessageBox> dropped([](QMessageBox& box) { click(box.button(QMessageBox::Discard)); });
    desk.window.close();
}

void MainWindowTest::exportsWhatTheDatabaseHolds()
{
    const LocalBranch server({u"--rate"_s, u"0"_s, u"--rows"_s, u"120"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());

    Answer<WatchDialog> options([](WatchDialog& dialog) {
        QVERIFY(clickOn(dialog, u"Copy the whole table"_s));
        QVERIFY(buttonOf(dialog, u"Copy the whole table"_s)->isChecked());
        QVERIFY(clickOn(dialog, u"Watch"_s));
    });
    desk.clickMenu(u"Stream"_s, u"Options…"_s);
    QVERIFY(options.came());
    QCOMPARE(desk.tabs().count(), 2);
    auto* stream = desk.currentTab<StreamView>();
    const QueryRows rows = sql(desk, "shop", "select * from orders");
    QCOMPARE(rows.rows.size(), std::size_t{120});
    QTRY_COMPARE_WITH_TIMEOUT(stream->session().capture()->changes(), std::uint64_t{120}, kPatience);

    QVERIFY(clickOn(desk.window, u"Stop"_s));
    QTRY_COMPARE(desk.status(u"Stream"_s), u"stopped"_s);
    QVERIFY(clickOn(desk.window, u"Export"_s));
    auto* dialog = desk.window.findChild<ExportDialog*>();
    QVERIFY(dialog);
    QVERIFY(clickOn(*dialog, u"All"_s));
    auto* file = fieldOf<QLineEdit>(*dialog, u"File"_s);
    const QString path = m_home->filePath(u"orders.csv"_s);
    file->selectAll();
    QTest::keyClicks(file, path);
    QTRY_VERIFY(buttonOf(*dialog, u"Export 120 changes"_s));
    QVERIFY(clickOn(*dialog, u"Export 120 changes"_s));
    QTRY_VERIFY(buttonOf(*dialog, u"Open folder"_s));

    const auto csv = readCsv(contentOf(path));
    QCOMPARE(difference(csv, rows), QString());
    // The sample has what is easily lost on the way: without it, being equal would prove little.
    bool hasNull = false, hasBytes = false, hasQuotes = false;
    for (const auto& line : csv) {
        for (const CsvField& field : line) {
            hasNull |= field.isNull();
            hasQuotes |= field.text.contains('"');
        }
    }
    for (const Column& column : rows.columns)
        hasBytes |= column.isBytes();
    QVERIFY(hasNull && hasBytes && hasQuotes);
}

void MainWindowTest::acknowledgesByPlan()
{
    const LocalBranch server({u"--rate"_s, u"0"_s, u"--rows"_s, u"120"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server, Tag::Production);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    const auto connection = desk.navigator().connection();
    QueueView* const queue = openMailQueue(desk);
    QVERIFY(queue);

    // Three open messages.
    QList<int> rows;
    for (int row = 0; row < queue->model()->rowCount() && rows.size() < 3; ++row) {
        const MessageState state = queue->model()->messageAt(row)->state;
        if (state == MessageState::Due || state == MessageState::Scheduled)
            rows.append(row);
    }
    QCOMPARE(rows.size(), 3);
    QSet<QString> chosen;
    for (const int row : rows) {
        clickCell(*queue->grid(), row, QueueModel::Id, row == rows.first() ? Qt::NoModifier : Qt::ControlModifier);
        chosen.insert(QString::fromStdString(queue->model()->keyAt(row)->id));
    }
    QCOMPARE(queue->chosenCount(), 3);
    const QSet<QString> before = ackedIds(desk);
    QVERIFY(!before.intersects(chosen));

    // Read-only: a plan may be looked at, but nothing goes out.
    const QueueTable table{"shop", "mail_queue", {"-80", "80-"}};
    const auto refused = acknowledge(*connection, planAck(*connection, table, queue->chosenKeys()).value());
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::ReadOnly);
    QVERIFY(buttonOf<QPushButton>(desk.window, u"Read-only"_s));
    QVERIFY(clickOn<QPushButton>(*queue, u"Acknowledge 3"_s));
    QVERIFY(queue->plan());
    QTRY_COMPARE(queue->plan()->state(), PlanSheet::State::Planned);
    const QString statements = queue->plan()->findChild<SqlText*>()->toPlainText();
    QVERIFY2(statements.contains(u"update `mail_queue` set time_acked = "), qPrintable(statements));
    for (const QString& id : chosen)
        QVERIFY2(statements.contains(id), qPrintable(statements));
    QPushButton* act = buttonOf<QPushButton>(*queue->plan(), u"Unlock and acknowledge 3"_s);
    QVERIFY(act);
    QVERIFY(!act->isEnabled());
    desk.press(Qt::Key_Return);
    QCOMPARE(queue->plan()->state(), PlanSheet::State::Planned);
    QVERIFY(!connection->isUnlocked());
    QCOMPARE(ackedIds(desk), before);

    // Unlocked, with the number typed, by keyboard.
    Answer<QMessageBox> unlock([](QMessageBox& box) { QVERIFY(clickOn(box, u"Allow"_s)); });
    QVERIFY(clickOn<QPushButton>(desk.window, u"Read-only"_s));
    QVERIFY(unlock.came());
    QVERIFY(connection->isUnlocked());
    QTRY_VERIFY(buttonOf<QPushButton>(desk.window, u"Changes allowed"_s));
    auto* number = fieldOf<QLineEdit>(*queue->plan(), u"Number of messages"_s);
    click(number);
    QTest::keyClicks(number, u"3"_s);
    QTRY_VERIFY(queue->plan()->canCarryOut());
    desk.press(Qt::Key_Return);
    QTRY_COMPARE(queue->plan()->state(), PlanSheet::State::Done);
    const QAbstractItemModel* outcomes = queue->plan()->findChild<PlanTable*>()->model();
    QCOMPARE(outcomes->rowCount(), 3);
    for (int row = 0; row < 3; ++row) {
        QVERIFY(chosen.contains(outcomes->index(row, PlanModel::Id).data().toString()));
        QCOMPARE(outcomes->index(row, PlanModel::State).data().toString(), u"acknowledged"_s);
    }

    // The database agrees, and so does the list, which was read again.
    QCOMPARE(ackedIds(desk) - before, chosen);
    QTRY_COMPARE(queue->model()->messageAt(rows.first())->state, MessageState::Acked);
    const auto actions = readActions(10);
    QCOMPARE(actions.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(actions.front().object), u"shop.mail_queue"_s);
    QCOMPARE(QString::fromStdString(actions.front().result), u"3 of 3"_s);
    QVERIFY(actions.front().isOk);
    QTest::keyClick(queue->plan(), Qt::Key_Escape);
    QVERIFY(!queue->plan());
    desk.clickMenu(u"Queue"_s, u"Action Log"_s);
    auto* log = desk.window.findChild<ActionLogView*>();
    QVERIFY(log);
    QTRY_COMPARE(log->findChild<QTreeView*>()->model()->rowCount(), 1);
}

void MainWindowTest::heldKeysAcknowledgeNothing()
{
    const LocalBranch server({u"--rate"_s, u"0"_s, u"--rows"_s, u"120"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server, Tag::None);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    const auto connection = desk.navigator().connection();
    QueueView* const queue = openMailQueue(desk);
    QVERIFY(queue);

    // F5 reads again, and no two actions quarrel about the key.
    QSignalSpy read(queue->model(), &QAbstractItemModel::modelReset);
    Warnings warnings;
    queue->grid()->setFocus();
    desk.press(Qt::Key_F5, Qt::NoModifier);
    QTRY_COMPARE_WITH_TIMEOUT(read.size(), 1, kPatience);
    QCOMPARE(warnings.all().filter(u"Ambiguous shortcut"_s), QStringList());

    int row = 0;
    while (queue->model()->messageAt(row)->state != MessageState::Due)
        ++row;
    clickCell(*queue->grid(), row, QueueModel::Id);
    const QSet<QString> before = ackedIds(desk);
    desk.press(Qt::Key_Return);
    QVERIFY(queue->plan());
    const auto hold = [] {
        QTest::simulateEvent(QApplication::focusWidget(), true, Qt::Key_Return, Qt::ControlModifier, u"\r"_s, true);
    };
    hold();
    QTRY_COMPARE(queue->plan()->state(), PlanSheet::State::Planned);
    QCOMPARE(QApplication::focusWidget(), buttonOf(*queue->plan(), u"Cancel"_s));
    desk.press(Qt::Key_Return);
    QCOMPARE(queue->plan()->state(), PlanSheet::State::Planned);
    QTRY_VERIFY(queue->plan()->canCarryOut());
    hold();
    QCOMPARE(queue->plan()->state(), PlanSheet::State::Planned);
    QVERIFY(!connection->isUnlocked());
    QCOMPARE(ackedIds(desk), before);

    // A dry run takes the focus from nothing.
    auto* dryRun = buttonOf<QPushButton>(*queue->plan(), u"Dry run"_s);
    dryRun->setFocus();
    desk.press(Qt::Key_Return, Qt::NoModifier);
    QVERIFY(!queue->plan()->whyNot().isEmpty());
    QCOMPARE(QApplication::focusWidget(), dryRun);
    QTRY_VERIFY(queue->plan()->whyNot().isEmpty());
    QCOMPARE(QApplication::focusWidget(), dryRun);
    QCOMPARE(ackedIds(desk), before);

    QTRY_VERIFY(queue->plan()->canCarryOut());
    desk.press(Qt::Key_Return);
    QTRY_COMPARE(queue->plan()->state(), PlanSheet::State::Done);
    QCOMPARE(ackedIds(desk).size(), before.size() + 1);
}

// Files alone, then what the tab shows with a file; what cannot be merged is told.
void MainWindowTest::mergesCaptures()
{
    QStringList files;
    for (const char* name : {"one.vtcap", "two.vtcap", "broken.vtcap"})
        files << m_home->filePath(QLatin1String(name));
    writeCapture(files[0]);
    writeCapture(files[1]);
    QFile broken(files[2]);
    QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("nothing") == 7);
    broken.close();
    const std::uint64_t lines = Capture::open(files[0].toStdString()).value()->count();
    Desk desk;
    QVERIFY(desk.isReady());
    const auto merge = [&](const QStringList& chosen, const QString& target) {
        std::optional<Answer<QFileDialog>> where;
        const Answer<QFileDialog> asked([&](QFileDialog& dialog) {
            chooseFiles(dialog, chosen);
            where.emplace([&](QFileDialog& next) { chooseFile(next, target); });
        });
        desk.clickMenu(u"File"_s, u"Merge Captures…"_s);
        return asked.came() && where->came();
    };
    const auto says = [&](const QString& words) {
        for (auto* banner : desk.window.findChildren<Banner*>()) {
            if (banner->isVisible() && banner->sentence().contains(words))
                return true;
        }
        return false;
    };
    const QString both = m_home->filePath(u"both.vtcap"_s);
    QVERIFY(merge({files[0], files[1]}, both));
    QTRY_COMPARE(desk.tabs().count(), 1);
    QCOMPARE(desk.tabs().tabText(0), u"both"_s);
    QCOMPARE(desk.tab<CaptureView>(0)->model().capture()->count(), 2 * lines);
    QCOMPARE(desk.status(u"Note"_s), u"Merged 2 captures into both.vtcap."_s);
    QVERIFY(merge({files[1]}, m_home->filePath(u"three.vtcap"_s)));
    QTRY_COMPARE(desk.tabs().count(), 2);
    QCOMPARE(desk.tab<CaptureView>(1)->model().capture()->count(), 3 * lines);
    const QString never = m_home->filePath(u"never.vtcap"_s);
    QVERIFY(merge({files[0], files[2]}, never));
    QTRY_VERIFY(says(u"never.vtcap was not saved"_s));
    QVERIFY(!QFile::exists(never));
    // With itself alone: there is nothing to do.
    QVERIFY(!merge({m_home->filePath(u"three.vtcap"_s)}, never));
    QTRY_VERIFY(says(u"One capture alone cannot be merged"_s));
    QCOMPARE(desk.tabs().count(), 2);
}

// What is told, and what is shown of it in a tab that has no file.
void MainWindowTest::comparesCaptures()
{
    const QString one = m_home->filePath(u"one.vtcap"_s), two = m_home->filePath(u"two.vtcap"_s),
                  broken = m_home->filePath(u"broken.vtcap"_s);
    writeCapture(one);
    writeCapture(two, 4);
    QFile nothing(broken);
    QVERIFY(nothing.open(QIODevice::WriteOnly) && nothing.write("nothing") == 7);
    nothing.close();
    const std::uint64_t all = Capture::open(one.toStdString()).value()->changes(),
                        some = Capture::open(two.toStdString()).value()->changes();
    QVERIFY(all > some && some > 0);
    Desk desk;
    QVERIFY(desk.isReady());
    desk.window.openCapture(one);
    QTRY_COMPARE(desk.tabs().count(), 1);
    const auto compareWith = [&](const QString& path) {
        const Answer<QFileDialog> asked([&](QFileDialog& dialog) { chooseFile(dialog, path); });
        desk.clickMenu(u"Analyze"_s, u"Compare with a Capture…"_s);
        return asked.came();
    };
    const auto notice = [&]() -> Banner* {
        for (auto* banner : desk.window.findChildren<Banner*>()) {
            if (banner->isVisible())
                return banner;
        }
        return nullptr;
    };
    const auto says = [&](const QString& words) { return notice() && notice()->sentence().contains(words); };
    QVERIFY(compareWith(broken));
    QTRY_VERIFY(says(u"The captures were not compared"_s));
    QVERIFY(compareWith(one));
    QTRY_VERIFY(says(u"one and %1 have the same changes: %2"_s.arg(one).arg(all)));
    QVERIFY(compareWith(two));
    QTRY_VERIFY(says(u"%1 changes in both, %2 only in one, 0 only in two"_s.arg(some).arg(all - some)));
    QVERIFY(clickOn(*notice(), u"Show Those Only in one"_s));
    QTRY_COMPARE(desk.tabs().count(), 2);
    QCOMPARE(desk.tabs().tabText(1), u"only in one"_s);
    QCOMPARE(desk.tab<CaptureView>(1)->model().capture()->changes(), all - some);
    QVERIFY(clickOn(*notice(), u"Compare by Values"_s));
    QTRY_VERIFY(says(u"%1 changes in both"_s.arg(some)) && !buttonOf(*notice(), u"Compare by Values"_s));

    // It is gone with its tab, without a question as long as nothing was done in it.
    desk.press(Qt::Key_W, Qt::ControlModifier);
    QTRY_COMPARE(desk.tabs().count(), 1);
    QVERIFY(clickOn(*notice(), u"Show Those Only in one"_s));
    QTRY_COMPARE(desk.tabs().count(), 2);
    clickCell(desk.tab<CaptureView>(1)->grid(), 0, 1);
    desk.tab<CaptureView>(1)->toggleMark();
    QTRY_VERIFY(desk.tabs().tabText(1) != u"only in one"_s);
    const Answer<QMessageBox> question([](QMessageBox& box) { box.reject(); });
    desk.press(Qt::Key_W, Qt::ControlModifier);
    QTRY_VERIFY(question.came());
    QCOMPARE(desk.tabs().count(), 2);

    // Saved it has a file, and loses nothing.
    const QString kept = m_home->filePath(u"kept.vtcap"_s);
    const Answer<QFileDialog> where([&](QFileDialog& dialog) { chooseFile(dialog, kept); });
    desk.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(QFile::exists(kept));
    QTRY_COMPARE(desk.tabs().tabText(1), u"only in one"_s);
    QCOMPARE(Capture::open(kept.toStdString()).value()->marks().count(), std::uint64_t{1});
    desk.press(Qt::Key_W, Qt::ControlModifier);
    QTRY_COMPARE(desk.tabs().count(), 1);
}

void MainWindowTest::opensACaptureFile()
{
    const QString path = m_home->filePath(u"incident.vtcap"_s);
    writeCapture(path);
    Desk desk;
    QVERIFY(desk.isReady());
    Answer<QFileDialog> asked([&](QFileDialog& dialog) { chooseFile(dialog, path); });
    QVERIFY(clickOn(desk.window, u"Open a capture"_s));
    QVERIFY(asked.came());
    QTRY_COMPARE(desk.tabs().count(), 1);
    auto* view = desk.tab<CaptureView>(0);
    QVERIFY(view);
    QCOMPARE(desk.tabs().tabText(0), u"incident"_s);
    QVERIFY(view->grid().isVisible());
    QCOMPARE(static_cast<std::uint64_t>(view->model().rowCount()), view->model().capture()->count());
    QTRY_COMPARE(desk.status(u"Stream"_s), u"offline"_s);
    clickCell(view->grid(), 0, 0);
    QVERIFY(fieldOf<QTreeView>(desk.window, u"Columns of the change"_s)->model()->rowCount() > 10);

    // Return shows the value of the column.
    auto* columns = fieldOf<QTreeView>(desk.window, u"Columns of the change"_s);
    auto* pages = fieldOf<QTabWidget>(desk.window, u"Views of the change"_s);
    QCOMPARE(pages->currentIndex(), 0);
    columns->setFocus();
    columns->setCurrentIndex(columns->model()->index(1, 0));
    desk.press(Qt::Key_Return, Qt::NoModifier);
    QCOMPARE(pages->currentIndex(), 1);

    // The inspector comes and goes with the room for it.
    const auto* inspector = desk.window.findChild<Inspector*>();
    desk.window.resize(1000, 700);
    QTRY_VERIFY(!inspector->isVisible());
    desk.window.resize(1300, 700);
    QTRY_VERIFY(inspector->isVisible());

    // A file needs no question, and the start page knows it from now on.
    desk.clickMenu(u"File"_s, u"Close Tab"_s);
    QCOMPARE(desk.tabs().count(), 0);
    QVERIFY(buttonOf(desk.window, u"Try the local branch"_s));
    QVERIFY(QFile::exists(path));
    QVERIFY(contentOf(m_home->filePath(u"config/vtscope/vtscope.ini"_s)).contains("incident.vtcap"));
}

void MainWindowTest::saysWhatIsWrongWithAFile_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("opens");
    const QString path = QDir::temp().filePath(u"vtscope-test-%1.vtcap"_s.arg(QCoreApplication::applicationPid()));
    QFile::remove(path);
    writeCapture(path);
    const QByteArray whole = contentOf(path);
    QFile::remove(path);
    QVERIFY(whole.size() > 1000);
    const auto changed = [&whole](qsizetype at, char byte) {
        return QByteArray(whole).replace(at, 1, QByteArray(1, byte));
    };
    QTest::newRow("empty") << QByteArray() << false;
    QTest::newRow("text") << QByteArray("id,name\r\n1,Zoe\r\n").repeated(100) << false;
    QTest::newRow("shorter than its head") << whole.left(40) << false;
    QTest::newRow("another magic") << changed(0, 'X') << false;
    // The foot is gone and the last record torn: what is whole is shown.
    QTest::newRow("torn") << whole.left(whole.size() / 2) << true;
    QTest::newRow("zeros behind the head") << whole.left(64) + QByteArray(4096, '\0') << true;
}

void MainWindowTest::saysWhatIsWrongWithAFile()
{
    QFETCH(QByteArray, content);
    QFETCH(bool, opens);
    const QString path = m_home->filePath(u"damaged.vtcap"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    Desk desk;
    QVERIFY(desk.isReady());
    desk.window.openCapture(path);
    const auto problem = [&desk]() -> const Banner* {
        for (const Banner* banner : desk.window.findChildren<Banner*>()) {
            if (banner->isVisible() && banner->kind() == Banner::Kind::Error)
                return banner;
        }
        return nullptr;
    };
    if (opens) {
        QTRY_COMPARE(desk.tabs().count(), 1);
    } else {
        QTRY_VERIFY(problem());
        const Banner* const banner = problem();
        QVERIFY2(banner->sentence().endsWith(u'.'), qPrintable(banner->sentence()));
        QCOMPARE(desk.tabs().count(), 0);
        // The page can be used again.
        QVERIFY(buttonOf(desk.window, u"Try the local branch"_s)->isEnabled());
    }
    QCOMPARE(contentOf(path), content);
}

void MainWindowTest::asksBeforeACaptureIsLost_data()
{
    QTest::addColumn<QMessageBox::StandardButton>("answer");
    QTest::newRow("save") << QMessageBox::Save;
    QTest::newRow("discard") << QMessageBox::Discard;
    QTest::newRow("cancel") << QMessageBox::Cancel;
}

void MainWindowTest::asksBeforeACaptureIsLost()
{
    QFETCH(QMessageBox::StandardButton, answer);
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(stream->session().capture()->changes() > 1, kPatience);
    QVERIFY(clickOn(desk.window, u"Stop"_s));
    const QDateTime since = stream->since();
    const std::uint64_t changes = stream->session().capture()->changes();
    QCOMPARE(capturesIn(m_home->path()).size(), 1);

    const QString path = m_home->filePath(u"kept.vtcap"_s);
    QString question;
    Answer<QMessageBox> asked([&](QMessageBox& box) {
        question = box.text();
        click(box.button(answer));
    });
    Answer<QFileDialog> where([&](QFileDialog& dialog) { chooseFile(dialog, path); });
    desk.window.close();
    QVERIFY(asked.came());
    const bool stays = answer == QMessageBox::Cancel;
    // Saving goes on beside the window, which closes when it is done.
    QTRY_COMPARE(desk.window.isVisible(), stays);
    QCOMPARE(where.came(), answer == QMessageBox::Save);
    const QString loss = u"%1 changes of shop.orders, captured since %2 UTC, are deleted"_s.arg(
        QLocale().toString(static_cast<qulonglong>(changes)), since.toString(u"HH:mm"_s));
    QVERIFY2(question.contains(loss), qPrintable(question));
    QCOMPARE(desk.tabs().count(), stays ? 1 : 0);
    QCOMPARE(capturesIn(m_home->path()).size(), stays ? 1 : 0);
    QCOMPARE(QFile::exists(path), answer == QMessageBox::Save);
    if (answer == QMessageBox::Save)
        QCOMPARE(Capture::open(path.toStdString()).value()->changes(), changes);
}

void MainWindowTest::asksOnlyAboutWhatCameAfterSaving()
{
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    const auto capture = stream->session().capture();
    QTRY_VERIFY_WITH_TIMEOUT(capture->changes() > 5, kPatience);
    QVERIFY(clickOn(desk.window, u"Stop"_s));
    const std::uint64_t saved = capture->changes();
    const QString path = m_home->filePath(u"kept.vtcap"_s);
    Answer<QFileDialog> where([&](QFileDialog& dialog) { chooseFile(dialog, path); });
    desk.clickMenu(u"File"_s, u"Save Capture As…"_s);
    QVERIFY(where.came());
    QTRY_COMPARE(desk.status(u"Note"_s), u"Saved kept.vtcap"_s);

    desk.press(Qt::Key_R);
    QTRY_VERIFY_WITH_TIMEOUT(capture->changes() > saved + 1, kPatience);
    QVERIFY(clickOn(desk.window, u"Stop"_s));
    const auto lost = static_cast<qulonglong>(capture->changes() - saved);
    QString question, suggested;
    Answer<QMessageBox> asked([&](QMessageBox& box) {
        question = box.text();
        click(box.button(QMessageBox::Save));
    });
    Answer<QFileDialog> again([&](QFileDialog& dialog) {
        suggested = dialog.findChild<QLineEdit*>(u"fileNameEdit"_s)->text();
        dialog.reject();
    });
    desk.clickMenu(u"File"_s, u"Close Tab"_s);
    QVERIFY(asked.came() && again.came());
    QCOMPARE(question, u"%1 changes came after kept.vtcap was saved. If you discard them, they are deleted."_s.arg(
                           QLocale().toString(lost)));
    QCOMPARE(suggested, u"kept.vtcap"_s);
    QCOMPARE(desk.tabs().count(), 1);
}

void MainWindowTest::disabledActionsSayWhy()
{
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QCOMPARE(silentActions(*desk.window.menuBar()), QStringList());
    QVERIFY(desk.tryLocalBranch());
    QCOMPARE(silentActions(*desk.window.menuBar()), QStringList());
    desk.openByName(u"mail"_s);
    QVERIFY(desk.currentTab<QueueView>());
    QCOMPARE(silentActions(*desk.window.menuBar()), QStringList());
    const QString path = m_home->filePath(u"incident.vtcap"_s);
    writeCapture(path);
    desk.window.openCapture(path);
    QTRY_COMPARE(desk.tabs().count(), 3);
    QCOMPARE(silentActions(*desk.window.menuBar()), QStringList());
}

void MainWindowTest::findsOnlyWhatIsShown()
{
    const QString path = m_home->filePath(u"incident.vtcap"_s);
    writeCapture(path);
    CaptureView view(Capture::open(path.toStdString()).value());
    view.resize(500, 400);
    view.show();
    view.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    GridView& grid = view.grid();
    const int rows = grid.shownRows();
    QVERIFY(rows > 2);
    // A value that stands in one row only, in a column that is out of view.
    const Snapshot snapshot = view.model().snapshot();
    int column = view.model().columnCount() - 1;
    int row = -1;
    QString value;
    const auto columnsWith = [&](int at, const QString& exact) {
        int count = 0;
        for (int i = 0; i < view.model().columnCount(); ++i)
            count += exactText(view.model().cellAt(at, i)).contains(exact, Qt::CaseInsensitive);
        return count;
    };
    for (; column > 0 && row < 0; --column) {
        for (int at = 1; at < rows && row < 0; ++at) {
            const std::string exact = exactText(view.model().cellAt(at, column)).toStdString();
            const auto isOnlyThere = [&] {
                const auto found = findText(snapshot, RowSet::range(0, snapshot.count()), exact, 0, false, {});
                return found == static_cast<std::uint64_t>(at) &&
                       findText(snapshot, RowSet::range(0, snapshot.count()), exact, static_cast<std::uint64_t>(at) + 1,
                                false, {}) == found;
            };
            if (exact.size() > 2 && exact.size() < 40 && isOnlyThere() && columnsWith(at, text(exact)) == 1) {
                row = at;
                value = text(exact);
                break;
            }
        }
        if (row >= 0)
            break;
    }
    QVERIFY(row > 0);
    const QRect place = grid.visualRect(grid.model()->index(row, column));
    QVERIFY(place.left() > grid.viewport()->width());

    grid.goToRow(0, 0);
    view.showFind();
    auto* find = fieldOf<QLineEdit>(view, u"Find text"_s);
    find->setText(value);
    QTest::keyClick(find, Qt::Key_Return);
    QTRY_COMPARE(grid.currentRow(), row);
    QCOMPARE(grid.currentIndex().column(), column);
    QVERIFY(grid.visualRect(grid.currentIndex()).left() < grid.viewport()->width());

    // Closed and asked for the next hit, it looks for the same again.
    QTest::keyClick(find, Qt::Key_Escape);
    QVERIFY(!find->isVisible());
    QVERIFY(grid.hasFocus());
    grid.goToRow(0, 0);
    view.findNext();
    QTRY_COMPARE(grid.currentRow(), row);
    QVERIFY(find->isVisible());

    // Held back, it is not there, from either side.
    grid.goToRow(0, 0);
    grid.freeze(row);
    const auto note = [&] {
        for (const QLabel* label : view.findChildren<QLabel*>()) {
            if (label->text() == u"not found"_s)
                return true;
        }
        return false;
    };
    view.findNext();
    QTRY_VERIFY(note());
    view.findPrevious();
    QTRY_VERIFY(note());
    QCOMPARE(grid.currentRow(), 0);
    grid.release();
    view.findPrevious();
    QTRY_COMPARE(grid.currentRow(), row);
}

void MainWindowTest::theFocusIsTheUsers()
{
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    // The view has it before a row came, and the grid afterwards.
    auto* orders = desk.tab<StreamView>(0);
    QVERIFY(orders->hasFocus());
    QTRY_VERIFY_WITH_TIMEOUT(orders->model().rowCount() > 0, kPatience);
    QVERIFY(orders->grid().hasFocus());

    // Rows that come take it from nobody.
    desk.openByName(u"order_items"_s);
    auto* items = desk.currentTab<StreamView>();
    QVERIFY(items->hasFocus());
    auto* find = desk.navigator().findChild<QLineEdit*>();
    find->setFocus();
    QTRY_VERIFY_WITH_TIMEOUT(items->model().rowCount() > 0, kPatience);
    QVERIFY(find->hasFocus());

    // Closed tabs leave it to the next one.
    items->setFocus();
    Answer<QMessageBox> dropped([](QMessageBox& box) { click(box.button(QMessageBox::Discard)); });
    desk.press(Qt::Key_W);
    QVERIFY(dropped.came());
    QCOMPARE(desk.tabs().count(), 1);
    desk.window.activateWindow();
    QVERIFY(desk.isReady());
    QVERIFY(orders->grid().hasFocus());
}

void MainWindowTest::subscriptionCountsWhatItTakes()
{
    const LocalBranch server({u"--rate"_s, u"50"_s, u"--rows"_s, u"120"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server, Tag::None);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    QueueView* const queue = openMailQueue(desk);
    QVERIFY(queue);
    QVERIFY(clickOn(*queue, u"Subscribe…"_s));
    QVERIFY(clickOn(*queue, u"Unlock and subscribe"_s));
    auto* stream = desk.currentTab<StreamView>();
    QVERIFY(stream);
    auto* banner = stream->findChild<Banner*>();
    QVERIFY(banner);
    QVERIFY(banner->sentence().startsWith(u"Subscribed as a consumer"_s));
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > 1, kPatience);
    const auto taken = [&] {
        for (const QLabel* label : banner->findChildren<QLabel*>())
            if (label->text().contains(u"taken"_s))
                return label->text();
        return QString();
    };
    QTRY_VERIFY_WITH_TIMEOUT(
        taken().contains(QRegularExpression(u"^[1-9]\\d* messages taken, [1-9]\\d* in the last"_s)), kPatience);
    QVERIFY(clickOn(*banner, u"Stop"_s));
    QTRY_COMPARE(stream->session().state(), Session::State::Stopped);
    QCOMPARE(stream->findChild<Banner*>()->sentence(), u"Stopped"_s);
}

// In the order of reading, forward and backward.
void MainWindowTest::tabGoesEverywhere()
{
    const LocalBranch server({u"--rate"_s, u"20"_s, u"--rows"_s, u"120"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server, Tag::None);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    QTRY_VERIFY_WITH_TIMEOUT(desk.tab<StreamView>(0)->model().rowCount() > 0, kPatience);
    QueueView* const queue = openMailQueue(desk);
    QVERIFY(queue);
    const auto nameOf = [](const QWidget* widget) {
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        return widget->accessibleName().isEmpty() && button ? plain(button->text()) : widget->accessibleName();
    };
    const auto walk = [&](QWidget* from, Qt::Key key) {
        QStringList names;
        from->setFocus();
        do {
            names << nameOf(QApplication::focusWidget());
            QTest::keyClick(desk.window.windowHandle(), key);
        } while (QApplication::focusWidget() != from && names.size() < 60);
        return names;
    };
    const QStringList around{u"Read-only"_s, u"Find a table"_s, u"Navigator"_s, u"Open tabs"_s};
    const QStringList inspector{u"Views of the change"_s, u"Columns of the change"_s};
    for (const auto& [tab, own] :
         {std::pair{0, QStringList{u"Options…"_s, u"Filter"_s, u"Changes"_s} + inspector +
                           QStringList{u"Stop"_s, u"Pause"_s, u"Follow"_s, u"Refresh"_s, u"Export…"_s}},
          {1, QStringList{u"Refresh"_s, u"Subscribe…"_s, u"Export…"_s, u"Messages of mail_queue"_s} + inspector +
                  QStringList{u"Refresh"_s, u"Export…"_s}}}) {
        desk.tabs().setCurrentIndex(tab);
        auto* const lock = buttonOf<QPushButton>(desk.window, u"Read-only"_s);
        QVERIFY(lock);
        walk(lock, Qt::Key_Tab); // now something is current everywhere
        const QStringList forward = walk(lock, Qt::Key_Tab);
        QVERIFY2(forward == around + own, qPrintable(forward.join(u" | "_s)));
        QStringList backward = walk(lock, Qt::Key_Backtab);
        std::reverse(backward.begin() + 1, backward.end());
        QCOMPARE(backward, forward);
    }
}

void MainWindowTest::twoStreamsRunAtOnce()
{
    const LocalBranch server({u"--rate"_s, u"100"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* orders = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(orders->model().rowCount() > 0, kPatience);
    desk.openByName(u"order_items"_s);
    QCOMPARE(desk.tabs().count(), 2);
    auto* items = desk.currentTab<StreamView>();
    QVERIFY(items != orders);
    QCOMPARE(desk.tabs().tabText(1), u"shop.order_items"_s);
    QTRY_VERIFY_WITH_TIMEOUT(items->model().rowCount() > 0, kPatience);
    QCOMPARE(items->model().tableName(), QStringLiteral("shop.order_items"));
    QCOMPARE(orders->model().tableName(), QStringLiteral("shop.orders"));

    // The hidden one goes on; stopping the shown one does not touch it.
    const int hidden = orders->model().rowCount();
    QTRY_VERIFY_WITH_TIMEOUT(orders->model().rowCount() > hidden, kPatience);
    desk.press(Qt::Key_E);
    QCOMPARE(items->session().state(), Session::State::Stopped);
    QVERIFY(orders->session().isRunning());
    desk.press(Qt::Key_1, Qt::AltModifier);
    QCOMPARE(desk.tabs().currentIndex(), 0);
    QVERIFY(buttonOf<QToolButton>(desk.window, u"Stop"_s));
    // The navigator marks its table, unless the find box hides it.
    const auto* tree = desk.navigator().findChild<QTreeWidget*>();
    QCOMPARE(tree->currentItem()->text(0), u"order_items"_s);
    desk.navigator().findChild<QLineEdit*>()->clear();
    QCOMPARE(tree->currentItem()->text(0), u"orders"_s);
    desk.press(Qt::Key_PageDown);
    QCOMPARE(tree->currentItem()->text(0), u"order_items"_s);
    QVERIFY(!tree->hasFocus());
    QCOMPARE(desk.tabs().currentIndex(), 1);
    QVERIFY(buttonOf<QToolButton>(desk.window, u"Start"_s));

    // What runs already is shown again, not watched twice.
    desk.openByName(u"orders"_s);
    QCOMPARE(desk.tabs().count(), 2);
    QCOMPARE(desk.tabs().currentIndex(), 0);
    QVERIFY(orders->grid().hasFocus());
    desk.press(Qt::Key_P, Qt::NoModifier);
    QVERIFY(orders->isPaused());
    desk.press(Qt::Key_P, Qt::NoModifier);
    QVERIFY(!orders->isPaused());

    // Leaving asks once, about both.
    int asked = 0;
    QString question;
    Answer<QMessageBox> dropped([&](QMessageBox& box) {
        ++asked;
        question = box.text();
        click(box.button(QMessageBox::Discard));
    });
    desk.clickMenu(u"File"_s, u"Disconnect"_s);
    QVERIFY(dropped.came());
    QCOMPARE(asked, 1);
    QVERIFY2(question.contains(u"shop.orders"_s) && question.contains(u"shop.order_items"_s), qPrintable(question));
    QCOMPARE(desk.tabs().count(), 0);
    QCOMPARE(capturesIn(m_home->path()).size(), 0);
}

// Ctrl+C is about what has the focus.
void MainWindowTest::copiesWhatHasTheFocus()
{
    Desk desk;
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(nextUpdate(stream->model().snapshot()) >= 0, kPatience);
    const Snapshot snapshot = stream->model().snapshot();
    const int row = nextUpdate(snapshot);
    clickCell(stream->grid(), row, 0);
    desk.press(Qt::Key_C);
    QVERIFY(QApplication::clipboard()->text().contains(QString::number(row + 1)));

    auto* images = fieldOf<QTreeView>(desk.window, u"Columns of the change"_s);
    const QModelIndex value = images->model()->index(1, 1);
    images->setFocus();
    images->setCurrentIndex(value);
    desk.press(Qt::Key_C);
    ChangeView change;
    change.read(snapshot, static_cast<std::uint64_t>(row));
    const int column = change.schema()->indexOf(value.siblingAtColumn(0).data().toString().toStdString());
    QCOMPARE(QApplication::clipboard()->text(), exactText(change.after(static_cast<std::size_t>(column))));

    auto* tree = desk.navigator().findChild<QTreeWidget*>();
    tree->setFocus();
    desk.press(Qt::Key_C);
    QCOMPARE(QApplication::clipboard()->text(), u"orders"_s);
}

// By the room there is, until the user says.
void MainWindowTest::inspectorComesAndGoes()
{
    Desk desk;
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > 0, kPatience);
    const auto* inspector = desk.window.findChild<Inspector*>();
    desk.window.resize(1400, 800);
    QVERIFY(inspector->isVisible());
    desk.window.resize(900, 600);
    QVERIFY(!inspector->isVisible());
    clickCell(stream->grid(), 0, 0);
    desk.press(Qt::Key_Space, Qt::NoModifier);
    QVERIFY(inspector->isVisible());
    desk.window.resize(1400, 800);
    desk.press(Qt::Key_I);
    QVERIFY(!inspector->isVisible());
    desk.window.resize(1500, 800);
    QVERIFY(!inspector->isVisible());
}

void MainWindowTest::filterShowsWhatPasses()
{
    const LocalBranch server({u"--rate"_s, u"100"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* stream = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > 50, kPatience);
    auto* field = fieldOf<QLineEdit>(desk.window, u"Filter"_s);
    const auto shown = [&] {
        for (const QLabel* label : stream->findChildren<QLabel*>())
            if (label->accessibleName().startsWith(u"Shown of all: "_s))
                return label->text();
        return QString();
    };
    // What every shown row must be, and what the model says it is.
    const auto isRight = [&](Op op) {
        ChangeView change;
        for (int row = 0; row < stream->model().rowCount(); ++row) {
            change.read(stream->model().snapshot(), stream->model().numberAt(row));
            if (change.op() != op)
                return false;
        }
        return stream->model().rowCount() > 0;
    };
    desk.press(Qt::Key_L);
    QVERIFY(field->hasFocus());
    QTest::keyClicks(field, u"op = upd"_s);
    QVERIFY(!stream->model().isFiltered());
    QTest::keyClicks(field, u"ate"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().isFiltered(), kPatience);
    QVERIFY(isRight(Op::Update));
    QTRY_VERIFY_WITH_TIMEOUT(shown().contains(u" of "_s), kPatience);
    QVERIFY(stream->grid().hasFocus());
    desk.press(Qt::Key_D);
    QVERIFY(SavedFilters::instance().contains(u"op = update"_s));
    desk.press(Qt::Key_D);
    QVERIFY(!SavedFilters::instance().contains(u"op = update"_s));
    // New lines are asked as they come.
    const int before = stream->model().rowCount();
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > before + 10, kPatience);
    QVERIFY(isRight(Op::Update));
    QVERIFY(stream->grid().follow());

    // What is shown is what is exported; the line that was current stays current.
    desk.press(Qt::Key_E);
    QTRY_COMPARE(stream->session().state(), Session::State::Stopped);
    const RowSet rows = stream->shownRows();
    QCOMPARE(rows.count(), static_cast<std::uint64_t>(stream->model().rowCount()));
    const int row = stream->model().rowCount() / 2;
    clickCell(stream->grid(), row, 0);
    const std::uint64_t number = stream->model().numberAt(row);
    QCOMPARE(rows.at(static_cast<std::uint64_t>(row)), number);
    QCOMPARE(stream->model().data(stream->model().index(row, 0)).toString(),
             QLocale().toString(static_cast<qulonglong>(number + 1)));
    desk.press(Qt::Key_L);
    QTest::keyClicks(field, u"op = update and changed(status) or op = insert"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(stream->model().numberAt(stream->grid().currentRow()) == number, kPatience);

    // Mistakes leave what is shown as it is.
    const int count = stream->model().rowCount();
    field->setText(u"op == update"_s);
    QCOMPARE(validityOf(field), Validity::Invalid);
    field->setText(u"statsu = paid"_s);
    QCOMPARE(validityOf(field), Validity::Invalid);
    QVERIFY(field->accessibleDescription().contains(u"status"_s));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(stream->model().rowCount(), count);
    // Nothing passes: the list is empty, and says of how many.
    field->setText(u"total < 0"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stream->model().rowCount(), 0, kPatience);
    QVERIFY(stream->grid().isVisible());
    QTRY_VERIFY(shown().startsWith(u"0 of "_s));
    field->clear();
    QTRY_VERIFY_WITH_TIMEOUT(!stream->model().isFiltered(), kPatience);
    QCOMPARE(static_cast<std::uint64_t>(stream->model().rowCount()), stream->session().capture()->count());
    QCOMPARE(shown(), QString());
}

void MainWindowTest::tabsCloseOneByOne()
{
    const LocalBranch server({u"--rate"_s, u"100"_s, u"--rows"_s, u"50"_s});
    QVERIFY2(server.isReady(), qPrintable(server.why()));
    Desk desk(&server);
    QVERIFY(desk.isReady());
    QVERIFY(desk.tryLocalBranch());
    auto* orders = desk.tab<StreamView>(0);
    QTRY_VERIFY_WITH_TIMEOUT(orders->model().rowCount() > 0, kPatience);
    clickCell(orders->grid(), 0, 0);
    desk.openByName(u"order_items"_s);
    QTRY_VERIFY_WITH_TIMEOUT(desk.currentTab<StreamView>()->model().rowCount() > 0, kPatience);
    QCOMPARE(capturesIn(m_home->path()).size(), 2);

    // The cross of the tab behind, which is brought forward before it is asked about.
    const QTabBar* bar = desk.tabs().tabBar();
    QWidget* cross = bar->tabButton(0, QTabBar::RightSide) ? bar->tabButton(0, QTabBar::RightSide)
                                                           : bar->tabButton(0, QTabBar::LeftSide);
    QVERIFY(cross);
    int atQuestion = -1;
    Answer<QMessageBox> kept([&](QMessageBox& box) {
        atQuestion = desk.tabs().currentIndex();
        click(box.button(QMessageBox::Cancel));
    });
    click(cross);
    QVERIFY(kept.came());
    QCOMPARE(atQuestion, 0);
    QCOMPARE(desk.tabs().count(), 2);
    QVERIFY(orders->session().isRunning());
    Answer<QMessageBox> dropped([](QMessageBox& box) { click(box.button(QMessageBox::Discard)); });
    click(cross);
    QVERIFY(dropped.came());
    QCOMPARE(desk.tabs().count(), 1);
    QCOMPARE(desk.tabs().tabText(0), u"shop.order_items"_s);
    QCOMPARE(capturesIn(m_home->path()).size(), 1);
    QVERIFY(desk.tab<StreamView>(0)->session().isRunning());

    Answer<QMessageBox> last([](QMessageBox& box) { click(box.button(QMessageBox::Discard)); });
    desk.clickMenu(u"File"_s, u"Close Tab"_s);
    QVERIFY(last.came());
    QCOMPARE(desk.tabs().count(), 0);
    QCOMPARE(capturesIn(m_home->path()).size(), 0);
    QVERIFY(!fieldOf<QTreeView>(desk.window, u"Columns of the change"_s)->isVisible());
    QVERIFY(!desk.tabs().isVisible());
    // The branch is still there to watch something else.
    desk.openByName(u"customers"_s);
    QCOMPARE(desk.tabs().count(), 1);
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
