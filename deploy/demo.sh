#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Three real dk-node daemons on loopback train Fashion-MNIST; on the way one process that holds both workers and
# a parameter server is killed with SIGKILL. Exit code 0 only if the job ended by itself, every epoch visited
# every example, and the accuracy is that of an undisturbed run. Started by ./dk demo.
#
#   DK_BIN   where the programs are; default build/release/bin
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly bin=${DK_BIN:-build/release/bin}
readonly job_file=examples/fashion-mnist.yaml
readonly kill_at_percent=40
readonly least_accuracy=0.85
readonly ready_limit_s=30
readonly stop_limit_s=10

dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-demo.XXXXXX")
declare -A daemon=()  # name -> pid
saboteur=

if [[ -t 1 ]]; then readonly line_start=$'\r\e[K' bold=$'\e[1m' plain=$'\e[0m'; else readonly line_start='' bold='' plain=''; fi
say() { printf '%s%s==%s %s\n' "$line_start" "$bold" "$plain" "$*"; }

# ---- JSON, one line: no jq on a minimal machine ------------------------------------------------------------------

# number KEY JSON, text KEY JSON: the first value under this key; empty when there is none.
number() { grep -oE "\"$1\":-?[0-9.]+" <<<"$2" | sed -n '1s/.*://p'; }
text() { grep -oE "\"$1\":\"[^\"]*\"" <<<"$2" | sed -n '1s/.*:"\(.*\)"/\1/p'; }
# executors JSON: one flat object a line.
executors() { grep -oE '\{[^{}]*"pid":[0-9]+[^{}]*\}' <<<"$1" || true; }
test_accuracy() { sed -n 's/.*"test":{[^}]*"accuracy":\([0-9.]*\).*/\1/p' <<<"$1"; }
at_least() { [[ -n $1 && $(printf '%s\n%s\n' "$1" "$2" | sort -g | head -n 1) == "$2" ]]; }

# ---- the end, however it comes -----------------------------------------------------------------------------------

