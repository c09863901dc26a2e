#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# install_test.sh SOURCE BUILD: installs the C++ API into an empty prefix, holds the headers to what was installed,
# and builds and runs an example against it as a program of somebody else's would be: with find_package only.
set -euo pipefail
source=$1 build=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/dk-install.XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "install test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$dir/prefix" --component dk-dev >"$dir/log" || { cat "$dir/log" >&2; fail "cmake --install"; }
headers=$dir/prefix/include/distributed-keras
[[ -f $headers/distributed_keras/trainers.hpp ]] || fail "no trainers.hpp in $headers"
while IFS=: read -r file include; do
  include=${include#*\"}
  include=${include%\"*}
  [[ -f $headers/$include ]] || fail "${file#"$headers"/} includes $include, which was not installed"
done < <(grep -rE '^[[:space:]]*#[[:space:]]*include "' "$headers")

mkdir "$dir/program"
cp "$source/examples/cpp/adag.cpp" "$dir/program/main.cpp"
(cd "$headers" && find . -name '*.hpp' -printf '#include "%P"\n' | sort) >"$dir/program/headers.cpp"
cat >"$dir/program/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(somebody_elses LANGUAGES CXX)
find_package(DistributedKeras 0.1 REQUIRED)
add_executable(program main.cpp headers.cpp)
target_link_libraries(program PRIVATE DistributedKeras::distributed_keras)
CMAKE
cmake -G Ninja -S "$dir/program" -B "$dir/build" -DCMAKE_PREFIX_PATH="$dir/prefix" -DCMAKE_BUILD_TYPE=Release >"$dir/log" 2>&1 ||
  { tail -n 30 "$dir/log" >&2; fail "find_package"; }
cmake --build "$dir/build" >"$dir/log" 2>&1 || { grep -E -A 5 'error|undefined' "$dir/log" | head -n 40 >&2; fail "the build"; }
"$dir/build/program" "$dir/moons.keras" | tail -n 1
[[ -s $dir/moons.keras ]] || fail "no model was written"
