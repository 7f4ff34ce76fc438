#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the program, build/release/cadena, with what it needs; tests too if that folder is set up for them.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/packages.sh build
options=()
[ -e build/release/CMakeCache.txt ] || options=(-DCADENA_BUILD_TESTS=OFF)  # make test turns them on
cmake --preset release "${options[@]}" >/dev/null
cmake --build build/release --target cadena_program
