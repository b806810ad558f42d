#!/usr/bin/env bash
# Builds a real Vitess into DIR for the contract suite: Go makes its commands from the module beside this file (they are its tools),
# and mysql-bundle.sh brings the MySQL that they need. tests/vitess/cluster then runs it.
# Usage: vitess-bundle.sh DIR
# The first time it takes some minutes on two cores and 2.5 GB for Go's caches; afterwards seconds. Prints the versions of both.
# Exit: 0 ready · 1 it does not build · 2 wrong usage · 69 a registry or mirror does not give what is needed · 77 no Go, or one that is too old
set -euo pipefail

fail() { # exit code, sentence
    echo "vitess-bundle.sh: $2" >&2
    exit "$1"
}

[[ $# -eq 1 ]] || fail 2 'usage: vitess-bundle.sh DIR'
here=$(dirname "$(realpath "$0")")
dir=$(realpath -m "$1")
[[ $dir != *[[:space:]]* ]] || fail 1 "MySQL's configuration takes no path with blanks: $dir"

wanted=$(awk '$1 == "go" { print $2 }' "$here/go.mod")
command -v go >/dev/null || fail 77 "there is no Go; Vitess needs $wanted or newer"
found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) && found=${found#go} || found=none
[[ $(printf '%s\n' "$wanted" "${found%% *}" | sort -V | head -n 1) == "$wanted" ]] || fail 77 "this Go is $found; Vitess needs $wanted or newer"

mkdir -p "$dir"/{bin,config/mycnf}
"$here/mysql-bundle.sh" "$dir/mysql"

cd "$here"
export GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false"
if [[ ! -w ${HOME:-/nonexistent} ]]; then
    # Go keeps its caches in the home folder; where there is none they go beside the bundle.
    export GOPATH=$dir/go GOCACHE=$dir/go/build
fi
# Listing fetches the modules and compiles nothing: so a failure here is the registry's, and one below is not.
go list -deps tool >/dev/null || fail 69 'the Go module proxy does not give the modules that Vitess is built from'
GOBIN=$dir/bin go install -trimpath -ldflags='-s -w' tool || fail 1 'Vitess does not build'

source=$(go list -m -f '{{.Dir}}' vitess.io/vitess)
install -m 644 "$source/config/init_db.sql" "$dir/config/init_db.sql"
ln -sf ../mysql/bin/{mysql,mysqld,mysqladmin,mysqlbinlog,mysqldump} "$dir/bin/"
# Small, and careless about what a crash of the machine would lose.
cat >"$dir/config/mycnf/test-suite.cnf" <<'CNF'
innodb_buffer_pool_size = 64M
innodb_redo_log_capacity = 16M
innodb_flush_log_at_trx_commit = 0
innodb_doublewrite = 0
innodb_use_native_aio = 0
sync_binlog = 0
super-read-only = false
CNF
# mysqlctl writes the rest of the configuration, with its own base folder.
grep -v -e '^\[' -e '^mysqlx' -e '^basedir' "$dir/mysql/mysqld.cnf" >"$dir/extra.cnf"
# As a Go module, Vitess 24.0.2 is called v0.24.2.
module=$(go list -m -f '{{.Version}}' vitess.io/vitess)
echo "Vitess $(sed -E 's/^v0\.([0-9]+)\./\1.0./' <<<"$module") in $dir"
