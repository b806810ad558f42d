// CREATE TABLE and the parts of ALTER TABLE, in the forms that schema files use. What is not understood is refused with
// a sentence. Any thread.
#pragma once

#include <memory>

#include "app/localbranch/sqllexer.h"
#include "app/localbranch/table.h"

namespace localbranch {

/// From the word after CREATE TABLE [IF NOT EXISTS] name up to the end.
std::shared_ptr<Table> parsedTableBody(TokenCursor& tokens, const std::string& name);

struct AlterStep
{
    enum class Kind { AddColumn, DropColumn };
    Kind kind = Kind::AddColumn;
    Column column;    ///< of AddColumn
    std::string name; ///< of DropColumn
    bool isFirst = false;
    std::string after; ///< of AddColumn; empty: at the end
};

/// From the word after ALTER TABLE name up to the end.
std::vector<AlterStep> parsedAlterSteps(TokenCursor& tokens);

} // namespace localbranch
