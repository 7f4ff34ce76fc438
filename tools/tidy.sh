#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs clang-tidy with the checks of .clang-tidy over the library and the program, or over the files given.
#
#   tools/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
folder=${TIDY_BUILD:-build/tidy}

mkdir -p "$folder"
cmake -S . -B "$folder" -G Ninja -DCADENA_BUILD_TESTS=OFF >"$folder/configure.log" 2>&1 || {
  cat "$folder/configure.log" >&2
  exit 1
}
if [ $# = 0 ]; then set -- cadena/*/*.cc apps/*/*.cc; fi

# The flags in the compile database are for GCC; clang does not know all of them.
check='if ! clang-tidy -p "$0" --quiet --extra-arg=-Wno-unknown-warning-option "$1" >"$2" 2>/dev/null; then cat "$2"; exit 1; fi'
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
number=0
for file; do
  number=$((number + 1))
  printf '%s\0%s\0' "$file" "$results/$number"
done | xargs -0 -n 2 -P "$jobs" bash -c "$check" "$folder" || {
  echo "tidy: there are findings" >&2
  exit 1
}
echo "tidy: $# files ok"
