#include "ui/style/banner.h"
#include "ui/style/bigbutton.h"
#include "ui/style/cardbutton.h"
#include "ui/style/chip.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/emptystate.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/stylesheet.h"
#include "ui/style/theme.h"
#include "ui/style/tickrail.h"

#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QVBoxLayout>

#include <cmath>

using namespace vtscope;

namespace {

double luminance(const QColor& color)
{
    const auto part = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

int inkedPixels(const QPixmap& pixmap)
{
    const QImage image = pixmap.toImage();
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            count += qAlpha(image.pixel(x, y)) > 40 ? 1 : 0;
    return count;
}

} // namespace

class TestStyle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(Theme::Choice::Light); }
    void contrastIsKept();
    void everyIconIsDrawn();
    void iconsFollowTheTheme();
    void applicationIconIsThere();
    void themeSwitches();
    void fontChangeRebuilds();
    void dataZoomHasLimits();
    void styleSheetIsComplete();
    void controlsHaveTheirSizes();
    void validityIsPainted();
    void bannerAnswersHeightForWidth();
    void bannerButtonsAndDetails();
    void returnPressesABannersButton();
    void bannerCentresOneLine();
    void bannerWrapsWideButtons();
    void emptyStateShowsAll();
    void chipKeys();
    void tickRailSpeaks();
    void greyTickLeavesTheRailGreen();
    void disabledPrimaryButtonGivesUpTheAccent();
    void startButtonsSpeakAndTakeReturn();
    void elidedLabelKeepsItsText();
    void dialogsStayWithinTheScreen();
};

void TestStyle::contrastIsKept()
{
    for (const Scheme scheme : {Scheme::Light, Scheme::Dark}) {
        const Tokens& t = Tokens::of(scheme);
        const std::pair<QColor, QColor> texts[] = {{t.text, t.surface},
                                                   {t.text, t.selA},
                                                   {t.text, t.updT},
                                                   {t.text2, t.surface},
                                                   {t.text2, t.window},
                                                   {t.text2, t.selA},
                                                   {t.text2, t.updT},
                                                   {t.onAccent, t.accent},
                                                   {t.accentText, t.surface},
                                                   {t.accentText, t.infoT},
                                                   {t.ins, t.insT},
                                                   {t.upd, t.updT},
                                                   {t.del, t.delT},
                                                   {t.err, t.errT},
                                                   {t.warn, t.warnT},
                                                   {t.ok, t.okT},
                                                   {t.onChip, t.chip},
                                                   {t.onHit, t.hit},
                                                   {t.onHitCur, t.hitCur},
                                                   {t.onProduction, t.production},
                                                   {t.productionText, t.infoT}};
        for (const auto& [front, back] : texts)
            QVERIFY2(contrast(front, back) >= 4.5, qPrintable(front.name() + u' ' + back.name()));
        const std::pair<QColor, QColor> graphics[] = {{t.borderStrong, t.surface},
                                                      {t.focus, t.surface},
                                                      {t.focus, t.selA},
                                                      {t.warnG, t.surface},
                                                      {t.production, t.window}};
        for (const auto& [front, back] : graphics)
            QVERIFY2(contrast(front, back) >= 3, qPrintable(front.name() + u' ' + back.name()));
    }
}

void TestStyle::everyIconIsDrawn()
{
    QSet<QString> names;
    for (int i = 1; i < static_cast<int>(IconName::Count_); ++i) {
        const auto name = static_cast<IconName>(i);
        QVERIFY(!names.contains(iconFileName(name)));
        names.insert(iconFileName(name));
        QVERIFY2(QFile::exists(QStringLiteral(":/vtscope/icons/%1.svg").arg(iconFileName(name))),
                 qPrintable(iconFileName(name)));
        for (const qreal ratio : {1.0, 1.25, 2.0}) {
            const QPixmap pixmap = iconPixmap(name, Qt::black, 16, ratio);
            QCOMPARE(pixmap.width(), static_cast<int>(std::lround(16 * ratio)));
            QVERIFY2(inkedPixels(pixmap) >= 10, qPrintable(iconFileName(name)));
        }
    }
    QVERIFY(iconPixmap(IconName::None, Qt::black, 16, 1).isNull());
}

