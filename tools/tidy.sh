#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs clang-tidy with the checks of .clang-tidy over the library and the program, or over the files given.
#
#   tools/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
export folder=build/tidy

mkdir -p $folder
cmake -S . -B $folder -G Ninja -DCADENA_BUILD_TESTS=OFF >$folder/configure.log 2>&1 || {
  cat $folder/configure.log >&2
  exit 1
}
if [ $# = 0 ]; then set -- cadena/*/*.cc apps/*/*.cc; fi

# FILE RESULT. The compile database has flags for GCC; clang does not know all of them.
tidy() {
  clang-tidy -p "$folder" --quiet --extra-arg=-Wno-unknown-warning-option "$1" >"$2" 2>"$2.err" && return
  cat "$2"
  grep -Ev 'warnings? (generated|treated as error)' "$2.err" >&2
  return 1
}
export -f tidy

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
number=0
for file; do
  number=$((number + 1))
  printf '%s\0%s\0' "$file" "$results/$number"
done | xargs -0 -n 2 -P "$jobs" bash -c 'tidy "$0" "$1"' || {
  echo "tidy: there are findings" >&2
  exit 1
}
echo "tidy: $# files ok"
