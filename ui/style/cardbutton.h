#pragma once

#include "ui/style/tokens.h"

#include <QAbstractButton>

namespace vtscope {

/// A saved connection (or another thing to choose) as a card: tag bar, title with the tag's word, a line of data, and
/// two lines at the right. GUI thread. Return, Space and a click press it; the menu key and right click ask for its
/// menu (customContextMenuRequested).
class CardButton : public QAbstractButton
{
    Q_OBJECT

public:
    explicit CardButton(const QString& title, QWidget* parent = nullptr);

    /// The colour bar; `word` is shown beside the title in capitals ("PRODUCTION"), empty for none.
    void setTag(Tag tag, const QString& word = {});
    /// Second line, in the data font: `main @ aws-eu-west-1.connect.psdb.cloud`. Cut in the middle.
    void setDetail(const QString& detail);
    /// The two lines at the right: when, and what pressing it does ("Continue 3 tabs"). `isLink` sets it in the accent.
    void setAside(const QString& first, const QString& second, bool isLink = false);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void rename();

    Tag m_tag = Tag::None;
    QString m_tagWord;
    QString m_detail;
    QString m_asideFirst;
    QString m_asideSecond;
    bool m_asideLink = false;
};

} // namespace vtscope
