#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Four machines with systemd, each in a network namespace with an address of its own, all on one bridge: follows
# docs/operations.md from the installation on (every block that says where), then trains two jobs at once, cuts the
# power of all machines in the middle, and waits until both have ended well.
#
#   deploy/cluster-test.sh [--cache FILE] [--log DIR] PACKAGE.deb
#
#   --cache FILE   keep the machines' bare system in this tarball, or take it from there when the file exists
#   --log DIR      where consoles, journals and what was printed go; default build/logs/cluster
#
# Needs root, debootstrap, systemd-nspawn (package systemd-container) and the Debian mirror that this machine's apt uses.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly here suite=bookworm machines='n1 n2 n3 n4' net=10.77.0

say() { printf '== cluster test: %s\n' "$*"; }
die() { printf 'cluster-test: %s\n' "$*" >&2; exit 1; }

# ---- outside: the bare system, with the mirror's network -----------------------------------------------------------

# shellcheck disable=SC2016  # apt expands it
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | sed -n 1p
}

# What the package needs is there already, the package is not.
make_system() {
  local base=$1 package=$2
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,iproute2 "$suite" "$base" "$(debian_mirror)" \
    >"$log/debootstrap.log" 2>&1 || die "debootstrap failed: $log/debootstrap.log"
  chmod 755 "$base"
  cp -L /etc/resolv.conf /etc/hosts "$base/etc/"
  apt-config dump | grep -E '^Acquire::https?::Proxy' >"$base/etc/apt/apt.conf.d/90proxy" || true
  cp "$package" "$base/root/dk.deb"
  chroot "$base" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh -ec '
    apt-get -q update
    apt-get -q install -y --no-install-recommends /root/dk.deb
    dpkg --purge dk
    rm /root/dk.deb
    systemctl enable systemd-networkd' >"$log/system.log" 2>&1 || die "the bare system: $log/system.log"
}