void TestStyle::iconsFollowTheTheme()
{
    const QIcon lock = icon(IconName::Stop);
    const auto middle = [&](QIcon::Mode mode, QIcon::State state) {
        return lock.pixmap(QSize(16, 16), 1.0, mode, state).toImage().pixelColor(8, 8);
    };
    QCOMPARE(middle(QIcon::Normal, QIcon::Off), Tokens::of(Scheme::Light).text2);
    QCOMPARE(middle(QIcon::Normal, QIcon::On), Tokens::of(Scheme::Light).accentText);
    QCOMPARE(middle(QIcon::Disabled, QIcon::Off), Tokens::of(Scheme::Light).disabled);
    Theme::instance().setChoice(Theme::Choice::Dark);
    QCOMPARE(middle(QIcon::Normal, QIcon::Off), Tokens::of(Scheme::Dark).text2);
    Theme::instance().setChoice(Theme::Choice::Light);
}

void TestStyle::applicationIconIsThere()
{
    for (const int size : {48, 128, 256})
        QVERIFY(inkedPixels(applicationIcon().pixmap(size, size)) > size * size / 2);
}

void TestStyle::themeSwitches()
{
    QSignalSpy spy(&Theme::instance(), &Theme::changed);
    Theme::instance().setChoice(Theme::Choice::Dark);
    QCOMPARE(spy.count(), 1);
    QVERIFY(Theme::instance().isDark());
    QCOMPARE(QApplication::palette().color(QPalette::Window), Tokens::of(Scheme::Dark).window);
    QCoreApplication::processEvents();
    QCOMPARE(spy.count(), 1);
    Theme::instance().setChoice(Theme::Choice::Light);
    QCOMPARE(QApplication::palette().color(QPalette::Inactive, QPalette::Highlight), Tokens::of(Scheme::Light).selI);
}

void TestStyle::fontChangeRebuilds()
{
    const QFont before = QApplication::font();
    const int field = metrics().fieldHeight();
    QFont large = before;
    large.setPixelSize(26);
    QApplication::setFont(large);
    QCoreApplication::processEvents();
    QVERIFY(metrics().fieldHeight() > field);
    QApplication::setFont(before);
    QCoreApplication::processEvents();
    QCOMPARE(metrics().fieldHeight(), field);
}

void TestStyle::dataZoomHasLimits()
{
    const int row = Theme::instance().gridRowHeight();
    Theme::instance().setDataZoom(100);
    QCOMPARE(Theme::instance().dataZoom(), Metrics::kZoomMax);
    QVERIFY(Theme::instance().gridRowHeight() > row);
    Theme::instance().setDataZoom(0);
    QCOMPARE(Theme::instance().gridRowHeight(), row);
    Theme::instance().setDensity(Density::Compact);
    QVERIFY(Theme::instance().gridRowHeight() < row);
    Theme::instance().setDensity(Density::Normal);
}

void TestStyle::styleSheetIsComplete()
{
    const QString sheet = buildStyleSheet(tokens(), metrics());
    QVERIFY(!sheet.contains(u'@'));
    QVERIFY(!sheet.contains(u'%'));
    QCOMPARE(sheet.count(u'{'), sheet.count(u'}'));
}

void TestStyle::controlsHaveTheirSizes()
{
    QLineEdit line;
    QSpinBox spin;
    QPushButton button(QStringLiteral("Connect"));
    spin.ensurePolished();
    QVERIFY(line.sizeHint().height() >= metrics().fieldHeight());
    QVERIFY(std::max(spin.sizeHint().height(), spin.minimumHeight()) >= metrics().fieldHeight());
    QVERIFY(button.sizeHint().height() >= metrics().fieldHeight());
    const int plain = button.sizeHint().width();
    button.setIcon(icon(IconName::Connect));
    QVERIFY(button.sizeHint().width() >= plain + metrics().icon() + metrics().u());
}

