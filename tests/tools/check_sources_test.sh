#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_sources_test.sh CASE: makes a small tree that keeps the rules, breaks one of them, and expects
# check_sources.sh to name it. `check_sources_test.sh --cases` lists the cases.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly licence='SPDX-License-Identifier: GPL-3.0-or-later'

# CASE | file | its line | what the message must contain, with the place when it is another file
cases() {
  cat <<TEXT
clean_tree_passes||
base_includes_model|base/a.cpp|#include "model/a.hpp"|base/ may include
model_includes_storage|model/a.cpp|#include "storage/a.hpp"|model/ may include
storage_includes_model|storage/a.cpp|#include "model/a.hpp"|storage/ may include
logic_includes_an_actor|actors/logic/a.cpp|#include "actors/protocol.hpp"|actors/(algorithms|logic)/ may include
actors_include_apps|actors/a.cpp|#include "apps/a.hpp"|actors/ may include
apps_include_tests|apps/a.cpp|#include "tests/a.hpp"|apps/ may include
storage_includes_caf|storage/a.cpp|#include <caf/actor.hpp>|no CAF below
algorithm_includes_caf|actors/algorithms/a.cpp|#include <caf/actor.hpp>|no CAF below
actors_include_rocksdb|actors/a.cpp|#include <rocksdb/db.h>|RocksDB stays inside
rocksdb_header_leaks_it|storage/rocksdb_keys.hpp|#include <rocksdb/db.h>|RocksDB stays inside
layer_includes_onednn|model/a.cpp|#include <dnnl.hpp>|oneDNN stays inside
storage_includes_hdf5|storage/a.cpp|#include <hdf5.h>|HDF5 stays inside
model_includes_libzip|model/a.cpp|#include <zip.h>|libzip stays inside
storage_includes_zstd|storage/a.cpp|#include <zstd.h>|Zstandard stays inside
app_includes_openssl|apps/a.cpp|#include <openssl/ssl.h>|OpenSSL stays inside
header_includes_all_of_caf|actors/b.hpp|#include <caf/all.hpp>|caf/all.hpp costs
source_without_licence|base/a.cpp|-|first line is not
script_without_licence|deploy/a.sh|-|second line is not
header_without_guard|base/b.hpp|-|no #pragma once
own_header_is_not_first|base/a.hpp|//|base/a.cpp:1: its own header is not
source_that_is_not_built|tests/base/b_test.cpp||in no CMakeLists.txt
path_of_a_machine|docs/a.md|see /home""/me/notes|somebody's machine
unfinished_work|base/a.cpp|// TO""DO later|finish it
sleeping_test|tests/base/a_test.cpp|sleep_""for(1s);|wait for the event
TEXT
}

if [[ ${1:-} == --cases ]]; then
  cases | cut -d'|' -f1
  exit
fi

row=$(cases | grep -E "^$1\|") || { echo "no case '$1'" >&2; exit 2; }
IFS='|' read -r name file line message <<<"${row//\"\"/}"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root"

put_source() {
  mkdir -p "$(dirname "$1")"
  printf '// %s\n' "$licence" >"$1"
  [[ $1 != *.hpp ]] || printf '#pragma once\n' >>"$1"
}
for source in base/a.cpp model/a.cpp storage/a.cpp storage/rocksdb_store.cpp actors/a.cpp actors/logic/a.cpp \
  actors/algorithms/a.cpp apps/a.cpp tests/base/a_test.cpp base/c.cpp base/c.hpp; do
  put_source "$source"
  basename "$source" >>"$(dirname "$source")/CMakeLists.txt"
done
echo '#include "base/c.hpp"' >>base/c.cpp
echo '#include <rocksdb/db.h>' >>storage/rocksdb_store.cpp
mkdir -p deploy docs .ci
printf '#!/bin/sh\n# %s\n' "$licence" | tee dk .ci/run >deploy/a.sh

if [[ -n $file ]]; then
  [[ -e $file || $file != *.[ch]pp ]] || put_source "$file"
  case $line in
    -) if [[ $file == *.hpp ]]; then printf '// %s\n' "$licence" >"$file"; else echo '# nothing' >"$file"; fi ;;
    ?*) echo "$line" >>"$file" ;;
  esac
fi

code=0
output=$("$tools/check_sources.sh" "$root" 2>&1) || code=$?
printf '%s\n' "$output"
if [[ $name == clean_tree_passes ]]; then
  [[ $code == 0 ]]
else
  place=$file:
  [[ $message != *:1:* ]] || place=
  [[ $code == 1 && $(grep -c . <<<"$output") == 2 && $output == *"$place"*"$message"* ]]
fi
