#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# on_cluster_test.sh DK_NODE PROGRAM CSV: a daemon on loopback, and the example program as its client.
set -euo pipefail
node=$1 program=$2 csv=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-example.XXXXXX")
daemon=
finish() {
  [[ -z $daemon ]] || { kill -TERM "$daemon" 2>/dev/null || true; wait "$daemon" || true; }
  rm -rf "$dir"
}
trap finish EXIT

"$node" --supervisor --name a --data "$dir/a" --listen 127.0.0.1:0 --http 127.0.0.1:0 \
  --ready-file "$dir/ready" >"$dir/log" 2>&1 </dev/null &
daemon=$!
for ((tick = 0; tick < 300; ++tick)); do
  [[ ! -s $dir/ready ]] || break
  sleep 0.1
done
[[ -s $dir/ready ]] || { tail -n 20 "$dir/log" >&2; echo "the daemon did not get ready" >&2; exit 1; }
http=$(sed -n 's/.*"http":"\([^"]*\)".*/\1/p' "$dir/ready")
"$program" "http://$http" "$csv" | tee "$dir/out"
grep -qx '1 machine(s)' "$dir/out"
grep -qE '^checkpoint: ' "$dir/out"
grep -qE '^job 1 is finished; 82 parameters are here$' "$dir/out"
grep -qE '^test: .*"accuracy":0\.' "$dir/out"
