#include "ui/output/formatform.h"

#include "streamcore/names.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <string_view>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kCaptureRow = 4; // of the formats, behind those of OutputFormat
constexpr auto kCaptureKey = "capture";
constexpr auto kDelimiters = std::string_view(",;\t|");

QLineEdit* namesEdit(const QString& name, const QString& toolTip)
{
    auto* edit = new QLineEdit;
    edit->setAccessibleName(name);
    edit->setPlaceholderText(FormatForm::tr("a, b"));
    edit->setToolTip(toolTip);
    return edit;
}

QComboBox* choice(const QString& name, const QStringList& texts)
{
    auto* box = new QComboBox;
    box->addItems(texts);
    box->setAccessibleName(name);
    // As wide as the column, however long its texts are.
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(4);
    return box;
}

} // namespace

FormatForm::FormatForm(std::vector<std::string> columns, std::vector<std::string> maskable, const QStringList& masked,
                       bool hasChanges, bool hasCapture, QWidget* parent)
    : QWidget(parent), m_columns(std::move(columns)), m_maskable(std::move(maskable))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(metrics().space(1));
    buildFormat(hasChanges, hasCapture);
    m_fold = new QPushButton(tr("&Options"), this);
    setVariant(m_fold, ButtonVariant::Quiet);
    m_fold->setCheckable(true);
    m_fold->setAutoDefault(false);
    m_options = buildOptions();
    m_masked->setText(masked.join(QStringLiteral(", ")));
    layout->addWidget(m_fold, 0, Qt::AlignLeft);
    layout->addWidget(m_options);
    connect(m_fold, &QPushButton::toggled, this, &FormatForm::fold);
    for (auto* box : findChildren<QComboBox*>()) {
        connect(box, &QComboBox::currentIndexChanged, this, [this] {
            followFormat();
            Q_EMIT changed();
        });
    }
    for (auto* box : findChildren<QCheckBox*>())
        connect(box, &QCheckBox::toggled, this, &FormatForm::changed);
    for (auto* edit : findChildren<QLineEdit*>())
        connect(edit, &QLineEdit::textChanged, this, &FormatForm::changed);
    fold(false);
    // Whoever masked a column wants to see that it is.
    m_fold->setChecked(!masked.isEmpty());
    followFormat();
}

void FormatForm::buildFormat(bool hasChanges, bool hasCapture)
{
    m_format =
        choice(tr("Format"), {tr("CSV, one line each"), tr("NDJSON, one line each"), tr("Redo SQL, one statement each"),
                              tr("Undo SQL, one statement each"), tr("Capture, the bytes as sent")});
    const auto disable = [this](int row, const QString& reason) {
        qobject_cast<QStandardItemModel*>(m_format->model())->item(row)->setEnabled(false);
        m_format->setItemData(row, reason, Qt::ToolTipRole);
    };
    for (const OutputFormat format : {OutputFormat::Redo, OutputFormat::Undo}) {
        if (!hasChanges)
            disable(static_cast<int>(format),
                    tr("These rows were read: there is no change to do again or to take back"));
    }
    if (!hasCapture)
        disable(kCaptureRow, tr("These rows were read: no stream brought them"));
    m_before = new QCheckBox(tr("Values &before, as before.<column>"), this);
    m_notes = new QCheckBox(tr("&Notes: _not_sent and _raw"), this);
    m_notes->setToolTip(tr("Two columns at the end name values that were not sent, and those that went out as hex "
                           "because they are no valid text."));
    m_notes->setChecked(true);
    m_why = new QLabel(this);
    m_why->setProperty("vtText", u"small"_s);
    m_why->setWordWrap(true);
    auto* heading = new QLabel(tr("&Format"), this);
    heading->setProperty("vtText", u"heading"_s);
    heading->setBuddy(m_format);
    for (QWidget* part :
         {static_cast<QWidget*>(heading), static_cast<QWidget*>(m_format), static_cast<QWidget*>(m_before),
          static_cast<QWidget*>(m_notes), static_cast<QWidget*>(m_why)})
        layout()->addWidget(part);
}

