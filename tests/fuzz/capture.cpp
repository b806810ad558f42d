// A file that calls itself a capture: it is refused with a sentence, or all of it can be looked at, exported and saved.
// Input: the bytes of the file.
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "streamcore/capture/appendfile.h"
#include "tests/fuzz/capturefiles.h"
#include "tests/fuzz/require.h"

using namespace vtscope;

namespace {

struct Folder
{
    Folder() { test::require(::mkdtemp(path.data()) != nullptr, "there is a folder for copies"); }
    ~Folder() { ::rmdir(path.c_str()); }

    std::string path = temporaryFolder() + "/vtscope-fuzz-XXXXXX";
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const int file = test::memoryFile({reinterpret_cast<const char*>(data), size});
    const auto opened = Capture::open(test::nameOf(file));
    ::close(file);
    if (!opened) {
        test::require(opened.error().kind == ErrorKind::Damaged && opened.error().message.ends_with('.'),
                      "what is no capture is refused with a sentence");
        return 0;
    }
    const Snapshot snapshot = (*opened)->snapshot();
    const std::string everything = test::everythingShown(snapshot);
    for (std::uint64_t at = snapshot.firstRecord(); at != 0; at = snapshot.nextRecord(at))
        (void)snapshot.isIntact(at);
    test::requireExportable(snapshot);

    static const Folder s_folder;
    const std::string copy = s_folder.path + "/copy.vtcap";
    test::require((*opened)->saveTo(copy).has_value(), "what opens can be saved");
    const auto saved = Capture::open(copy);
    test::require(saved && test::everythingShown((*saved)->snapshot()) == everything, "a copy shows the same");
    test::require((*saved)->first() == (*opened)->first() && (*saved)->marks().all() == (*opened)->marks().all(),
                  "a copy has the same numbers and marks");
    ::unlink(copy.c_str());
    return 0;
}
