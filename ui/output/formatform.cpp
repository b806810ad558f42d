#include "ui/output/formatform.h"

#include "streamcore/names.h"
#include "ui/style/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace vtscope {

using namespace Qt::StringLiterals;

FormatForm::FormatForm(bool hasChanges, QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(metrics().space(1));
    m_format = new QComboBox(this);
    m_format->addItems({tr("CSV, one line each"), tr("NDJSON, one line each"), tr("Redo SQL, one statement each"),
                        tr("Undo SQL, one statement each")});
    m_format->setAccessibleName(tr("Format"));
    if (!hasChanges) {
        for (const OutputFormat format : {OutputFormat::Redo, OutputFormat::Undo}) {
            const int row = static_cast<int>(format);
            qobject_cast<QStandardItemModel*>(m_format->model())->item(row)->setEnabled(false);
            m_format->setItemData(row, tr("These rows were read: there is no change to do again or to take back"),
                                  Qt::ToolTipRole);
        }
    }
    m_before = new QCheckBox(tr("Values &before, as before.<column>"), this);
    m_notes = new QCheckBox(tr("&Notes: _not_sent and _raw"), this);
    m_notes->setToolTip(tr("Two columns at the end name values that were not sent, and those that went out as hex "
                           "because they are no valid text."));
    m_notes->setChecked(true);
    m_generated = new QLineEdit(this);
    m_generated->setAccessibleName(tr("Generated columns"));
    m_generated->setPlaceholderText(tr("a, b"));
    m_generated->setToolTip(
        tr("Columns that the table computes by itself, which the server does not tell: no statement "
           "may write them"));
    m_generatedName = new QLabel(tr("&Generated columns"), this);
    m_generatedName->setBuddy(m_generated);
    m_why = new QLabel(this);
    m_why->setProperty("vtText", u"small"_s);
    m_why->setWordWrap(true);
    auto* heading = new QLabel(tr("&Format"), this);
    heading->setProperty("vtText", u"heading"_s);
    heading->setBuddy(m_format);
    layout->addWidget(heading);
    layout->addWidget(m_format);
    layout->addSpacing(metrics().space(1));
    for (QWidget* part :
         {static_cast<QWidget*>(m_before), static_cast<QWidget*>(m_notes), static_cast<QWidget*>(m_generatedName),
          static_cast<QWidget*>(m_generated), static_cast<QWidget*>(m_why)})
        layout->addWidget(part);
    connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
        followFormat();
        Q_EMIT changed();
    });
    connect(m_before, &QCheckBox::toggled, this, &FormatForm::changed);
    connect(m_notes, &QCheckBox::toggled, this, &FormatForm::changed);
    connect(m_generated, &QLineEdit::textChanged, this, &FormatForm::changed);
    followFormat();
}

OutputFormat FormatForm::format() const
{
    return static_cast<OutputFormat>(m_format->currentIndex());
}

void FormatForm::setFormat(OutputFormat format)
{
    const int row = static_cast<int>(format);
    if (qobject_cast<QStandardItemModel*>(m_format->model())->item(row)->isEnabled())
        m_format->setCurrentIndex(row);
}

FormatOptions FormatForm::options() const
{
    FormatOptions options;
    options.hasBefore = m_before->isChecked();
    options.hasNotes = m_notes->isChecked();
    options.generated = namesFrom(m_generated->text().toStdString());
    return options;
}

void FormatForm::followFormat()
{
    const bool isCsv = format() == OutputFormat::Csv, hasSql = isSql(format());
    m_before->setVisible(isCsv);
    m_notes->setVisible(isCsv);
    m_generatedName->setVisible(hasSql);
    m_generated->setVisible(hasSql);
    switch (format()) {
    case OutputFormat::Csv:
        m_why->setText(tr("Column names stand in the first line. NULL is nothing, an empty string is \"\"."));
        break;
    case OutputFormat::Ndjson:
        m_why->setText(tr("NDJSON always has before, not_sent and raw. Numbers of 64 bits and decimals are strings."));
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

QString endingOf(OutputFormat format)
{
    return u'.' + keyOf(format) + (isSql(format) ? u".sql"_s : QString());
}

QString keyOf(OutputFormat format)
{
    return QLatin1String(nameOf(format));
}

} // namespace vtscope
