#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# setup_test.sh SOURCE DK_NODE: what deploy/ssh/setup.sh writes as settings is what dk-node takes, and calls that
# cannot work are refused before any machine is touched.
set -euo pipefail
setup=$1/deploy/ssh/setup.sh node=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-setup.XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "setup test: $*" >&2; exit 1; }

"$node" certs init --certs "$dir/authority" >/dev/null
"$node" certs issue x --certs "$dir/authority" --host x --out "$dir/bundle" >/dev/null
for standbys in 0 2 3; do
  "$setup" --dry-run --authority a --standbys $standbys a root@b c.lan d 10.0.0.5 >"$dir/all"
  [[ $(grep -c '^--- #' "$dir/all") == 5 ]] || fail "not five machines: $(<"$dir/all")"
  [[ $(grep -c '^supervisor: true' "$dir/all") == 1 ]] || fail "not one supervisor"
  [[ $(grep -c '^standby: true' "$dir/all") == "$standbys" ]] || fail "not $standbys standbys"
  csplit --quiet --elide-empty-files --prefix "$dir/machine-" "$dir/all" '/^--- #/' '{*}'
  for machine in "$dir"/machine-*; do
    sed -i "s|/etc/dk/certs|$dir/bundle|" "$machine"
    "$node" check-config "$machine" >"$dir/out" 2>&1 || fail "$(<"$machine") is refused: $(<"$dir/out")"
  done
done

refused() {
  local want=$1
  shift
  if "$setup" "$@" >"$dir/out" 2>&1; then fail "$* was taken"; fi
  grep -qF -- "$want" "$dir/out" || fail "$*: $(<"$dir/out")"
}
refused 'which machines' --dry-run --authority a
refused 'allowed: 0, or 2 and more' --dry-run --authority a --standbys 1 a b c
refused 'takes more than 2 machines' --dry-run --authority a --standbys 2 a b
refused 'named twice' --dry-run --authority a a root@a
refused 'is no name of a machine' --dry-run --authority a 'a;reboot'
refused '--authority is missing' --dry-run a
refused 'no file' --authority a --package "$dir/none.deb" a
refused "no option '--standby'" --standby 2 a
echo "settings are taken, and bad calls refused"
