#include "ui/connect/testpanel.h"

#include "ui/connect/failurewords.h"
#include "ui/style/banner.h"
#include "ui/style/theme.h"
#include "ui/style/tickrail.h"

#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTime>
#include <QVBoxLayout>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

TickRail::State stateOf(Tick::State state)
{
    switch (state) {
    case Tick::State::NotTried:
        return TickRail::State::NotTried;
    case Tick::State::Running:
        return TickRail::State::Running;
    case Tick::State::Ok:
        return TickRail::State::Ok;
    case Tick::State::Failed:
        return TickRail::State::Failed;
    case Tick::State::NotNeeded:
        return TickRail::State::Grey;
    }
    return TickRail::State::NotTried;
}

} // namespace

TestPanel::TestPanel(QWidget* parent)
    : QFrame(parent),
      m_rail(new TickRail({tr("Name"), tr("Connection"), tr("TLS"), tr("Login"), tr("Branch and role")}, this)),
      m_card(new Banner(Banner::Kind::Error, this)), m_foot(new QLabel(this))
{
    setProperty("vtSurface", u"surface"_s);
    auto* heading = new QLabel(tr("Connection test"), this);
    heading->setProperty("vtText", u"strong"_s);
    m_foot->setProperty("vtText", u"small"_s);
    m_foot->setWordWrap(true);
    m_foot->setTextFormat(Qt::PlainText);
    m_card->hide();
    const Metrics& m = metrics();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(m.space(5), m.space(5), m.space(5), m.space(4));
    column->setSpacing(m.space(2));
    column->addWidget(heading);
    column->addWidget(m_rail);
    column->addSpacing(m.space(2));
    column->addWidget(m_card);
    column->addStretch();
    column->addWidget(m_foot);
    invalidate();
    setFoot(tr("Not tested yet. The test changes nothing on the branch."));
}

void TestPanel::setFoot(const QString& words)
{
    m_foot->setText(words);
}

void TestPanel::begin()
{
    m_rail->clear();
    m_card->hide();
    m_card->clearButtons();
    m_total = m_last = {};
    setFoot(tr("Testing. No change is made on the branch."));
}

void TestPanel::setTick(const Tick& tick)
{
    const bool isOver = tick.state != Tick::State::Running && tick.state != Tick::State::NotTried;
    const bool isTimed = tick.state == Tick::State::Ok || tick.state == Tick::State::Failed;
    if (isOver)
        m_total += m_last = tick.took;
    m_rail->setTick(static_cast<int>(tick.step), stateOf(tick.state), QString::fromStdString(tick.fact),
                    isTimed ? static_cast<qint64>(tick.took.count()) : -1);
}

void TestPanel::finish()
{
    m_card->show();
    setFoot(tr("Tested %1, %2 ms in all. No change was made on the branch.")
                .arg(QTime::currentTime().toString(u"HH:mm:ss"_s),
                     QLocale().toString(static_cast<qint64>(m_total.count()))));
}

void TestPanel::pass(const Connection& connection)
{
    m_card->clearButtons();
    m_card->setKind(Banner::Kind::Ok);
    m_card->setSentence(connection.settings().isPlaintext ? tr("It works, not encrypted") : tr("It works"));
    m_card->setSecond(wordsFor(connection));
    m_card->setDetails({});
    finish();
}

void TestPanel::addFixButton(Fix fix)
{
    QString words;
    switch (fix) {
    case Fix::Host:
        words = tr("Change the host");
        break;
    case Fix::Password:
        words = tr("Type another password");
        break;
    case Fix::PasswordSource:
        words = tr("Take it from elsewhere");
        break;
    case Fix::CaFile:
        words = tr("Choose a CA file\u2026");
        break;
    case Fix::WithoutEncryption:
        words = tr("Connect without encryption");
        break;
    case Fix::Proxy:
    case Fix::None:
        return;
    }
    auto* button = m_card->addButton(words);
    button->setAutoDefault(false);
    connect(
        button, &QPushButton::clicked, this, [this, fix] { Q_EMIT fixRequested(fix); }, Qt::QueuedConnection);
}

void TestPanel::fail(const CheckFailure& failure, const ConnectionSettings& settings)
{
    const FailureWords words = wordsFor(failure, settings);
    m_card->clearButtons();
    m_card->setKind(Banner::Kind::Error);
    m_rail->setTick(static_cast<int>(failure.step), TickRail::State::Failed, words.sentence,
                    static_cast<qint64>(m_last.count()));
    m_card->setSentence(words.sentence);
    m_card->setSecond(words.advice);
    m_card->setDetails(words.details);
    addFixButton(failure.fix);
    finish();
}

void TestPanel::invalidate()
{
    m_rail->clear();
    m_card->hide();
    setFoot(tr("Changed since the last test."));
}

void TestPanel::stop()
{
    m_rail->clear();
    m_card->hide();
    setFoot(tr("Stopped. No change was made on the branch."));
}

} // namespace vtscope
