#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The rules about sources that a compiler does not know; prints FILE:LINE: what is wrong and exits 1.
#
#   check_sources.sh [ROOT]     ROOT: a checkout; default the one this script is in
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

problems=0
# Turns `FILE:LINE:text` on stdin into messages.
report() {
  local where text
  while IFS= read -r line; do
    where=$(cut -d: -f1,2 <<<"$line")
    text=$(cut -d: -f3- <<<"$line")
    printf '%s: %s: %s\n' "$where" "$1" "$text"
    problems=$((problems + 1))
  done
}

mapfile -t sources < <(find . \( -path './.*' -o -path ./build -o -path ./out \) -prune -o \
  \( -name '*.cpp' -o -name '*.hpp' \) -printf '%P\n' | sort)
mapfile -t scripts < <(find dk deploy tests .ci -type f \( -name '*.sh' -o -name '*.sbatch' -o -path 'deploy/debian/p*' -o -path dk -o -path .ci/run \) | sort)
mapfile -t texts < <(find . \( -path ./.git -o -path ./build -o -path ./out \) -prune -o \
  -type f -size -1024k -printf '%P\n' | sort)

# select REGEX: the sources whose path matches.
select_sources() { printf '%s\n' "${sources[@]}" | grep -E "$1" || true; }
# find_in REGEX, files on stdin: `FILE:LINE:text` of matching lines.
find_in() { xargs -r -d '\n' grep -nHE "$1" || true; }

# ---- which folder may include which ------------------------------------------------------------------------------

# may_include FOLDERS ALLOWED: the quoted includes of these folders start with one of these prefixes.
may_include() {
  report "$1/ may include only ours from ($2)" < <(
    select_sources "^($1)/" | find_in '^[[:space:]]*#[[:space:]]*include "' | grep -vE "include \"($2)/" || true)
}
readonly pure='actors/(algorithms|logic)'
may_include base base
may_include model 'base|model'
may_include storage 'base|storage'
may_include "$pure" "base|model|actors/(algorithms|logic|descriptor)"
may_include actors 'base|model|storage|actors'
may_include distributed_keras 'base|model|storage|actors|distributed_keras'
may_include apps 'base|model|storage|actors|distributed_keras|apps'
may_include 'tests|benchmarks' 'base|model|storage|actors|distributed_keras|apps|tests|benchmarks'

include_of() { printf '^[[:space:]]*#[[:space:]]*include [<"]%s' "$1"; }
report "no CAF below the actors" < <(select_sources "^(base|model|storage|$pure)/" | find_in "$(include_of caf/)")
report "RocksDB stays inside storage/*rocksdb*.cpp" < <(
  select_sources . | grep -vE '^storage/([^/]*/)*[^/]*rocksdb[^/]*\.cpp$' | find_in "$(include_of rocksdb/)")
report "oneDNN stays inside model/onednn/" < <(
  select_sources . | grep -vE '^model/onednn/' | find_in "$(include_of '(oneapi/)?dnnl')")
report "HDF5 stays inside model/keras/hdf5_* and storage/data/hdf5*" < <(
  select_sources . | grep -vE '^(model/keras/hdf5_[^/]*|storage/data/hdf5[^/]*|tests/model/keras/[^/]*|tests/storage/data/files)\.[ch]pp$' | find_in "$(include_of 'hdf5\.h')")
report "libzip stays inside model/keras/zip_archive.cpp and storage/data/npz.cpp" < <(
  select_sources . | grep -vE '^(model/keras/zip_archive\.cpp|storage/data/npz\.cpp|tests/storage/data/files\.hpp)$' | find_in "$(include_of 'zip\.h')")
report "Zstandard stays inside storage/data/byte_source.cpp" < <(
  select_sources . | grep -vE '^(storage/data/byte_source\.cpp|tests/storage/data/files\.hpp)$' | find_in "$(include_of 'zstd\.h')")
report "OpenSSL stays inside actors/security/, actors/tls_wire.cpp and actors/api/connection_server.cpp" < <(
  select_sources . | grep -vE '^(actors/security/[^/]*|actors/tls_wire\.cpp|actors/api/connection_server\.cpp|tests/(actors/)?security/[^/]*)$' | find_in "$(include_of 'openssl/')")
report "caf/all.hpp costs seconds in every file that includes this header" < <(
  select_sources '\.hpp$' | find_in "$(include_of caf/all.hpp)")

# ---- what every source has ---------------------------------------------------------------------------------------

for file in "${sources[@]}"; do
  head -n 1 "$file" | grep -qxF '// SPDX-License-Identifier: GPL-3.0-or-later' ||
    report "first line is not the licence" <<<"$file:1:"
  [[ $file != *.hpp ]] || grep -qxF '#pragma once' "$file" || report "no #pragma once" <<<"$file:1:"
done
for file in "${sources[@]}"; do
  header=${file%.cpp}.hpp
  [[ $file == *.cpp && -f $header ]] || continue
  [[ $(grep -m 1 -E '^#include' "$file") == "#include \"$header\"" ]] ||
    report "its own header is not the first include, so nothing shows that it stands alone" <<<"$file:1:"
done
for file in "${scripts[@]}"; do
  head -n 2 "$file" | grep -qxF '# SPDX-License-Identifier: GPL-3.0-or-later' ||
    report "second line is not the licence" <<<"$file:2:"
done

# Every .cpp stands in a CMakeLists.txt of its own folder or of one above it: a file that is not built proves nothing.
is_built() {
  local folder=$1 name escaped
  while [[ $folder == */* ]]; do
    folder=${folder%/*}
    name=${1#"$folder"/}
    escaped=${name//./\\.}
    [[ ! -f $folder/CMakeLists.txt ]] ||
      ! grep -qE "(^|[[:space:](\"/])${escaped}([[:space:])\"]|\$)" "$folder/CMakeLists.txt" || return 0
  done
  return 1
}
while IFS= read -r file; do
  is_built "$file" || report "in no CMakeLists.txt, so never built" <<<"$file:1:"
done < <(select_sources '\.cpp$')

# ---- what no file has --------------------------------------------------------------------------------------------

report "a path of somebody's machine" < <(
  printf '%s\n' "${texts[@]}" | xargs -r -d '\n' grep -nHIE '(^|[^A-Za-z0-9_.}])/(work|home|Users)/[A-Za-z0-9_.]' || true)
report "finish it, or write an issue" < <(select_sources . | find_in '\b(TODO|FIXME|XXX|HACK)\b')
report "wait for the event, or use virtual time" < <(
  select_sources '^tests/' | grep -vE '^tests/chaos/' | find_in '\b(sleep_for|sleep_until|usleep|nanosleep)\b')

if ((problems > 0)); then
  printf '%d problem(s) in the sources\n' "$problems"
  exit 1
fi
printf '%d sources keep the rules\n' "${#sources[@]}"
