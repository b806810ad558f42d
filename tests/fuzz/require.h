// What must hold for every input. Where it does not, the program ends, and the fuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace vtscope::test {

inline void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

} // namespace vtscope::test
