// The parts of the contract suite; each makes the QObject that Qt Test runs.
#pragma once

#include <QObject>

#include <memory>

namespace vtscope::test {

std::unique_ptr<QObject> makeDiscoverySuite();
std::unique_ptr<QObject> makeWatchSuite();
std::unique_ptr<QObject> makeTransactionSuite(); // what only VStream tells
std::unique_ptr<QObject> makeCopySuite();
std::unique_ptr<QObject> makePositionSuite();
std::unique_ptr<QObject> makeQueueSuite();
std::unique_ptr<QObject> makeSqlScriptSuite(); // redo and undo, carried out
std::unique_ptr<QObject> makeTypesSuite(); // every MySQL type: only a real one has them
std::unique_ptr<QObject> makeLoginSuite(); // only the local branch can be made to ask for it

} // namespace vtscope::test