void TestStyle::validityIsPainted()
{
    QLineEdit line;
    line.resize(200, metrics().fieldHeight());
    const auto frame = [&] { return line.grab().toImage().pixelColor(100, 0); };
    const QColor neutral = frame();
    setValidity(&line, Validity::Invalid);
    QCOMPARE(frame(), tokens().err);
    setValidity(&line, Validity::Neutral);
    QCOMPARE(frame(), neutral);
}

void TestStyle::bannerAnswersHeightForWidth()
{
    QWidget page;
    auto* layout = new QVBoxLayout(&page);
    auto* banner = new Banner(Banner::Kind::Error);
    banner->setSentence(QStringLiteral("The server no longer has the changes from 1-88190"));
    banner->setSecond(QStringLiteral("They were purged. Starting now leaves a marked gap; your rows and filter stay."));
    banner->addButton(QStringLiteral("Start now"), true);
    banner->addButton(QStringLiteral("Copy again"));
    banner->addButton(QStringLiteral("Other cursor\u2026"));
    banner->setClosable(true);
    layout->addWidget(banner);
    layout->addStretch();
    page.resize(1200, 400);
    page.show();
    const int wide = banner->heightForWidth(1100);
    const int narrow = banner->heightForWidth(420);
    QVERIFY(narrow > wide);
    for (const int width : {1200, 800, 500, 380}) {
        page.resize(width, 400);
        QCoreApplication::processEvents();
        QCOMPARE(banner->height(), banner->heightForWidth(banner->width()));
        for (const QLabel* label : banner->findChildren<QLabel*>())
            if (label->isVisible() && !label->text().isEmpty())
                QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
        for (const QPushButton* button : banner->findChildren<QPushButton*>())
            if (button->isVisible())
                QVERIFY(banner->rect().contains(button->geometry()));
    }
}

void TestStyle::bannerButtonsAndDetails()
{
    Banner banner(Banner::Kind::Warning);
    banner.setSentence(QStringLiteral("Link lost"));
    banner.setDetails(QStringLiteral("UNAVAILABLE: connection reset"));
    banner.setClosable(true);
    QPushButton* retry = banner.addButton(QStringLiteral("Retry now"));
    banner.resize(800, banner.heightForWidth(800));
    banner.show();
    QVERIFY(banner.accessibleName().contains(QLatin1String("Link lost")));
    const int closed = banner.heightForWidth(800);
    auto* details = banner.findChildren<QPushButton*>().first();
    details->click();
    QVERIFY(banner.heightForWidth(800) > closed);
    QSignalSpy pressed(retry, &QPushButton::clicked);
    retry->click();
    QCOMPARE(pressed.count(), 1);
    QSignalSpy close(&banner, &Banner::closeRequested);
    QTest::keyClick(&banner, Qt::Key_Escape);
    QCOMPARE(close.count(), 1);
    for (const QAbstractButton* button : banner.findChildren<QAbstractButton*>())
        QVERIFY(!button->accessibleName().isEmpty() || !button->text().isEmpty());
}

void TestStyle::returnPressesABannersButton()
{
    Banner banner(Banner::Kind::Error);
    QPushButton* edit = banner.addButton(QStringLiteral("Edit"));
    banner.show();
    QSignalSpy pressed(edit, &QPushButton::clicked);
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(pressed.count(), 1);
}

void TestStyle::bannerCentresOneLine()
{
    Banner banner(Banner::Kind::Info);
    banner.setSentence(QStringLiteral("Stopped"));
    const QPushButton* button = banner.addButton(QStringLiteral("Start again"));
    banner.resize(900, banner.heightForWidth(900));
    banner.show();
    const auto* sentence = banner.findChild<QLabel*>();
    QVERIFY(sentence->y() < button->geometry().center().y());
    QVERIFY(std::abs(sentence->geometry().center().y() - button->geometry().center().y()) <= 1);
}

