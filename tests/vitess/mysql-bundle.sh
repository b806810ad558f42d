#!/usr/bin/env bash
# Puts a real MySQL server into DIR, taken from Debian's packages (suite sid) without installing anything.
# Usage: mysql-bundle.sh DIR
# Then DIR/bin/{mysqld,mysql,mysqladmin,mysqlbinlog,mysqldump} run anywhere on this machine, and DIR/mysqld.cnf holds the options
# that this mysqld cannot do without. Prints the server's version: the suite moves, so it is not always the same.
# Exit: 0 ready · 1 not possible here · 2 wrong usage · 69 the Debian mirror does not give what is needed
set -euo pipefail

fail() { # exit code, sentence
    echo "mysql-bundle.sh: $2" >&2
    exit "$1"
}

[[ $# -eq 1 ]] || fail 2 'usage: mysql-bundle.sh DIR'
dir=$(realpath -m "$1")
[[ $dir != *[[:space:]]* ]] || fail 1 "MySQL's configuration takes no path with blanks: $dir"
for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || fail 1 "there is no $tool; this works on Debian and its kin only"
done

root=$dir/root
complete=$dir/complete
if [[ ! -e $complete ]]; then
    apt=$dir/apt
    rm -rf "$root" "$apt" "$dir/bin"
    mkdir -p "$root" "$dir/bin" "$apt"/{lists/partial,cache/archives/partial}
    trap 'rm -rf "$apt"' EXIT
    : >"$apt/status"

    # The mirror that this machine uses already; sid is on every one of them.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1) || true
    [[ $mirror ]] || fail 69 "apt knows no Debian mirror here; 'apt-get update' has to work first"
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$key] $mirror sid main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
APT::Architecture "$(dpkg --print-architecture)"; Acquire::Languages "none"; Acquire::Check-Valid-Until "false"; Acquire::Retries "3";
APT::Sandbox::User "root"; Debug::NoLocking "true";
CONF
    export APT_CONFIG=$apt/apt.conf
    # An index that is missing is only a warning to apt, so the packages tell whether it worked.
    apt-get update -qq >&2 || fail 69 'the Debian mirror does not answer'
    apt-get install -qq -y --download-only --no-install-recommends mysql-server-core mysql-client-core mysql-client >/dev/null ||
        fail 69 'the Debian mirror does not answer, or has not got all the packages that the MySQL of sid needs'
    for deb in "$apt"/cache/archives/*.deb; do
        dpkg-deb -x "$deb" "$root" || fail 1 "cannot unpack $(basename "$deb")"
    done

    # These binaries need the C library that came with them, so each is started by that library's own loader.
    loader=$(find "$root/usr" -name 'ld-linux*.so.*' | head -n 1)
    libraries=$(dirname "$(find "$root/usr/lib" -name libc.so.6 | head -n 1)")
    for tool in mysqld mysql mysqladmin mysqlbinlog mysqldump; do
        binary=$(find "$root/usr/sbin" "$root/usr/bin" -name "$tool" | head -n 1)
        [[ $loader && $binary ]] || fail 69 "the packages of sid have no $tool any more"
        printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$loader" "$libraries" "$binary" >"$dir/bin/$tool"
        chmod +x "$dir/bin/$tool"
    done
    cat >"$dir/mysqld.cnf" <<CONF
[mysqld]
basedir=$root/usr
plugin-dir=$root/usr/lib/mysql/plugin
lc-messages-dir=$root/usr/share/mysql
character-sets-dir=$root/usr/share/mysql/charsets
secure-file-priv=NULL
mysqlx=OFF
bind-address=127.0.0.1
CONF
    touch "$complete"
fi
version=$("$dir/bin/mysqld" --version) || fail 1 "the mysqld in $dir does not run"
echo "MySQL ${version##*Ver }"
