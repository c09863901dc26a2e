#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the package dk on a bare Debian 12 in a temporary directory, runs its daemon there under its own user,
# trains a job on it, installs it once more, removes it, purges it, and looks each time at what is there.
#
#   deploy/package-test.sh [--cache FILE] PACKAGE.deb
#
#   --cache FILE   keep the bare system in this tarball, or take it from there when the file exists
#
# Needs root, debootstrap and the Debian mirror that this machine's apt uses. There is no systemd in the bare system:
# what the unit says is looked at by tests/deploy/units_test.sh.
set -euo pipefail

readonly suite=bookworm
cache=
while [[ $# -gt 0 ]]; do
  case $1 in
    --cache) cache=${2:?--cache needs a file}; shift 2 ;;
    -h | --help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
done

say() { printf '== package test: %s\n' "$*"; }
die() { printf 'package-test: %s\n' "$*" >&2; exit 1; }
[[ $# == 1 && -f $1 ]] || die "which package? ./dk package makes it"
[[ $(id -u) == 0 ]] || die "needs root (chroot, mount)"
command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"
package=$(readlink -f "$1")

root=$(mktemp -d "${TMPDIR:-/tmp}/dk-package.XXXXXX")
# The mounts live in a namespace of their own that is gone by then; --one-file-system is the second lock.
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2016  # apt expands it
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | sed -n 1p
}
if [[ -n $cache && -s $cache ]]; then
  say "unpacking the bare system from $cache"
  tar -C "$root" -xpf "$cache"
else
  say "debootstrap $suite"
  debootstrap --variant=minbase "$suite" "$root" "$(debian_mirror)" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; rm -f "$root.log"; die "debootstrap failed"; }
  rm -f "$root.log"
  [[ -z $cache ]] || { tar -C "$root" -cpf "$cache.part" . && mv "$cache.part" "$cache"; }
fi
chmod 755 "$root"  # apt drops its privileges
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump | grep -E '^Acquire::https?::Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
cp "$package" "$root/root/dk.deb"

cat >"$root/root/play.sh" <<'PLAY'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
quietly() { "$@" >/tmp/log 2>&1 </dev/null || { tail -n 30 /tmp/log >&2; fail "$*"; }; }
owner() { stat -c '%U:%G %a' "$1"; }

say "install"
quietly apt-get -q update
quietly apt-get -q install -y --no-install-recommends /root/dk.deb
grep -q 'installed and not started' /tmp/log || fail "nobody was told what to do next"
for file in /usr/bin/dk-node /usr/bin/dk-submit /etc/dk/dk-node.yaml /lib/systemd/system/dk-node.service \
  /usr/share/bash-completion/completions/dk-submit /usr/share/doc/dk/configuration.md; do
  [[ -s $file ]] || fail "no $file"
done
[[ $(owner /var/lib/dk) == 'dk:dk 750' ]] || fail "/var/lib/dk: $(owner /var/lib/dk)"
[[ $(owner /etc/dk) == 'root:dk 750' ]] || fail "/etc/dk: $(owner /etc/dk)"
[[ $(getent passwd dk | cut -d: -f7) == */nologin ]] || fail "dk has a shell"
quietly dpkg -V dk
# shellcheck source=/dev/null
bash -n /usr/share/bash-completion/completions/dk-submit

say "the daemon, as its own user, with the settings of the package"
as_dk() { runuser -u dk -- "$@"; }
quietly as_dk dk-node check-config /etc/dk/dk-node.yaml
STATE_DIRECTORY=/var/lib/dk setpriv --reuid dk --regid dk --init-groups dk-node --config /etc/dk/dk-node.yaml --ready-file /var/lib/dk/ready \
  --http 127.0.0.1:0 --listen 127.0.0.1:0 >/tmp/daemon.log 2>&1 </dev/null &
daemon=$!
for ((tick = 0; tick < 300; ++tick)); do [[ ! -s /var/lib/dk/ready ]] || break; sleep 0.1; done
[[ -s /var/lib/dk/ready ]] || { tail -n 20 /tmp/daemon.log >&2; fail "the daemon did not get ready"; }
DK_SUPERVISOR=http://$(sed -n 's/.*"http":"\([^"]*\)".*/\1/p' /var/lib/dk/ready)
export DK_SUPERVISOR
quietly dk-submit submit /usr/share/doc/dk/examples/moons.yaml --watch
dk-submit status 1 --json | grep -q '"state":"finished"' || fail "the job did not finish"
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with exit code $?: $(tail -n 3 /tmp/daemon.log)"

say "install it again: settings and data stay"
echo '# mine' >>/etc/dk/dk-node.yaml
quietly apt-get -q install -y --reinstall /root/dk.deb
grep -qx '# mine' /etc/dk/dk-node.yaml || fail "the settings were replaced"
[[ -n $(ls /var/lib/dk) ]] || fail "the data are gone"

say "remove"
quietly apt-get -q remove -y dk
[[ ! -e /usr/bin/dk-node && ! -e /lib/systemd/system/dk-node.service ]] || fail "programs are left"
[[ -s /etc/dk/dk-node.yaml && -d /var/lib/dk ]] || fail "settings or data went with the programs"

say "purge"
quietly apt-get -q purge -y dk
[[ ! -e /etc/dk && ! -e /var/lib/dk ]] || fail "settings or data are left"
! getent passwd dk || fail "the user is left"
! find / -xdev \( -path /proc -o -path /root \) -prune -o -name '*dk-node*' -print | grep . || fail "files are left"
say "all right"
PLAY

code=0
# shellcheck disable=SC2016  # expanded inside
unshare --mount --pid --fork --kill-child -- bash -euc '
  root=$1
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /root/play.sh
' inner "$root" || code=$?
exit "$code"
