#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# doxygen.sh [OUTPUT_DIR]: the reference of the headers that are installed, or (without a directory) only whether it
# would have warnings.
#
# One file is cut: Doxygen 1.9 takes a specialization of another library's template for an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
output=${1:-}
if [[ -z $output ]]; then
  output=$(mktemp -d "${TMPDIR:-/tmp}/dk-doxygen.XXXXXX")
  trap 'rm -rf "$output"' EXIT
fi
headers=$(sed -n '/^set(public_headers/,/)$/{s/^set(public_headers//; s/)$//; p}' distributed_keras/CMakeLists.txt)
{
  cat <<DOXYGEN
PROJECT_NAME = "Distributed Keras"
INPUT = ${headers//$'\n'/ }
STRIP_FROM_PATH = .
STRIP_FROM_INC_PATH = .
INCLUDE_PATH = .
MACRO_EXPANSION = YES
BUILTIN_STL_SUPPORT = YES
MARKDOWN_SUPPORT = YES
EXTRACT_ALL = YES
HIDE_UNDOC_CLASSES = NO
GENERATE_LATEX = NO
OUTPUT_DIRECTORY = "$output"
HAVE_DOT = NO
FILTER_PATTERNS = *strong_id.hpp="sed /^struct.fmt/Q"
QUIET = YES
WARNINGS = YES
WARN_IF_DOC_ERROR = YES
WARN_NO_PARAMDOC = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
DOXYGEN
} | doxygen -
