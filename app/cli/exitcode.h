// How vtscope-cli ends, by what went wrong.
#pragma once

#include "streamcore/result.h"

namespace vtscope::cli {

enum ExitCode : int {
    kDone = 0,
    kOtherFailure = 1,
    kUsage = 2,
    kNotAllowed = 3,
    kNoConnection = 4,
    kPosition = 5,
    kStreamFailed = 6,
    kNotMet = 7,
    kOutputFailed = 8,
    kDamagedCapture = 9,
    kInterrupted = 130,
    kTerminated = 143,
};

// Prints "vtscope-cli: …" with the server's own words behind it, to stderr.
int report(const Error& error);

int exitCodeOf(ErrorKind kind);

} // namespace vtscope::cli
