#pragma once

#include "streamcore/output/format.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace vtscope {

/// Which format a file gets, and how it is written. GUI thread.
class FormatForm : public QWidget
{
    Q_OBJECT

public:
    /// hasChanges: false for rows that were read, such as messages, of which there is no SQL.
    explicit FormatForm(bool hasChanges, QWidget* parent = nullptr);

    OutputFormat format() const;
    void setFormat(OutputFormat format);
    FormatOptions options() const;

Q_SIGNALS:
    void changed();

private:
    void followFormat();

    QComboBox* m_format = nullptr;
    QCheckBox* m_before = nullptr;
    QCheckBox* m_notes = nullptr;
    QLabel* m_generatedName = nullptr;
    QLineEdit* m_generated = nullptr;
    QLabel* m_why = nullptr;
};

/// ".csv", ".redo.sql": what names of files in this format end with.
QString endingOf(OutputFormat format);
/// The format as settings keep it: "csv".
QString keyOf(OutputFormat format);

} // namespace vtscope