void TestStyle::bannerWrapsWideButtons()
{
    Banner banner(Banner::Kind::Info);
    banner.setSentence(QStringLiteral("Stopped"));
    const QString wide(40, u'w');
    const QList<QPushButton*> buttons{banner.addButton(wide), banner.addButton(wide)};
    for (const int width : {500, 300}) {
        banner.resize(width, banner.heightForWidth(width));
        banner.show();
        for (const QPushButton* button : buttons)
            QVERIFY2(banner.rect().contains(button->geometry()), qPrintable(QString::number(width)));
        QVERIFY(!buttons.first()->geometry().intersects(buttons.last()->geometry()));
    }
}

void TestStyle::emptyStateShowsAll()
{
    EmptyState state;
    state.setIcon(IconName::Filter);
    state.setSentence(QStringLiteral("0 of 12 431 shown"));
    state.setFact(QStringLiteral("The filter is fine, it just matches nothing so far."));
    QPushButton* clear = state.addButton(QStringLiteral("Clear filter"), true);
    state.addButton(QStringLiteral("Show the rest"));
    for (const QSize& size : {state.minimumSizeHint(), QSize(800, 500)}) {
        state.resize(size);
        state.show();
        QCoreApplication::processEvents();
        QVERIFY(state.rect().contains(clear->geometry()));
    }
    QCOMPARE(state.accessibleName(), QStringLiteral("0 of 12 431 shown"));
    QVERIFY(inkedPixels(state.grab()) > 0);
}

void TestStyle::chipKeys()
{
    Chip chip(QStringLiteral("user_id = 7"));
    chip.setPrefix(QStringLiteral("not"), Tone::Update);
    QCOMPARE(chip.accessibleName(), QStringLiteral("not user_id = 7"));
    QCOMPARE(chip.focusPolicy(), Qt::NoFocus);
    chip.setClosable(true);
    chip.setInteractive(true);
    QCOMPARE(chip.focusPolicy(), Qt::TabFocus);
    chip.resize(chip.sizeHint());
    chip.show();
    QSignalSpy closed(&chip, &Chip::closeRequested);
    QSignalSpy clicked(&chip, &Chip::clicked);
    QTest::keyClick(&chip, Qt::Key_Delete);
    QTest::mouseClick(&chip, Qt::LeftButton, {}, QPoint(chip.width() - 6, chip.height() / 2));
    QCOMPARE(closed.count(), 2);
    QCOMPARE(clicked.count(), 0);
    QTest::keyClick(&chip, Qt::Key_Space);
    QTest::mouseClick(&chip, Qt::LeftButton, {}, QPoint(8, chip.height() / 2));
    QCOMPARE(clicked.count(), 2);
}

