#include "app/cli/captures.h"

#include <sys/stat.h>

#include <cstdio>

namespace vtscope::cli {

Result<CaptureLines> openCapture(const QString& path, bool isQuiet)
{
    auto capture = Capture::open(path.toStdString());
    if (!capture)
        return tl::unexpected(std::move(capture.error()));
    if ((*capture)->tornBytes() > 0 && !isQuiet)
        std::fprintf(stderr, "vtscope-cli: %s ends in the middle of a message; the last %llu bytes are left out.\n",
                     path.toUtf8().constData(), static_cast<unsigned long long>((*capture)->tornBytes()));
    return wholeOf(std::move(*capture));
}

Result<void> checkIsNew(const std::string& path)
{
    struct stat facts
    {
    };
    if (::lstat(path.c_str(), &facts) == 0)
        return failure(ErrorKind::Usage, path + " exists already; choose another name.");
    return {};
}

} // namespace vtscope::cli
