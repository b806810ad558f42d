#pragma once

#include "streamcore/connection/tag.h"

#include <QWidget>

class QButtonGroup;

namespace vtscope {

/// The word for a tag as people read it: "Production"; "No tag" for none.
QString wordFor(Tag tag);

/// Chooses a tag: a row of swatches with words, one of them framed. Arrow keys move, as in radio buttons. GUI thread.
class TagPicker : public QWidget
{
    Q_OBJECT

public:
    explicit TagPicker(QWidget* parent = nullptr);

    Tag tag() const;
    /// Says nothing; tagPicked() is for the user's choice alone.
    void setTag(Tag tag);

Q_SIGNALS:
    void tagPicked(vtscope::Tag tag);

private:
    QButtonGroup* m_group;
};

} // namespace vtscope