void TestStyle::tickRailSpeaks()
{
    TickRail rail({QStringLiteral("Name"), QStringLiteral("TLS"), QStringLiteral("Login")});
    rail.setTick(0, TickRail::State::Ok, QStringLiteral("resolved to 52.48.17.203"), 9);
    rail.setTick(1, TickRail::State::Failed, QStringLiteral("certificate expired"), 31);
    rail.resize(rail.sizeHint());
    rail.show();
    QStringList names;
    for (const QWidget* child : rail.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
        names.append(child->accessibleName());
    QCOMPARE(names.size(), 3);
    QCOMPARE(names.at(0), QStringLiteral("Name: ok, resolved to 52.48.17.203, 9 ms"));
    QVERIFY(names.at(1).startsWith(QLatin1String("TLS: failed")));
    QCOMPARE(names.at(2), QStringLiteral("Login: not tried yet"));
    QVERIFY(!rail.grab().isNull());
    rail.clear();
    QCOMPARE(rail.state(1), TickRail::State::NotTried);
}

void TestStyle::greyTickLeavesTheRailGreen()
{
    TickRail rail({QStringLiteral("Connection"), QStringLiteral("TLS"), QStringLiteral("Login")});
    rail.setTick(0, TickRail::State::Ok);
    rail.setTick(1, TickRail::State::Grey);
    rail.setTick(2, TickRail::State::Ok);
    rail.resize(rail.sizeHint());
    rail.show();
    // The rail between the first circle and the last one, beside the circle of the grey tick.
    const auto ticks = rail.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
    const QImage image = ticks.at(1)->grab().toImage();
    const auto isGreen = [&](int y) {
        for (int x = 0; x < image.width() / 4; ++x)
            if (image.pixelColor(x, y) == tokens().ok)
                return true;
        return false;
    };
    QVERIFY(isGreen(1));
    QVERIFY(isGreen(image.height() - 2));
    rail.setTick(2, TickRail::State::NotTried);
    const QImage open = ticks.at(1)->grab().toImage();
    for (int x = 0; x < open.width() / 4; ++x)
        QVERIFY(open.pixelColor(x, open.height() - 2) != tokens().ok);
}

void TestStyle::disabledPrimaryButtonGivesUpTheAccent()
{
    BigButton button(IconName::Connect, QStringLiteral("Connect"), QStringLiteral("Host and user"));
    button.setPrimary(true);
    button.resize(button.sizeHint());
    const QPoint besideTheWords(button.width() - 8, button.height() / 2);
    QCOMPARE(button.grab().toImage().pixelColor(besideTheWords), tokens().accent);
    button.setEnabled(false);
    QCOMPARE(button.grab().toImage().pixelColor(besideTheWords), tokens().chip);
}

void TestStyle::startButtonsSpeakAndTakeReturn()
{
    BigButton big(IconName::Connect, QStringLiteral("Connect to a branch"), QStringLiteral("Host, user and password"));
    big.setKey(QKeySequence(Qt::CTRL | Qt::Key_N));
    big.setPrimary(true);
    QCOMPARE(big.accessibleName(), QStringLiteral("Connect to a branch"));
    QSignalSpy bigClicked(&big, &BigButton::clicked);
    big.show();
    QTest::keyClick(&big, Qt::Key_Return);
    QCOMPARE(bigClicked.count(), 1);

    CardButton card(QStringLiteral("prod-eu"));
    card.setTag(Tag::Production, QStringLiteral("production"));
    card.setDetail(QStringLiteral("main @ aws-eu-west-1.connect.psdb.cloud"));
    card.setAside(QStringLiteral("2 min ago"), QStringLiteral("Continue 3 tabs"), true);
    QCOMPARE(card.accessibleName(), QStringLiteral("prod-eu, production"));
    QSignalSpy cardClicked(&card, &CardButton::clicked);
    card.show();
    QTest::keyClick(&card, Qt::Key_Return);
    QTest::keyClick(&card, Qt::Key_Space);
    QCOMPARE(cardClicked.count(), 2);
    QVERIFY(!card.grab().isNull());
}

void TestStyle::elidedLabelKeepsItsText()
{
    ElidedLabel label(QStringLiteral("main @ aws-eu-west-1.connect.psdb.cloud"));
    label.setElideMode(Qt::ElideMiddle);
    label.setVoice(ElidedLabel::Voice::Data);
    QVERIFY(label.minimumSizeHint().width() < label.sizeHint().width());
    label.resize(60, 20);
    QCOMPARE(label.accessibleName(), label.text());
    QVERIFY(!label.grab().isNull());
}

void TestStyle::dialogsStayWithinTheScreen()
{
    QDialog dialog;
    dialog.resize(10'000, 300);
    dialog.show();
    QVERIFY(dialog.width() <= dialog.screen()->availableSize().width());
    QCOMPARE(dialog.height(), 300);
}

QTEST_MAIN(TestStyle)
#include "tst_style.moc"
