// The form of the export dialog: its parts, and how they lie.
#include "ui/output/exportdialog.h"

#include "streamcore/names.h"
#include "ui/output/formatform.h"
#include "ui/style/banner.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScreen>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace vtscope {

namespace {

constexpr int kPreviewRows = 4;

QLabel* headingOf(const QString& text, QWidget* buddy = nullptr)
{
    auto* label = new QLabel(text);
    label->setProperty("vtText", QStringLiteral("heading"));
    label->setBuddy(buddy);
    return label;
}

QVBoxLayout* stack(QWidget* widget)
{
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(metrics().space(1));
    return layout;
}

// The dialog's foot: chrome below a line.
class Foot final : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), tokens().window);
        painter.fillRect(0, 0, width(), 1, tokens().border);
    }
};

class Rule final : public QWidget
{
public:
    Rule() { setFixedWidth(1); }

protected:
    void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), tokens().border); }
};

} // namespace

void ExportDialog::build()
{
    const Metrics& m = metrics();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_banner = new Banner(Banner::Kind::Error, this);
    m_banner->setVisible(false);
    m_banner->setClosable(true);
    connect(m_banner, &Banner::closeRequested, m_banner, &QWidget::hide);
    layout->addWidget(m_banner);

    auto* form = new QFrame(this);
    form->setProperty("vtSurface", QStringLiteral("surface"));
    m_form = form;
    auto* columns = new QHBoxLayout(form);
    columns->setContentsMargins(m.space(4), m.space(4), m.space(4), m.space(4));
    columns->setSpacing(m.space(4));
    auto* left = new QWidget(form);
    QVBoxLayout* leftLayout = stack(left);
    leftLayout->setContentsMargins(0, 0, m.space(2), 0);
    leftLayout->setSpacing(m.space(4));
    leftLayout->addWidget(buildRows());
    std::vector<std::string> maskable;
    for (std::uint32_t i = 0; i < m_snapshot.layoutCount(); ++i) {
        for (std::string& name : maskNamesOf(m_snapshot.layout(i)))
            maskable.push_back(std::move(name));
    }
    keepFirstOfEach(maskable);
    m_format = new FormatForm(columnsOf(m_snapshot, 0, m_snapshot.layoutCount()), std::move(maskable), m_scopes.masked,
                              m_scopes.noun.isEmpty(), m_scopes.capture != nullptr, left);
    connect(m_format, &FormatForm::folded, this, &ExportDialog::makeRoom);
    connect(m_format, &FormatForm::changed, this, [this] {
        followFormat();
        formChanged();
    });
    leftLayout->addWidget(m_format);
    leftLayout->addStretch(1);
    m_choices = new QScrollArea(form);
    m_choices->setFrameShape(QFrame::NoFrame);
    m_choices->setWidgetResizable(true);
    m_choices->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_choices->setFocusPolicy(Qt::NoFocus);
    m_choices->setWidget(left);
    m_choices->viewport()->setAutoFillBackground(false);
    left->setAutoFillBackground(false);
    m_choices->setFixedWidth(m.space(64));
    columns->addWidget(m_choices);
    columns->addWidget(new Rule);
    auto* right = new QWidget(form);
    QVBoxLayout* rightLayout = stack(right);
    rightLayout->setSpacing(m.space(3));
    rightLayout->addWidget(buildPreview(), 1);
    rightLayout->addWidget(buildTarget());
    columns->addWidget(right, 1);
    layout->addWidget(form, 1);
    layout->addWidget(buildFoot());
    resize(m.space(214), 0);
    makeRoom();
}

// As high as the choices are, as far as the screen has room for that; what does not fit is scrolled to.
void ExportDialog::makeRoom()
{
    const Metrics& m = metrics();
    const QRect screenArea = screen()->availableGeometry();
    m_choices->widget()->layout()->activate();
    const int around = std::max(0, sizeHint().height() - m_choices->sizeHint().height());
    const int wanted = m_choices->widget()->sizeHint().height() + around;
    resize(std::min(width(), screenArea.width() - m.space(8)),
           std::min(std::max(height(), wanted), screenArea.height() - m.space(16)));
    if (isVisible() && frameGeometry().bottom() > screenArea.bottom())
        move(x(), std::max(screenArea.top(), y() - (frameGeometry().bottom() - screenArea.bottom())));
}