QWidget* FormatForm::buildOptions()
{
    auto* box = new QWidget(this);
    m_rows = new QFormLayout(box);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setVerticalSpacing(metrics().space(1));
    m_chosen = namesEdit(tr("Columns"), tr("Only these columns, in this order; all when empty"));
    m_masked = namesEdit(tr("Masked columns"), tr("Columns whose values nobody may see: *** stands for them. SQL that "
                                                  "needs one is not written."));
    m_generated = namesEdit(tr("Generated columns"), tr("Columns that the table computes by itself, which the server "
                                                        "does not tell: no statement may write them"));
    m_delimiter = choice(tr("Delimiter"), {tr("Comma"), tr("Semicolon"), tr("Tab"), tr("Bar |")});
    m_quoting = choice(tr("Quoting"), {tr("Where needed"), tr("Every value")});
    m_null = new QLineEdit;
    m_null->setAccessibleName(tr("NULL"));
    m_null->setPlaceholderText(tr("nothing"));
    m_numbers = choice(tr("Numbers"), {tr("Safe: large ones as text"), tr("Exact: all as numbers")});
    m_binary = choice(tr("Binary values"), {tr("Hex"), tr("Base64")});
    m_time = choice(tr("Time"), {tr("ISO 8601"), tr("Milliseconds since 1970"), tr("Nanoseconds since 1970")});
    m_zone = new QLineEdit;
    m_zone->setAccessibleName(tr("Time zone"));
    m_zone->setPlaceholderText(u"UTC"_s);
    m_zone->setToolTip(tr("Such as Europe/Berlin, for the times of changes; values stay as the server sent them"));
    m_mark = new QCheckBox(tr("Byte order mark"));
    m_mark->setToolTip(tr("Some spreadsheets take a file without it for another charset"));
    m_guard = new QCheckBox(tr("Guard against formulas"));
    m_guard->setToolTip(tr("A ' before values that begin with = + - @, tab or CR and are no number, which a "
                           "spreadsheet would carry out"));
    m_events = new QCheckBox(tr("Events too"));
    m_events->setToolTip(tr("An object for each line that is no change: gaps, breaks, schema changes, DDL"));
    m_rows->addRow(tr("Columns"), m_chosen);
    m_rows->addRow(tr("Masked"), m_masked);
    m_rows->addRow(tr("Generated"), m_generated);
    m_rows->addRow(tr("Delimiter"), m_delimiter);
    m_rows->addRow(tr("Quotes"), m_quoting);
    m_rows->addRow(tr("NULL"), m_null);
    m_rows->addRow(tr("Numbers"), m_numbers);
    m_rows->addRow(tr("Binary"), m_binary);
    m_rows->addRow(tr("Time"), m_time);
    m_rows->addRow(tr("Zone"), m_zone);
    m_rows->addRow(m_mark);
    m_rows->addRow(m_guard);
    m_rows->addRow(m_events);
    return box;
}

bool FormatForm::isCapture() const
{
    return m_format->currentIndex() == kCaptureRow;
}

OutputFormat FormatForm::format() const
{
    return isCapture() ? OutputFormat::Csv : static_cast<OutputFormat>(m_format->currentIndex());
}

void FormatForm::setFormat(OutputFormat format)
{
    choose(static_cast<int>(format));
}

void FormatForm::setCapture()
{
    choose(kCaptureRow);
}

void FormatForm::choose(int row)
{
    if (qobject_cast<QStandardItemModel*>(m_format->model())->item(row)->isEnabled())
        m_format->setCurrentIndex(row);
}

QString FormatForm::key() const
{
    return QLatin1String(isCapture() ? kCaptureKey : nameOf(format()));
}

void FormatForm::setKey(const QString& key)
{
    if (key == QLatin1String(kCaptureKey))
        setCapture();
    else
        setFormat(outputFormatFrom(key.toStdString()).value_or(OutputFormat::Csv));
}

QString FormatForm::ending() const
{
    if (isCapture())
        return u".vtcap"_s;
    return u'.' + key() + (isSql(format()) ? u".sql"_s : QString());
}

