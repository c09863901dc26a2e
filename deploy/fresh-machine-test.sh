#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Proves that a clean clone works on a machine that has nothing: makes a minimal Debian 12 in a temporary
# directory, clones the last commit into it, runs a command there and removes everything again.
#
#   deploy/fresh-machine-test.sh [--cache FILE] [COMMAND ...]          default command: ./dk test
#
#   --cache FILE   keep the bare system in this tarball, or take it from there when the file exists
#
# Needs root, debootstrap and the Debian mirror that this machine's apt uses. Exit code: the command's.
set -euo pipefail

readonly suite=bookworm
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=
while [[ $# -gt 0 ]]; do
  case $1 in
    --cache) cache=${2:?--cache needs a file}; shift 2 ;;
    -h|--help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
done
[[ $# -gt 0 ]] || set -- ./dk test

say() { printf '\n== fresh machine: %s\n' "$*"; }
die() { printf 'fresh-machine-test: %s\n' "$*" >&2; exit 1; }

[[ $(id -u) == 0 ]] || die "needs root (chroot, mount)"
command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"

root=$(mktemp -d "${TMPDIR:-/tmp}/dk-fresh.XXXXXX")
# The mounts live in a namespace of their own that is gone by then; --one-file-system is the second lock.
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2016  # apt expands it
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | sed -n 1p
}

make_system() {
  if [[ -n $cache && -s $cache ]]; then
    say "unpacking the bare system from $cache"
    tar -C "$root" -xpf "$cache"
    return
  fi
  local mirror
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || die "apt on this machine has no source for $suite"
  say "debootstrap $suite"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; rm -f "$root.log"; die "debootstrap failed"; }
  rm -f "$root.log"
  if [[ -n $cache ]]; then
    tar -C "$root" -cpf "$cache.part" . && mv "$cache.part" "$cache"
  fi
}

make_system
chmod 755 "$root"  # apt drops its privileges
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump | grep -E '^Acquire::https?::Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
say "cloning the last commit of $here"
git clone --quiet --no-hardlinks "$here" "$root/root/dk"

say "running: $*"
started=$SECONDS
code=0
# shellcheck disable=SC2016  # expanded inside
unshare --mount --pid --fork --kill-child -- bash -euc '
  root=$1; shift
  mount --bind "$root" "$root"  # ip netns wants / to be a mount point
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c '\''cd /root/dk && exec "$@"'\'' run "$@"
' inner "$root" "$@" || code=$?
say "exit code $code after $((SECONDS - started)) s"
exit "$code"
