// The export dialog writes what it promised, says what it cannot, and leaves nothing half behind.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/capture/capture.h"
#include "tests/support/samples.h"
#include "tests/window/messagerows.h"
#include "tests/window/settingsfolder.h"
#include "ui/output/exportdialog.h"
#include "ui/style/banner.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <unistd.h>

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

// Changes of every type, with events between.
std::shared_ptr<Capture> changes(int times = 1)
{
    auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.keyspace = "solo";
    const ReaderId reader = capture->openReader(description).value();
    for (int i = 0; i < times; ++i) {
        for (const std::string& message : test::readMessages("vstream-live-alltypes.bin"))
            (void)capture->append(reader, message, 1).value();
    }
    return capture;
}

ExportScopes everything(const Snapshot& snapshot)
{
    ExportScopes scopes;
    scopes.all = scopes.shown = RowSet::range(0, snapshot.count());
    return scopes;
}

QPushButton* buttonOf(const QWidget& widget, const QString& begin)
{
    for (auto* button : widget.findChildren<QPushButton*>()) {
        if (!button->isHidden() && button->text().remove(u'&').startsWith(begin))
            return button;
    }
    return nullptr;
}

QLineEdit* fieldOf(const QWidget& widget, const QString& name)
{
    for (auto* field : widget.findChildren<QLineEdit*>()) {
        if (field->accessibleName() == name)
            return field;
    }
    return nullptr;
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList filesIn(const QTemporaryDir& folder)
{
    return QDir(folder.path()).entryList(QDir::Files | QDir::Hidden);
}

} // namespace

class ExportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_config.isValid());
        test::useSettingsIn(m_config.path());
    }

    void writesWhatThePreviewShows_data()
    {
        QTest::addColumn<bool>("isCsv");
        QTest::newRow("csv") << true;
        QTest::newRow("ndjson") << false;
    }

    void writesWhatThePreviewShows()
    {
        QFETCH(bool, isCsv);
        QTemporaryDir folder;
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.setFormat(isCsv ? OutputFormat::Csv : OutputFormat::Ndjson);
        QVERIFY(dialog.path().endsWith(isCsv ? u"orders.csv"_s : u"orders.ndjson"_s));
        const QString path = folder.filePath(isCsv ? u"a.csv"_s : u"a.ndjson"_s);
        dialog.setPath(path);
        dialog.show();
        const QString count = QLocale().toString(static_cast<qulonglong>(capture->changes()));
        QTRY_VERIFY(buttonOf(dialog, u"Export "_s + count + u" change"_s));
        auto* preview = dialog.findChild<QPlainTextEdit*>();
        QTRY_VERIFY(preview->toPlainText().count(u'\n') >= (isCsv ? 3 : 2));
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        buttonOf(dialog, u"Export"_s)->click();
        QTRY_COMPARE(finished.size(), 1);
        const QByteArray file = contentOf(path);
        const QStringList shown = preview->toPlainText().split(u'\n');
        const QList<QByteArray> lines = file.split('\n');
        QCOMPARE(QString::fromUtf8(lines.first()).trimmed().left(500), shown.first().left(500));
        QVERIFY(file.startsWith(isCsv ? "_time," : "{\"time\""));
        QVERIFY(dialog.findChild<Banner*>()->isVisible());
        QVERIFY(buttonOf(dialog, u"Open folder"_s));
        QCOMPARE(filesIn(folder).size(), 1);
        // The folder is remembered.
        QCOMPARE(QFileInfo(ExportDialog(snapshot, everything(snapshot), u"next"_s).path()).absolutePath(),
                 QDir(folder.path()).absolutePath());
    }

    void sqlIsForChangesOnly()
    {
        const QueueSnapshot queue = test::snapshotOf(test::everyState());
        const Snapshot read = queue.capture->snapshot();
        ExportScopes scopes = everything(read);
        scopes.noun = u"messages"_s;
        ExportDialog messages(read, scopes, u"mail"_s);
        messages.setFormat(OutputFormat::Undo);
        QVERIFY(!isSql(messages.format()));

        QTemporaryDir folder;
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.setFormat(OutputFormat::Undo);
        QVERIFY(dialog.path().endsWith(u"orders.undo.sql"_s));
        dialog.setPath(folder.filePath(u"mine.undo.sql"_s));
        dialog.setFormat(OutputFormat::Redo);
        QCOMPARE(dialog.path(), folder.filePath(u"mine.redo.sql"_s));
        dialog.setPath(folder.filePath(u"mine.redo.sql.gz"_s));
        dialog.setFormat(OutputFormat::Csv);
        QCOMPARE(dialog.path(), folder.filePath(u"mine.csv.gz"_s));
        dialog.setPath(folder.filePath(u"mine.csv"_s));
        dialog.setFormat(OutputFormat::Redo);
        dialog.show();
        auto* preview = dialog.findChild<QPlainTextEdit*>();
        QTRY_VERIFY(preview->toPlainText().contains(u"\nBEGIN;\n"_s));
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        dialog.start();
        QTRY_COMPARE(finished.size(), 1);
        QVERIFY(contentOf(dialog.path()).startsWith("-- Redo SQL"));
        // An ENUM's empty text may be its error value.
        const auto banners = dialog.findChildren<Banner*>();
        QVERIFY(std::any_of(banners.begin(), banners.end(), [](const Banner* banner) {
            return banner->isVisible() && banner->kind() == Banner::Kind::Warning;
        }));
    }

    void optionsShowInThePreview()
    {
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.setFormat(OutputFormat::Csv);
        dialog.show();
        auto* preview = dialog.findChild<QPlainTextEdit*>();
        QTRY_VERIFY(preview->toPlainText().startsWith(u"_time,_keyspace"_s));
        QVERIFY(!fieldOf(dialog, u"Columns"_s)->isVisible());
        QPushButton* fold = buttonOf(dialog, u"Options"_s);
        fold->setFocus();
        QTest::keyClick(fold, Qt::Key_Space);
        QVERIFY(fieldOf(dialog, u"Columns"_s)->isVisible());
        QTest::keyClicks(fieldOf(dialog, u"Columns"_s), u"c_vc, id"_s);
        QTest::keyClicks(fieldOf(dialog, u"Masked columns"_s), u"c_vc"_s);
        for (auto* box : dialog.findChildren<QComboBox*>()) {
            if (box->accessibleName() == u"Delimiter")
                box->setCurrentIndex(1);
        }
        QTRY_VERIFY(preview->toPlainText().startsWith(
            u"_time;_keyspace;_shard;_table;_op;_position;c_vc;id;_not_sent;_raw\n"_s));
        QVERIFY(preview->toPlainText().contains(u";***;18446744073709551615;"_s));
        // What is wrong is said, and nothing can be started.
        QTest::keyClicks(fieldOf(dialog, u"Masked columns"_s), u"x"_s);
        QTRY_VERIFY(!buttonOf(dialog, u"Export"_s)->isEnabled());
        QVERIFY(buttonOf(dialog, u"Export"_s)->toolTip().contains(u"c_vcx"_s));
        QCOMPARE(validityOf(fieldOf(dialog, u"File"_s)), Validity::Neutral);
    }

    // What is saved as a capture is read back as what a file of text says.
    void aCaptureHoldsItsScope_data()
    {
        QTest::addColumn<int>("scope");
        QTest::newRow("shown") << int(ExportDialog::Scope::Shown);
        QTest::newRow("selected") << int(ExportDialog::Scope::Selected);
        QTest::newRow("marked") << int(ExportDialog::Scope::Marked);
        QTest::newRow("all") << int(ExportDialog::Scope::All);
    }

    void aCaptureHoldsItsScope()
    {
        QFETCH(int, scope);
        QTemporaryDir folder;
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportScopes scopes = everything(snapshot);
        scopes.capture = capture;
        scopes.shown = RowSet::range(1, snapshot.count() - 1);
        scopes.selected = RowSet::range(2, 3);
        scopes.masked = QStringList{u"c_vc"_s};
        ExportDialog without(snapshot, scopes, u"orders"_s);
        without.setScope(ExportDialog::Scope::Marked);
        QVERIFY(without.scope() != ExportDialog::Scope::Marked);
        scopes.marked = RowSet::of({2, 5});
        const auto written = [&](bool isCapture) {
            ExportDialog dialog(snapshot, scopes, u"orders"_s);
            dialog.setScope(static_cast<ExportDialog::Scope>(scope));
            if (isCapture)
                dialog.setCapture();
            else
                dialog.setFormat(OutputFormat::Ndjson);
            dialog.setPath(folder.filePath(isCapture ? u"part.vtcap"_s : u"part.ndjson"_s));
            dialog.show();
            if (isCapture) {
                const auto banners = dialog.findChildren<Banner*>();
                [&] {
                    QTRY_VERIFY(std::any_of(banners.begin(), banners.end(), [](const Banner* banner) {
                        return banner->isVisible() && banner->sentence().contains(u"c_vc"_s);
                    }));
                }();
            }
            QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
            const bool isDone = QTest::qWaitFor(
                [&] {
                    dialog.start();
                    return !finished.isEmpty();
                },
                10'000);
            return isDone && finished.first().at(1).toBool() ? dialog.path() : QString();
        };
        const QString part = written(true), text = written(false);
        QVERIFY(!part.isEmpty() && !text.isEmpty());
        const auto opened = Capture::open(part.toStdString());
        QVERIFY(opened.has_value());
        // Every line of the text, without its position: the message that tells it may not be among those that are kept.
        const Snapshot kept = (*opened)->snapshot();
        FormatOptions options;
        options.masked = Masks({"c_vc"});
        QTemporaryDir other;
        const std::string again = other.filePath(u"again.ndjson"_s).toStdString();
        QVERIFY(exportChanges(kept, RowSet::range(kept.first(), kept.count() - kept.first()), OutputFormat::Ndjson,
                              options, again, {}, {}));
        const auto lines = [](const QString& path) {
            static const QRegularExpression position(u"\"position\":\"[^\"]*\""_s);
            return QString::fromUtf8(contentOf(path)).replace(position, QString()).split(u'\n');
        };
        QVERIFY(contentOf(text).contains("***"));
        QCOMPARE(lines(QString::fromStdString(again)), lines(text));
    }

    void scopesAreWhatTheySay()
    {
        QTemporaryDir folder;
        const QueueSnapshot queue = test::snapshotOf(test::everyState());
        const Snapshot snapshot = queue.capture->snapshot();
        ExportScopes scopes = everything(snapshot);
        scopes.noun = u"messages"_s;
        {
            ExportDialog dialog(snapshot, scopes, u"mail"_s);
            QVERIFY(!dialog.findChildren<QRadioButton*>().at(1)->isEnabled());
            QVERIFY(!dialog.findChildren<QRadioButton*>().at(1)->toolTip().isEmpty());
            dialog.setScope(ExportDialog::Scope::Selected);
            QCOMPARE(dialog.scope(), ExportDialog::Scope::Shown);
        }
        scopes.selected = RowSet::of({4, 1});
        ExportDialog dialog(snapshot, scopes, u"mail"_s);
        QCOMPARE(dialog.scope(), ExportDialog::Scope::Selected);
        const QString path = folder.filePath(u"m.csv"_s);
        dialog.setFormat(OutputFormat::Csv);
        dialog.setPath(path);
        dialog.show();
        QTRY_VERIFY(buttonOf(dialog, u"Export 2 messages"_s));
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        dialog.start();
        QTRY_COMPARE(finished.size(), 1);
        const QList<QByteArray> lines = contentOf(path).split('\n');
        QCOMPARE(lines.size(), 4);
        // In the order of the rows, not of the capture.
        QVERIFY(lines[1].contains("7301288410023419904"));
        QVERIFY(lines[2].contains(",10,"));
    }

    void anUnwritableTargetIsSaidBesideTheField()
    {
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.show();
        dialog.setPath(u"/no/such/folder/a.csv"_s);
        QTRY_VERIFY(!buttonOf(dialog, u"Export"_s)->isEnabled());
        QVERIFY(buttonOf(dialog, u"Export"_s)->toolTip().contains(u"does not exist"_s));
        QCOMPARE(validityOf(fieldOf(dialog, u"File"_s)), Validity::Invalid);
        dialog.setPath(QDir::tempPath());
        QTRY_VERIFY(!buttonOf(dialog, u"Export"_s)->isEnabled());
        dialog.setPath({});
        QTRY_VERIFY(!buttonOf(dialog, u"Export"_s)->isEnabled());
        if (::geteuid() != 0) {
            dialog.setPath(u"/usr/a.csv"_s);
            QTRY_VERIFY(!buttonOf(dialog, u"Export"_s)->isEnabled());
        }
    }

    void aTargetThatFailsLaterIsSaidInPlace()
    {
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.show();
        // Pressed before the target was looked at.
        dialog.setPath(u"/no/such/folder/a.csv"_s);
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        dialog.start();
        QTRY_COMPARE(finished.size(), 1);
        const auto banners = dialog.findChildren<Banner*>();
        QVERIFY(std::any_of(banners.begin(), banners.end(), [](const Banner* banner) {
            return banner->isVisible() && banner->kind() == Banner::Kind::Error;
        }));
        QTRY_VERIFY(buttonOf(dialog, u"Export"_s));
    }

    void replacesOnlyWhatItSays()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"a.csv"_s);
        QFile old(path);
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("old");
        old.close();
        const auto capture = changes();
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.setFormat(OutputFormat::Csv);
        dialog.setPath(path);
        dialog.show();
        QTRY_VERIFY(buttonOf(dialog, u"Replace with"_s));
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        dialog.start();
        QTRY_COMPARE(finished.size(), 1);
        QVERIFY(contentOf(path).startsWith("_time,"));
    }

    void canceledLeavesNothing()
    {
        QTemporaryDir folder;
        const auto capture = changes(400);
        const Snapshot snapshot = capture->snapshot();
        ExportDialog dialog(snapshot, everything(snapshot), u"orders"_s);
        dialog.setFormat(OutputFormat::Ndjson);
        dialog.setPath(folder.filePath(u"a.ndjson"_s));
        dialog.show();
        QSignalSpy finished(&dialog, &ExportDialog::exportFinished);
        dialog.start();
        QVERIFY(dialog.isWorking());
        dialog.cancel();
        QTRY_COMPARE(finished.size(), 1);
        // It may have been faster than the finger; never half.
        if (filesIn(folder).isEmpty())
            QVERIFY(buttonOf(dialog, u"Export"_s));
        else
            QVERIFY(contentOf(folder.filePath(u"a.ndjson"_s)).endsWith("}\n"));
        QVERIFY(filesIn(folder).size() <= 1);
    }

    void closedWhileItWorksItGoesOn()
    {
        QTemporaryDir folder;
        const auto capture = changes(100);
        const Snapshot snapshot = capture->snapshot();
        QPointer<ExportDialog> dialog = new ExportDialog(snapshot, everything(snapshot), u"orders"_s);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        const QString path = folder.filePath(u"a.csv"_s);
        dialog->setPath(path);
        dialog->open();
        QSignalSpy finished(dialog, &ExportDialog::exportFinished);
        dialog->start();
        dialog->close();
        QVERIFY(dialog);
        QVERIFY(!dialog->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 20'000);
        QTRY_VERIFY(!dialog);
        QVERIFY(QFile::exists(path));
    }

private:
    QTemporaryDir m_config;
};

QTEST_MAIN(ExportTest)
#include "tst_export.moc"
