// What the bytes of every change hold that passes a filter. Any thread.
#pragma once

#include <memory>

#include "streamcore/select/filter.h"
#include "streamcore/select/firstlook.h"

namespace vtscope {

// A first look at changes that leaves out none that passes. Null when there is nothing to look for; else no event
// passes the filter. Numbers are taken to come without exponents, as integers and decimals do.
std::unique_ptr<FirstLook> firstLookFor(const Filter& filter);

} // namespace vtscope