# Whether this process runs a program of ours, not another one that got its number in the meantime.
is_ours() { [[ $(readlink "/proc/$1/exe") == "$(readlink -f "$bin")"/* ]]; }

# Ends what this demo started: daemons first, so that they end their own executors; then by force whatever still
# has this demo's directory in its command line.
stop_cluster() {
  local name pid tick
  [[ -z $saboteur ]] || kill "$saboteur" 2>/dev/null || true
  for pid in "${daemon[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for name in "${!daemon[@]}"; do
    for ((tick = 0; tick < stop_limit_s * 10; ++tick)); do
      kill -0 "${daemon[$name]}" 2>/dev/null || continue 2
      sleep 0.1
    done
    say "$name did not stop within $stop_limit_s s of SIGTERM; killing it"
    kill -KILL "${daemon[$name]}" 2>/dev/null || true
  done
  for name in $(grep -lsF "$dir/" /proc/[0-9]*/cmdline || true); do
    pid=$(cut -d/ -f3 <<<"$name")
    ! is_ours "$pid" || kill -KILL "$pid" 2>/dev/null || true
  done
}

finish() {
  local code=$?
  trap - EXIT INT TERM
  stop_cluster
  if [[ $code != 0 && $code != 130 ]]; then
    mkdir -p build/logs
    cp "$dir"/*.log "$dir"/*.json build/logs/ 2>/dev/null || true
    say "the demo failed; the daemons' logs and the last status are in build/logs/"
  fi
  rm -rf "$dir"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
  say "FAILED: $*" >&2
  exit 1
}

# ---- the cluster -------------------------------------------------------------------------------------------------

# Two for each node, unless the machine allows only one.
cores=$("$bin/dk-node" check-config | sed -n 's/^  cores: \([0-9]*\).*/\1/p')
cores=$((cores < 2 ? 1 : 2))

# start_node NAME OPTIONS ...: returns once it is ready; its ready file says on which ports.
start_node() {
  local name=$1 tick
  shift
  "$bin/dk-node" --name "$name" --listen 127.0.0.1:0 --http 127.0.0.1:0 --data "$dir/$name" --cores "$cores" \
    --ready-file "$dir/$name.ready" "$@" >"$dir/$name.log" 2>&1 </dev/null &
  daemon[$name]=$!
  for ((tick = 0; tick < ready_limit_s * 10; ++tick)); do
    if [[ -s $dir/$name.ready ]]; then
      say "$name is up: pid ${daemon[$name]}, $(text listen "$(<"$dir/$name.ready")")"
      return
    fi
    kill -0 "${daemon[$name]}" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/$name.log" >&2
  fail "$name did not get ready"
}

# ---- the disturbance ---------------------------------------------------------------------------------------------

status() { "$bin/dk-submit" status "$job" --json 2>/dev/null; }
ended() { [[ $(text state "$1") =~ ^(finished|failed|cancelled)$ ]]; }

# The executor to kill: it has workers and a shard; not on the supervisor's machine if there is a choice.
choose_victim() {
  local candidates
  candidates=$(executors "$1" | grep -E '"workers":\[[^]]' | grep -E '"shards":\[[^]]' || true)
  { grep -v '"node":"node-1"' <<<"$candidates" || printf '%s\n' "$candidates"; } | sed -n 1p
}

sabotage() {
  local now done_samples total victim pid killed_at
  while :; do
    now=$(status) || { sleep 0.3; continue; }
    ! ended "$now" || return 0
    done_samples=$(number samples_done "$now")
    total=$(number samples_total "$now")
    if [[ ${done_samples:-0} -gt 0 && ${total:-0} -gt 0 ]] &&
      ((done_samples * 100 >= total * kill_at_percent)) && [[ $now == *'"checkpoint":{'* ]]; then
      victim=$(choose_victim "$now")
      [[ -z $victim ]] || break
    fi
    sleep 0.2
  done
  pid=$(number pid "$victim")
  is_ours "$pid" || return 0
  say "kill -9 $pid: the executor of $(text node "$victim") with workers $(ids workers "$victim") and shards" \
    "$(ids shards "$victim"), after $done_samples of $total samples"
  kill -9 "$pid"
  printf '%s %s\n' "$pid" "$(text node "$victim")" >"$dir/killed"
  killed_at=$(date +%s%N)
  while now=$(status) && ! ended "$now"; do
    if [[ $(number restarts "$now") -gt 0 ]]; then
      say "noticed and restarted after $((($(date +%s%N) - killed_at) / 1000000)) ms"
      return 0
    fi
    sleep 0.1
  done
}
ids() { sed -n "s/.*\"$1\":\[\([^]]*\)\].*/\1/p" <<<"$2"; }

# ---- the play ----------------------------------------------------------------------------------------------------

for program in dk-node dk-submit; do
  [[ -x $bin/$program ]] || fail "$bin/$program is not there; ./dk build makes it"
done
started=$SECONDS
start_node node-1 --supervisor
ready=$(<"$dir/node-1.ready")
for name in node-2 node-3; do start_node "$name" --join "$(text listen "$ready")"; done
DK_SUPERVISOR=http://$(text http "$ready")
export DK_SUPERVISOR

answer=$("$bin/dk-submit" submit "$job_file" --json) || fail "the job was not accepted"
job=$(number id "$answer")
say "submitted $job_file as job $job; at $kill_at_percent % one process will be killed"
sabotage &
saboteur=$!
"$bin/dk-submit" watch "$job" || say "watch ended with exit code $?"
wait "$saboteur" || true
saboteur=

final=$(status) || fail "the supervisor does not answer"
printf '%s\n' "$final" >"$dir/demo-status.json"
ended "$final" || fail "job $job is $(text state "$final"), not ended"

# ---- was it all right? -------------------------------------------------------------------------------------------

faults=()
expect() {
  local what=$1
  shift
  if "$@"; then printf '   ok      %s\n' "$what"; else
    printf '   WRONG   %s\n' "$what"
    faults+=("$what")
  fi
}
state_is() { [[ $(text state "$final") == "$1" ]]; }
missed=$(grep -oE '"missed":[0-9]+' <<<"$final" | cut -d: -f2 || true)
nothing_missed() { [[ -n $missed ]] && ! grep -qvx 0 <<<"$missed"; }
restarts=$(number restarts "$final")
accuracy=$(test_accuracy "$final")

say "job $job after $((SECONDS - started)) s"
expect "the job ended by itself: $(text state "$final")" state_is finished
expect "a process was killed: $(cat "$dir/killed" 2>/dev/null || echo none)" test -s "$dir/killed"
expect "and restarted: ${restarts:-0} restart(s)" test "${restarts:-0}" -ge 1
expect "no example was missed in $(grep -c . <<<"$missed" || true) epoch(s)" nothing_missed
expect "test accuracy ${accuracy:-unknown}, at least $least_accuracy" at_least "$accuracy" "$least_accuracy"
[[ ${#faults[@]} == 0 ]] || fail "${#faults[@]} of the promises above"
say "all right"
