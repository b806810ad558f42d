#!/usr/bin/env bash
# Fails when an include points up or into a private room: Debian's include paths let some of those compile.
# Usage: check.sh REPOSITORY
set -euo pipefail
cd "$1"
found=0
refuse() { # sentence, pattern, folders…
    local sentence=$1 pattern=$2
    shift 2
    if grep -rnE "$pattern" --include='*.h' --include='*.cpp' "$@"; then
        echo "floors: $sentence" >&2
        found=1
    fi
}
refuse 'only streamcore/wire and the servers know gRPC' '#include *[<"]grpc' ui app/cli app/vtscope streamcore/{value,decode,position,capture,select,connection,branch,session,queue,output}
refuse 'the window and the command line know no protobuf' '#include *[<"](google/protobuf|.*\.pb\.h)' ui app/cli app/vtscope
refuse 'protobuf stays in decode, position, capture and wire' '#include *[<"](google/protobuf|.*\.pb\.h)' streamcore/{value,select,connection,branch,session,queue,output}
refuse 'the engine knows no window' '#include *[<"](QtWidgets|QtGui|QWidget|QDialog|QMessageBox|QApplication|ui/|app/)' streamcore
refuse 'the window sees the public rooms of the engine only' '#include *"streamcore/(wire|decode/((result|vstream)?walker|scanner|fields|layouts)|position/(safe|stop)position)' ui app/cli app/vtscope
refuse 'the local branch shares no code with the client' '#include *"(streamcore|ui)/' app/localbranch
refuse 'decode and position stand below capture, and all below wire' '#include *"streamcore/(capture|wire|session|queue|output|branch|connection)/' streamcore/{value,decode,position}
refuse 'capture stands below wire' '#include *"streamcore/(wire|session|queue|output|branch|connection)/' streamcore/capture
exit $found
