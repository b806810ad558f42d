// The actions of the window, by name. Private to ui/window.
#pragma once

#include "ui/window/mainwindow.h"

namespace vtscope {

struct MainWindow::Actions
{
    QAction* connect;
    QAction* newStream;
    QAction* open;
    QAction* merge;
    QAction* compare;
    QAction* save;
    QAction* saveAs;
    QAction* saveShown;
    QAction* saveSelected;
    QAction* saveMarked;
    QAction* exportRows;
    QAction* closeTab;
    QAction* disconnect;
    QAction* quit;
    QAction* copy;
    QMenu* copyAs;
    QAction* selectAll;
    QAction* filter;
    QMenu* applyValue;
    QAction* clearFilter;
    QMenu* savedFilters;
    QAction* saveFilter;
    QAction* history;
    QAction* back;
    QAction* nextOfRow;
    QAction* previousOfRow;
    QAction* find;
    QAction* findNext;
    QAction* findPrevious;
    QAction* mark;
    QAction* note;
    QAction* nextMark;
    QAction* previousMark;
    QAction* inspector;
    QAction* columns;
    QAction* completeness;
    QMenu* copyPosition;
    QAction* savePosition;
    QAction* sort;
    QAction* sortAnew;
    QAction* unsort;
    QAction* goTo;
    QAction* first;
    QAction* last;
    QAction* previous;
    QAction* next;
    QAction* nextTab;
    QAction* previousTab;
    QAction* nextPane;
    QAction* previousPane;
    QAction* startStop;
    QAction* continueStream;
    QAction* options;
    QAction* pause;
    QAction* follow;
    QAction* refresh;
    QAction* subscribe;
    QAction* acknowledge;
    QAction* lock;
    QAction* actionLog;
};

} // namespace vtscope
