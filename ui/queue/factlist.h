#pragma once

#include "ui/style/icons.h"

#include <QWidget>

class QLabel;

namespace vtscope {

/// Sentences one below the other, each with its icon: what will happen, what happened. GUI thread. Wraps, and answers
/// heightForWidth.
class FactList : public QWidget
{
    Q_OBJECT

public:
    explicit FactList(QWidget* parent = nullptr);

    void clear();
    /// The icon only repeats what the sentence says.
    void add(IconName icon, Tone tone, const QString& sentence);
    /// All sentences, one a line.
    QString text() const;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Fact
    {
        IconName icon;
        Tone tone;
        QLabel* label;
    };
    int arrange(int width, bool isReal) const;

    QList<Fact> m_facts;
};

} // namespace vtscope
