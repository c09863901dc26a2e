#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# units_test.sh SOURCE DK_NODE: systemd takes the unit as it is, and finds it hardened.
set -euo pipefail
unit=$1/deploy/systemd/dk-node.service node=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-units.XXXXXX")
trap 'rm -rf "$dir"' EXIT
# The program is not installed where this runs, and neither is the page.
sed -e "s|/usr/bin/dk-node|$node|" -e '/^Documentation=/d' "$unit" >"$dir/dk-node.service"
problems=$(systemd-analyze verify "$dir/dk-node.service" 2>&1) || { printf '%s\n' "$problems" >&2; exit 1; }
[[ -z $problems ]] || { printf '%s\n' "$problems" >&2; exit 1; }
# Exposure times ten: below 25 systemd calls it OK; services that nobody hardened have 96.
systemd-analyze security --offline=true --no-pager --threshold=25 "$dir/dk-node.service" | tail -n 1