FormatOptions FormatForm::options() const
{
    FormatOptions options;
    options.hasBefore = m_before->isChecked();
    options.hasNotes = m_notes->isChecked();
    options.columns = namesFrom(m_chosen->text().toStdString());
    options.masked = Masks(namesFrom(m_masked->text().toStdString()));
    options.generated = namesFrom(m_generated->text().toStdString());
    options.delimiter = kDelimiters.at(static_cast<std::size_t>(m_delimiter->currentIndex()));
    options.quotesAll = m_quoting->currentIndex() == 1;
    options.null = m_null->text().toStdString();
    options.hasExactNumbers = m_numbers->currentIndex() == 1;
    options.binary = static_cast<FormatOptions::Binary>(m_binary->currentIndex());
    options.time = static_cast<FormatOptions::Time>(m_time->currentIndex());
    options.zone = m_zone->text().trimmed().toStdString();
    options.hasByteOrderMark = m_mark->isChecked();
    options.hasFormulaGuard = m_guard->isChecked();
    options.hasEvents = m_events->isChecked();
    return options;
}

QString FormatForm::problem() const
{
    if (isCapture())
        return {};
    const FormatOptions options = this->options();
    const std::pair<const std::vector<std::string>*, const std::vector<std::string>*> asked[] = {
        {&options.columns, &m_columns}, {&options.masked.names(), &m_maskable}, {&options.generated, &m_columns}};
    for (const auto& [names, known] : asked) {
        for (const std::string& name : *names) {
            if (!isAmong(*known, name))
                return tr("There is no column %1.").arg(QString::fromStdString(name));
        }
    }
    if (format() == OutputFormat::Csv && !isNullText(options.null, options.delimiter))
        return tr("The text for NULL has a delimiter, a quote or a line end.");
    if (!isSql(format()) && !options.zone.empty() && !isZone(options.zone))
        return tr("There is no time zone %1.").arg(QString::fromStdString(options.zone));
    return {};
}

void FormatForm::fold(bool isOpen)
{
    m_options->setVisible(isOpen);
    m_fold->setIcon(icon(isOpen ? IconName::ChevronDown : IconName::ChevronRight));
    m_fold->setAccessibleDescription(isOpen ? tr("Shown below") : tr("Folded away"));
    Q_EMIT folded();
}

void FormatForm::followFormat()
{
    m_fold->setVisible(!isCapture());
    m_options->setVisible(m_fold->isChecked() && !isCapture());
    const bool isCsv = format() == OutputFormat::Csv && !isCapture(), hasSql = isSql(format());
    m_before->setVisible(isCsv);
    m_notes->setVisible(isCsv);
    for (QWidget* row : {static_cast<QWidget*>(m_delimiter), static_cast<QWidget*>(m_quoting),
                         static_cast<QWidget*>(m_null), static_cast<QWidget*>(m_mark), static_cast<QWidget*>(m_guard)})
        m_rows->setRowVisible(row, isCsv);
    for (QWidget* row :
         {static_cast<QWidget*>(m_chosen), static_cast<QWidget*>(m_binary), static_cast<QWidget*>(m_time)})
        m_rows->setRowVisible(row, !hasSql);
    m_rows->setRowVisible(m_zone, !hasSql && m_time->currentIndex() == 0);
    for (QWidget* row : {static_cast<QWidget*>(m_numbers), static_cast<QWidget*>(m_events)})
        m_rows->setRowVisible(row, format() == OutputFormat::Ndjson);
    m_rows->setRowVisible(m_generated, hasSql);
    if (isCapture()) {
        m_why->setText(tr("Opens in vtscope, with marks and notes. Each message is kept whole: the rest of those that "
                          "brought these changes lies in it too, hidden."));
        return;
    }
    switch (format()) {
    case OutputFormat::Csv:
        m_why->setText(
            tr("Column names stand in the first line. An empty string is \"\"; what was not sent is nothing, "
               "as NULL is unless a text stands for it."));
        break;
    case OutputFormat::Ndjson:
        m_why->setText(tr("NDJSON always has before, not_sent and raw."));
        break;
    case OutputFormat::Redo:
        m_why->setText(tr("Does the changes again, each transaction as one. What cannot be told exactly stands as a "
                          "comment."));
        break;
    case OutputFormat::Undo:
        m_why->setText(tr("Takes the changes back, the last one first. A row that was changed since stays as it is. "
                          "What cannot be told exactly stands as a comment."));
        break;
    }
}

} // namespace vtscope
