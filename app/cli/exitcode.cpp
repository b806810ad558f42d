#include "app/cli/exitcode.h"

#include <cstdio>

namespace vtscope::cli {

int exitCodeOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Usage:
    case ErrorKind::UnknownName:
        return kUsage;
    case ErrorKind::Login:
    case ErrorKind::Role:
    case ErrorKind::ReadOnly:
        return kNotAllowed;
    case ErrorKind::NameNotFound:
    case ErrorKind::NotReachable:
    case ErrorKind::Tls:
    case ErrorKind::NoService:
        return kNoConnection;
    case ErrorKind::PositionInvalid:
    case ErrorKind::PositionPurged:
        return kPosition;
    case ErrorKind::MessageTooLarge:
    case ErrorKind::Unavailable:
    case ErrorKind::Server:
        return kStreamFailed;
    case ErrorKind::Ended:
        return kDone;
    case ErrorKind::Output:
        return kOutputFailed;
    case ErrorKind::Damaged:
        return kDamagedCapture;
    case ErrorKind::Canceled:
        return kOtherFailure;
    }
    return kOtherFailure;
}

int report(const Error& error)
{
    std::fprintf(stderr, "vtscope-cli: %s\n", error.message.c_str());
    if (!error.detail.empty() && error.message.find(error.detail) == std::string::npos)
        std::fprintf(stderr, error.code != 0 ? "  the server said: %s\n" : "  %s\n", error.detail.c_str());
    return exitCodeOf(error.kind);
}

} // namespace vtscope::cli
