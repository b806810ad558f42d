#!/usr/bin/env bash
# The program as a user without a past starts it, on a display in memory: the window comes and is drawn, live rows are captured, keys
# are obeyed, and TERM ends it and its server cleanly.
# Usage: window.sh VTSCOPE        Packages: those of packaging/setup --tests
set -euo pipefail
program=$(realpath "${1:?usage: window.sh VTSCOPE}")
# Words need no display.
[[ $(env -u DISPLAY -u WAYLAND_DISPLAY "$program" --version) == "vtscope "* ]] || { echo 'smoke: no version without a display' >&2; exit 1; }
patience=180 # seconds that anything may take on a busy machine

if [[ -z ${VTSCOPE_SMOKE_HOME:-} ]]; then
    VTSCOPE_SMOKE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/vtscope-smoke.XXXXXX")
    trap 'rm -rf "$VTSCOPE_SMOKE_HOME"' EXIT
    export VTSCOPE_SMOKE_HOME
    mkdir -m 700 "$VTSCOPE_SMOKE_HOME"/{screen,runtime,home}
    status=0
    # -fbdir: what is on the screen lies in a file.
    xvfb-run -a -s "-screen 0 1280x800x24 -fbdir $VTSCOPE_SMOKE_HOME/screen" "$0" "$program" || status=$?
    exit "$status"
fi

export HOME=$VTSCOPE_SMOKE_HOME/home XDG_RUNTIME_DIR=$VTSCOPE_SMOKE_HOME/runtime QT_QPA_PLATFORM=xcb LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME QT_SCALE_FACTOR
# No keyring and no portal: the program has to do without them, and none is started for it.
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/none
log=$VTSCOPE_SMOKE_HOME/log

fail() {
    echo "smoke: $1" >&2
    cat "$log" >&2
    exit 1
}

await() { # what is awaited, command…
    local what=$1 end=$((SECONDS + patience))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "not within $patience s: $what"
        sleep 0.2
    done
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

has_manager() { xdotool get_num_desktops >/dev/null 2>&1; }
window() { xdotool search --onlyvisible --pid "$app" --name vtscope 2>/dev/null | tail -n 1; }
has_window() { is_gone "$app" && fail 'the program ended before it showed a window'; [[ -n $(window) ]]; }

# The process of this name whose parent is the program.
server() {
    local stat words
    for stat in /proc/[0-9]*/stat; do
        read -r words <"$stat" 2>/dev/null || continue
        [[ $words == *"(localbranch)"* && ${words##*) } == [A-Z]" $app "* ]] || continue
        stat=${stat#/proc/}
        echo "${stat%/stat}"
    done
}
has_server() { [[ -n $(server) ]]; }

# A window without text has a handful of colours; smooth letters bring many.
is_drawn() {
    python3 - "$VTSCOPE_SMOKE_HOME/screen/Xvfb_screen0" <<'PYTHON'
import struct, sys
data = open(sys.argv[1], 'rb').read()
head = struct.unpack('>20I', data[:80])
start, line, height = head[0] + head[19] * 12, head[12], head[5]
colours = {data[at:at + 3] for at in range(start, min(start + line * height, len(data)), 4)}
sys.exit(0 if len(colours) > 100 else 1)
PYTHON
}

captured() { cat "$HOME"/.local/share/vtscope/captures/*.vtcap 2>/dev/null | wc -c; }
has_grown() { (($(captured) > $1)); }
is_still() {
    local before
    before=$(captured)
    sleep 3
    (($(captured) == before))
}

press() { xdotool windowactivate --sync "$(window)" key --clearmodifiers "$1"; }

app=
openbox >/dev/null 2>&1 &
manager=$!
trap 'kill -KILL $app $manager 2>/dev/null || true' EXIT
: >"$log"
# A window that comes while the window manager starts may stay hidden.
await 'the window manager' has_manager
"$program" --local-branch --theme light >"$log" 2>&1 &
app=$!

await 'the window' has_window
await 'a drawn window' is_drawn
await 'the local branch' has_server
branch=$(server)
await 'live changes in a capture' has_grown 0
await 'more of them' has_grown "$(captured)"
press ctrl+e
await 'a stop of the stream by Ctrl+E' is_still
stopped=$(captured)
press ctrl+r
await 'more changes after Ctrl+R' has_grown "$stopped"

kill -TERM "$app"
await 'an end after TERM' is_gone "$app"
status=0
wait "$app" || status=$?
((status == 0)) || fail "it ended with $status after TERM"
await 'the end of the local branch' is_gone "$branch"
has_grown "$stopped" || fail 'the capture did not outlive the program'
echo "smoke: window, frame, $(captured) bytes of capture, stop, continue and TERM as they should be"
