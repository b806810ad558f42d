#pragma once

#include "streamcore/output/format.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace vtscope {

/// Which format a file gets, and how it is written: what is seldom changed is folded away. GUI thread.
class FormatForm : public QWidget
{
    Q_OBJECT

public:
    /// columns: the names there are; maskable: those that masks may have; masked: those to begin with. hasChanges and
    /// hasCapture: false for rows that were read, such as messages, of which there is no SQL and no capture.
    FormatForm(std::vector<std::string> columns, std::vector<std::string> maskable, const QStringList& masked,
               bool hasChanges, bool hasCapture, QWidget* parent = nullptr);

    /// A capture, of which format() says nothing.
    bool isCapture() const;
    OutputFormat format() const;
    void setFormat(OutputFormat format);
    void setCapture();
    /// The format as settings keep it: "csv", "capture".
    QString key() const;
    void setKey(const QString& key);
    /// ".csv", ".redo.sql", ".vtcap": what names of files in it end with.
    QString ending() const;
    FormatOptions options() const;
    /// What is wrong with what was typed, as a sentence; empty when nothing is.
    QString problem() const;

Q_SIGNALS:
    void changed();
    /// Its height is another now.
    void folded();

private:
    void buildFormat(bool hasChanges, bool hasCapture);
    void choose(int row);
    QWidget* buildOptions();
    void followFormat();
    void fold(bool isOpen);

    std::vector<std::string> m_columns, m_maskable;
    QComboBox* m_format = nullptr;
    QLabel* m_why = nullptr;
    QPushButton* m_fold = nullptr;
    QWidget* m_options = nullptr;
    QFormLayout* m_rows = nullptr;
    QCheckBox* m_before = nullptr;
    QCheckBox* m_notes = nullptr;
    QLineEdit* m_chosen = nullptr;
    QLineEdit* m_masked = nullptr;
    QLineEdit* m_generated = nullptr;
    QComboBox* m_delimiter = nullptr;
    QComboBox* m_quoting = nullptr;
    QLineEdit* m_null = nullptr;
    QComboBox* m_numbers = nullptr;
    QComboBox* m_binary = nullptr;
    QComboBox* m_time = nullptr;
    QLineEdit* m_zone = nullptr;
    QCheckBox* m_mark = nullptr;
    QCheckBox* m_guard = nullptr;
    QCheckBox* m_events = nullptr;
};

} // namespace vtscope
