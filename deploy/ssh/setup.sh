#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up a cluster over ssh: installs the package on each machine, gives each its bundle of certificates and its
# settings, starts the daemons and waits until all of them have joined. May be run again: what is there already
# stays (certificates, data), and machines may have been added.
#
#   deploy/ssh/setup.sh --package dk.deb --authority DIR [--standbys N] [--ssh COMMAND] [--dry-run] HOST [HOST ...]
#
#   HOST          [user@]name of a Debian 12 machine that ssh reaches, with root's rights or sudo without a password;
#                 the first one leads. Nodes dial each other under these names.
#   --authority   where the cluster's authority is kept on this machine; made when it is not there. Keep it safe.
#   --standbys N  how many after the first one take its place when it is gone for good; 0 or at least 2 (default: 2 of
#                 five machines or more, else 0)
#   --ssh         in place of ssh, for example 'ssh -p 2222'; called as COMMAND HOST SHELL-COMMAND
#   --dry-run     print each machine's settings and do nothing
set -euo pipefail

die() { printf 'setup: %s\n' "$*" >&2; exit 2; }
say() { printf '== %s\n' "$*"; }
package='' authority='' standbys='' ssh=ssh dry=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --package) package=${2:?--package needs a file}; shift 2 ;;
    --authority) authority=${2:?--authority needs a directory}; shift 2 ;;
    --standbys) standbys=${2:?--standbys needs a number}; shift 2 ;;
    --ssh) ssh=${2:?--ssh needs a command}; shift 2 ;;
    --dry-run) dry=true; shift ;;
    -h | --help) sed -n '3,18s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) die "no option '$1'; --help lists them" ;;
    *) break ;;
  esac
done
hosts=("$@")
[[ ${#hosts[@]} -gt 0 ]] || die "which machines? --help says more"
[[ -n $standbys ]] || standbys=$((${#hosts[@]} >= 5 ? 2 : 0))
[[ $standbys =~ ^[0-9]+$ && $standbys != 1 ]] || die "--standbys is '$standbys'; allowed: 0, or 2 and more (two must agree)"
((standbys < ${#hosts[@]})) || die "--standbys $standbys takes more than ${#hosts[@]} machines"
$dry || [[ -f $package ]] || die "--package: no file '$package'; ./dk package makes it"
[[ -n $authority ]] || die "--authority is missing"

name_of() { printf '%s' "${1#*@}"; }
declare -A seen=()
for host in "${hosts[@]}"; do
  [[ $(name_of "$host") =~ ^[A-Za-z0-9._-]{1,63}$ ]] || die "'$host' is no name of a machine"
  [[ -z ${seen[$(name_of "$host")]:-} ]] || die "'$host' is named twice"
  seen[$(name_of "$host")]=1
done

# settings INDEX: the machine's dk-node.yaml.
settings() {
  local index=$1 name other join=()
  name=$(name_of "${hosts[$index]}")
  printf '# Written by deploy/ssh/setup.sh; keys: configuration.md\n'
  printf 'name: %s\nlisten: 0.0.0.0:7301\nadvertise: %s\ncerts: /etc/dk/certs\n' "$name" "$name"
  ((index > standbys)) || printf 'http: 0.0.0.0:7300\n'
  for ((other = 0; other <= standbys; ++other)); do
    ((other == index)) || join+=("$(name_of "${hosts[$other]}"):7301")
  done
  if ((index == 0)); then printf 'supervisor: true\n'; return; fi
  ((index > standbys)) || printf 'standby: true\n'
  printf 'join:\n'
  printf '  - %s\n' "${join[@]}"
}

# on HOST COMMAND: there, as root; stdin goes along.
on() {
  # shellcheck disable=SC2086  # a command with its options
  $ssh "$1" "if [ \$(id -u) = 0 ]; then sh -ec $(quoted "$2"); else sudo -n sh -ec $(quoted "$2"); fi"
}
quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

if $dry; then
  for index in "${!hosts[@]}"; do
    printf -- '--- # %s\n' "${hosts[$index]}"
    settings "$index"
  done
  exit 0
fi

command -v dk-node >/dev/null || die "dk-node is not in PATH here; it makes the certificates"
[[ -e $authority/ca.pem ]] || { say "making the authority in $authority"; dk-node certs init --certs "$authority"; }
bundles=$authority/bundles
mkdir -p "$bundles"; chmod 700 "$bundles"
for index in "${!hosts[@]}"; do
  host=${hosts[$index]} name=$(name_of "${hosts[$index]}")
  say "$host: package"
  on "$host" 'cat >/tmp/dk-setup.deb; DEBIAN_FRONTEND=noninteractive apt-get -q install -y /tmp/dk-setup.deb >/tmp/dk-setup.log 2>&1 ||
    { tail -n 20 /tmp/dk-setup.log >&2; exit 1; }; rm -f /tmp/dk-setup.deb' <"$package" || die "$host: the package could not be installed"
  say "$host: certificates and settings"
  [[ -d $bundles/$name ]] || dk-node certs issue "$name" --certs "$authority" --host "$name" --out "$bundles/$name"
  cp "$authority/crl.pem" "$bundles/$name/crl.pem"
  tar -C "$bundles/$name" -c . | on "$host" 'mkdir -p -m 700 /etc/dk/certs; tar -C /etc/dk/certs --no-same-owner -x
    chown -R dk:dk /etc/dk/certs; chmod 700 /etc/dk/certs; chmod 600 /etc/dk/certs/node.key' || die "$host: no certificates"
  settings "$index" | on "$host" 'cat >/etc/dk/dk-node.yaml; dk-node check-config /etc/dk/dk-node.yaml >/dev/null
    systemctl enable --quiet dk-node; systemctl restart --no-block dk-node' || die "$host: not started"
done

first=${hosts[0]}
say "waiting for ${#hosts[@]} machine(s)"
for ((tick = 0; tick < 60; ++tick)); do
  answer=$(on "$first" "DK_SUPERVISOR=https://$(name_of "$first"):7300 DK_CERTS=/etc/dk/certs dk-submit nodes --json" </dev/null 2>/dev/null || true)
  joined=$(grep -o '"state":"alive"' <<<"$answer" | grep -c . || true)
  if ((joined >= ${#hosts[@]})); then
    say "all $joined machines have joined; https://$(name_of "$first"):7300 takes jobs"
    exit 0
  fi
  sleep 1
done
printf '%s\n' "$answer" >&2
die "only ${joined:-0} of ${#hosts[@]} machines have joined; 'journalctl -u dk-node' on the others tells why"