QWidget* ExportDialog::buildRows()
{
    const Metrics& m = metrics();
    auto* box = new QWidget;
    auto* layout = new QGridLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setVerticalSpacing(0);
    layout->setHorizontalSpacing(m.space(2));
    layout->addWidget(headingOf(m_scopes.noun.isEmpty() ? tr("Changes") : tr("Messages")), 0, 0, 1, 2);
    const QString names[] = {tr("&Shown"), tr("S&elected"), tr("&Marked"), tr("&All")};
    for (std::size_t i = 0; i < m_scopeButtons.size(); ++i) {
        auto* button = new QRadioButton(names[i], box);
        auto* count = new QLabel(box);
        count->setProperty("vtText", QStringLiteral("data"));
        count->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        const int row = static_cast<int>(i) + 1;
        layout->addWidget(button, row, 0);
        layout->addWidget(count, row, 1);
        connect(button, &QRadioButton::toggled, this, [this](bool on) {
            if (on)
                formChanged();
        });
        m_scopeButtons[i] = button;
        m_scopeCounts[i] = count;
    }
    layout->setColumnStretch(0, 1);
    return box;
}

QWidget* ExportDialog::buildPreview()
{
    const Metrics& m = metrics();
    auto* box = new QWidget;
    QVBoxLayout* layout = stack(box);
    m_preview = new QPlainTextEdit(box);
    m_preview->setReadOnly(true);
    m_preview->setTabChangesFocus(true);
    m_preview->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_preview->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_preview->setFont(m.data());
    m_preview->document()->setDocumentMargin(m.space(2));
    m_preview->setAccessibleName(tr("Preview"));
    m_preview->setMinimumHeight(QFontMetrics(m.data()).lineSpacing() * kPreviewRows + m.space(10));
    m_previewTitle = headingOf(QString(), m_preview);
    m_note = new Banner(Banner::Kind::Warning, box);
    m_note->setVisible(false);
    m_note->setClosable(false);
    layout->addWidget(m_previewTitle);
    layout->addWidget(m_preview, 1);
    layout->addWidget(m_note);
    return box;
}

QWidget* ExportDialog::buildTarget()
{
    auto* box = new QWidget;
    QVBoxLayout* layout = stack(box);
    m_path = new QLineEdit(box);
    m_path->setAccessibleName(tr("File"));
    auto* browse = new QPushButton(tr("Bro&wse…"), box);
    connect(browse, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::formChanged);
    auto* row = new QHBoxLayout;
    row->addWidget(m_path, 1);
    row->addWidget(browse);
    m_pathNote = new QLabel(box);
    m_pathNote->setTextFormat(Qt::PlainText);
    layout->addWidget(headingOf(tr("F&ile"), m_path));
    layout->addLayout(row);
    layout->addWidget(m_pathNote);
    return box;
}

QWidget* ExportDialog::buildFoot()
{
    const Metrics& m = metrics();
    auto* foot = new Foot(this);
    auto* layout = new QHBoxLayout(foot);
    layout->setContentsMargins(m.space(4), m.space(2.5), m.space(4), m.space(2.5));
    layout->setSpacing(m.space(2));
    m_summary = new ElidedLabel({}, foot);
    m_summary->setTone(Tone::Text2);
    m_bar = new QProgressBar(foot);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(m.space(40));
    m_bar->setAccessibleName(tr("Progress"));
    m_folder = new QPushButton(tr("Open f&older"), foot);
    m_hide = new QPushButton(tr("&Hide"), foot);
    m_hide->setToolTip(tr("Goes on in the background"));
    m_cancel = new QPushButton(foot);
    m_start = new QPushButton(foot);
    setVariant(m_start, ButtonVariant::Primary);
    m_start->setDefault(true);
    layout->addWidget(m_bar);
    layout->addWidget(m_summary, 1);
    for (QPushButton* button : {m_folder, m_hide, m_cancel, m_start})
        layout->addWidget(button);
    connect(m_folder, &QPushButton::clicked, this, &ExportDialog::openFolder);
    connect(m_hide, &QPushButton::clicked, this, &QWidget::hide);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (isWorking())
            cancel();
        else
            reject();
    });
    connect(m_start, &QPushButton::clicked, this, &ExportDialog::start);
    return foot;
}

} // namespace vtscope