outside() {
  local cache='' package base code=0
  log=$here/build/logs/cluster
  while [[ $# -gt 0 ]]; do
    case $1 in
      --cache) cache=${2:?--cache needs a file}; shift 2 ;;
      --log) log=${2:?--log needs a directory}; shift 2 ;;
      -h | --help) sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
      *) break ;;
    esac
  done
  [[ $# == 1 && -f $1 ]] || die "which package? ./dk package makes it"
  [[ $(id -u) == 0 ]] || die "needs root (namespaces, mount)"
  local program
  for program in debootstrap systemd-nspawn ip nsenter; do
    command -v "$program" >/dev/null || die "needs $program"
  done
  package=$(readlink -f "$1")
  mkdir -p "$log"
  log=$(readlink -f "$log")
  dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-cluster.XXXXXX")
  trap 'rm -rf --one-file-system "$dir"' EXIT
  trap 'exit 130' INT TERM
  base=$dir/base
  mkdir "$base"
  if [[ -n $cache && -s $cache ]]; then
    say "unpacking the bare system from $cache"
    tar -C "$base" -xpf "$cache"
  else
    say "making the bare system"
    make_system "$base" "$package"
    [[ -z $cache ]] || { tar -C "$base" -cpf "$cache.part" . && mv "$cache.part" "$cache"; }
  fi
  DK_TEST_DIR=$dir DK_TEST_LOG=$log DK_TEST_PACKAGE=$package \
    unshare --mount --net --pid --fork --kill-child --mount-proc -- "$0" inside || code=$?
  exit "$code"
}

# ---- inside: no network but the bridge, no processes but these -----------------------------------------------------

number_of() { printf '%s' "${1#n}"; }

prepare_machine() {
  local name=$1 root=$dir/$1
  mkdir -p "$root"/{upper,work,root}
  mount -t overlay overlay -o "lowerdir=$dir/base,upperdir=$root/upper,workdir=$root/work" "$root/root"
  printf '[Match]\nName=host0\n[Network]\nAddress=%s.%s/24\nLinkLocalAddressing=no\n' "$net" "$(number_of "$name")" \
    >"$root/root/etc/systemd/network/10-host0.network"
  cp "$dir/hosts" "$root/root/etc/hosts"
}

# in_machine NAME COMMAND: as root; also what `ssh` is for the operator.
in_machine() { "$dir/bin/ssh" "$@"; }

power_on() {
  local name=$1 nspawn leader='' tick
  systemd-nspawn --quiet -D "$dir/$name/root" --machine="$name" --network-bridge=dk0 --register=no --keep-unit \
    --resolv-conf=off --timezone=off --console=pipe -b >>"$log/$name.console" 2>&1 </dev/null &
  nspawn=$!
  echo "$nspawn" >"$dir/$name.nspawn"
  for ((tick = 0; tick < 600; ++tick)); do
    leader=$(awk '{print $1}' "/proc/$nspawn/task/$nspawn/children" 2>/dev/null || true)
    if [[ -n $leader ]]; then
      echo "$leader" >"$dir/$name.leader"
      ! in_machine "$name" 'systemctl is-system-running' </dev/null 2>/dev/null | grep -qxE 'running|degraded' || return 0
    fi
    sleep 0.1
  done
  tail -n 20 "$log/$name.console" >&2
  die "$name did not boot"
}

power_cut() {
  local name pids=()
  for name in $machines; do pids+=("$(<"$dir/$name.leader")" "$(<"$dir/$name.nspawn")"); done
  kill -KILL "${pids[@]}"
  wait 2>/dev/null || true
  # The kernel takes its time to take a dead machine's network away.
  for name in $machines; do ip link del "vb-$name" 2>/dev/null || true; done
}

network() {
  local name
  ip link set lo up
  ip link add dk0 type bridge
  ip addr add "$net.254/24" dev dk0
  ip link set dk0 up
  { echo '127.0.0.1 localhost'; for name in $machines; do echo "$net.$(number_of "$name") $name"; done; } >"$dir/hosts"
  mount --bind "$dir/hosts" /etc/hosts
}

operators_machine() {
  mkdir -p "$dir/bin" "$dir/operator/build/release/packages"
  # shellcheck disable=SC2016  # expanded when it runs
  printf '%s\n' '#!/usr/bin/env bash' 'host=${1#*@}; shift' \
    "exec nsenter -t \"\$(<\"$dir/\$host.leader\")\" -m -u -i -n -p -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 \\" \
    '  PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$*"' >"$dir/bin/ssh"
  chmod +x "$dir/bin/ssh"
  dpkg -x "$package" "$dir/package"
  ln -s "$here/deploy" "$dir/operator/deploy"
  cp "$package" "$dir/operator/build/release/packages/"
  export PATH=$dir/bin:$dir/package/usr/bin:$PATH
  unset DK_SUPERVISOR DK_CA_FILE DK_CERTS DK_TOKEN DK_TOKEN_FILE
}

# The page's blocks that say where, as one script.
page_script() {
  awk '
    /^```sh admin$/ { where = "admin"; print "echo \"-- operations.md:" FNR "\""; next }
    /^```sh n[0-9]$/ { where = $2; print "echo \"-- operations.md:" FNR "\"\nssh " where " \"set -e\n$(cat <<\"BLOCK\""; next }
    /^```$/ { if (where != "" && where != "admin") print "BLOCK\n)\""; where = ""; next }
    where != "" { print }' "$1"
}

# field KEY JSON
text() { grep -oE "\"$1\":\"[^\"]*\"" <<<"$2" | sed -n '1s/.*:"\(.*\)"/\1/p'; }
status() { dk-submit status "$1" --json 2>/dev/null; }

# until SECONDS WHAT COMMAND ...
until_true() {
  local limit=$1 what=$2 ended=$((SECONDS + $1))
  shift 2
  until "$@"; do
    ((SECONDS < ended)) || die "not within $limit s: $what"
    sleep 0.5
  done
}
alive() { [[ $(dk-submit nodes --json 2>/dev/null | grep -o '"state":"alive"' | grep -c .) == "$1" ]]; }
has_checkpoint() { [[ $(status "$1") == *'"checkpoint":{'* ]]; }
is_finished() {
  local state
  state=$(text state "$(status "$1")")
  [[ $state != failed && $state != cancelled ]] || die "job $1 $state: $(status "$1")"
  [[ $state == finished ]]
}

submit_long_job() {
  in_machine n1 "DK_SUPERVISOR=$DK_SUPERVISOR DK_CERTS=/etc/dk/certs dk-submit submit /usr/share/doc/dk/examples/moons.yaml --json \
    --set name=$1 --set training.epochs=$2 --set training.algorithm=adag --set training.workers=2 --set checkpoint.every=1s" |
    sed -n 's/.*"id":\([0-9]*\).*/\1/p'
}

# What is worth reading after a failure, and after a success.
collect() {
  local name job
  for name in $machines; do in_machine "$name" "journalctl -u dk-node --no-pager" >"$log/$name.journal" 2>&1 || true; done
  for job in 1 2 3; do
    { status $job; dk-submit events $job --json; } >"$log/job-$job.events" 2>&1 || true
  done
}

inside() {
  dir=$DK_TEST_DIR log=$DK_TEST_LOG package=$DK_TEST_PACKAGE
  mount --make-rprivate /
  network
  operators_machine
  local name first second job
  say "booting $machines"
  for name in $machines; do prepare_machine "$name"; power_on "$name"; done
  trap collect EXIT

  say "following docs/operations.md"
  cd "$dir/operator"
  page_script "$here/docs/operations.md" >"$log/page.sh"
  bash -euo pipefail "$log/page.sh" >"$log/page.log" 2>&1 || { tail -n 30 "$log/page.log" >&2; die "the page, as followed in $log/page.sh, failed"; }

  say "two jobs at once"
  export DK_SUPERVISOR=https://n1:7300,https://n2:7300,https://n3:7300 DK_CA_FILE=authority/ca.pem DK_TOKEN_FILE=ann.token
  until_true 60 "four machines" alive 4
  first=$(submit_long_job first "${DK_TEST_EPOCHS:-200}")
  second=$(submit_long_job second "${DK_TEST_EPOCHS:-200}")
  [[ -n $first && -n $second ]] || die "the jobs were not accepted"
  until_true 60 "a checkpoint of each job" has_checkpoint "$first"
  until_true 60 "a checkpoint of each job" has_checkpoint "$second"

  say "power cut"
  for job in $first $second; do [[ $(text state "$(status "$job")") == running ]] || die "job $job does not run any more"; done
  power_cut
  for name in $machines; do power_on "$name"; done
  until_true 90 "four machines after the power cut" alive 4
  for job in $first $second; do
    until_true 300 "the end of job $job" is_finished "$job"
    ! status "$job" | grep -oE '"missed":[0-9]+' | grep -qvx '"missed":0' || die "job $job has missed examples"
    dk-submit events "$job" --json | grep -E '"event":"(recovery|failure)"' >"$log/job-$job.recoveries" || die "job $job tells nothing of the power cut"
  done
  say "all right: both jobs ended, no example missed; logs in $log"
}

if [[ ${1:-} == inside ]]; then inside; else outside "$@"; fi
