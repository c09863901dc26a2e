#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check.sh BUILD_DIR [--all | --since REV]: everything about sources that is not a test. Goes through all of it,
# then fails if anything did.
#
#   --all         clang-tidy on every source (minutes)
#   --since REV   clang-tidy on what changed since REV, for some minutes at most; default: where this branch left origin's, or the last commit
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$tools/../.."
build=${1:?check.sh BUILD_DIR [--all | --since REV]}
shift
# Enough for an ordinary change; --all takes as long as it takes.
readonly tidy_limit_s=240

# One that is its own merge base has nothing of its own: then the last commit is what is new.
default_base() {
  local base head
  head=$(git rev-parse HEAD)
  base=$(git merge-base HEAD origin/HEAD 2>/dev/null || echo "$head")
  [[ $base != "$head" ]] || base=$(git rev-parse --verify --quiet HEAD~1 || echo "$head")
  echo "$base"
}

all=false since=
while [[ $# -gt 0 ]]; do
  case $1 in
    --all) all=true; shift ;;
    --since) since=${2:?--since needs a revision}; shift 2 ;;
    *) echo "check: unknown option '$1'; there are --all and --since REV" >&2; exit 2 ;;
  esac
done

failed=()
step() {
  local name=$1 started=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@" || failed+=("$name")
  printf '   %d s\n' $((SECONDS - started))
}

sources() { git ls-files -z --cached --others --exclude-standard -- "$@"; }

formatted() {
  sources '*.cpp' '*.hpp' | xargs -0 -r -n 20 -P "$(nproc)" clang-format --dry-run --Werror ||
    { echo "   ./dk format mends this"; return 1; }
}

scripts_are_sound() {
  sources dk .ci/run '*.sh' '*.sbatch' deploy/debian/{postinst,prerm,postrm} | xargs -0 -r shellcheck
}

yaml_is_sound() {
  sources '*.yaml' '*.yml' | xargs -0 -r yamllint --strict -c tests/tools/yamllint.yaml
}

headers_stand_alone() {
  if [[ -t 1 ]]; then
    cmake --build "$build" --target dk_header_check
  else
    # Ninja's progress is one line a file when nobody watches.
    cmake --build "$build" --target dk_header_check >"$build/header_check.log" ||
      { grep -A 12 'FAILED:' "$build/header_check.log"; return 1; }
  fi
}

# Sources that the build knows; a header is looked at through the sources that include it.
tidy_files() {
  if $all; then
    git ls-files -- '*.cpp'
  else
    git diff --name-only --diff-filter=d "${since:-$(default_base)}" -- '*.cpp'
    git ls-files --others --exclude-standard -- '*.cpp'
  fi | sort -u | while IFS= read -r file; do
    ! grep -qF "\"$PWD/$file\"" "$build/compile_commands.json" || printf '%s\n' "$file"
  done
}

tidy() {
  local files count
  files=$(tidy_files)
  count=$(grep -c . <<<"$files" || true)
  printf '   %d file(s)\n' "$count"
  [[ $count != 0 ]] || return 0
  local limit=$tidy_limit_s code=0
  ! $all || limit=0
  timeout "$limit" xargs -d '\n' -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet \
    <<<"$files" 2> >(grep -vE '^[0-9]+ warnings? (generated|treated)' >&2) || code=$?
  [[ $code != 124 ]] || { echo "   stopped after $limit s; ./dk check --all looks at everything"; return 0; }
  return "$code"
}

step "rules of the sources" "$tools/check_sources.sh"
step "format" formatted
step "scripts" scripts_are_sound
step "YAML" yaml_is_sound
step "headers stand alone" headers_stand_alone
step "reference of the installed headers" "$tools/doxygen.sh"
step "clang-tidy" tidy

if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'check: FAILED:'
  printf ' [%s]' "${failed[@]}"
  printf '\n'
  exit 1
fi
echo "check: all right"
