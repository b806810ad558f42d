// Names to tick, as high as they need, up to a point from which they scroll. GUI thread.
#pragma once

#include <QListWidget>

#include <string>
#include <vector>

namespace vtscope {

class CheckList : public QListWidget
{
    Q_OBJECT

public:
    // all: the words of a first line that stands for every name, and is ticked where none is; empty: no such line.
    explicit CheckList(const QString& accessibleName, const QString& all = {}, QWidget* parent = nullptr);

    void add(const std::string& name, bool isTicked);
    // As high as its lines are, but no more than so many.
    void fitLines(int most);
    // In their order; none where the first line stands for all.
    std::vector<std::string> ticked() const;

Q_SIGNALS:
    void changed();

private:
    void settle(const QListWidgetItem* item);

    QListWidgetItem* m_all = nullptr;
};

} // namespace vtscope
