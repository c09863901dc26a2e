#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# slurm_test.sh SOURCE BIN: the batch script on one machine in a network of its own, with stand-ins for Slurm's
# programs. Exit code 77 where namespaces are not allowed.
set -euo pipefail
if [[ ${3:-} != inside ]]; then
  unshare --map-root-user --net true 2>/dev/null || { echo "no namespaces here"; exit 77; }
  exec unshare --map-root-user --net "$0" "$1" "$2" inside
fi
source=$(readlink -f "$1") bin=$(readlink -f "$2")
ip link set lo up
dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-slurm.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/work" "$dir/tmp"
printf '#!/bin/sh\necho localhost\n' >"$dir/bin/scontrol"
# Runs the command on the only machine there is; SIGTERM goes to its children, as with srun.
cat >"$dir/bin/srun" <<'STUB'
#!/bin/bash
[[ $1 != --* ]] || shift
"$@" &
child=$!
trap 'kill -TERM $child' TERM
wait $child || wait $child
STUB
chmod +x "$dir/bin/"*
cd "$dir/work"
code=0
PATH=$dir/bin:$bin:$PATH TMPDIR=$dir/tmp SLURM_JOB_ID=7 SLURM_JOB_NODELIST=localhost SLURMD_NODENAME=localhost \
  SLURM_CPUS_PER_TASK=2 "$source/deploy/slurm/dk.sbatch" "$source/examples/moons.yaml" "$dir/moons.keras" \
  >"$dir/log" 2>&1 || code=$?
[[ $code == 0 ]] || { tail -n 30 "$dir/log" >&2; echo "exit code $code" >&2; exit 1; }
[[ -s $dir/moons.keras ]] || { echo "no model" >&2; exit 1; }
[[ -z $(ls "$dir/work") ]] || { echo "left behind: $(ls "$dir/work")" >&2; exit 1; }
echo "trained, and nothing is left"
