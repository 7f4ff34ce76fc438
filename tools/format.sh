#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Formats all sources with -i; without, fails where something is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1-}" = -i ]; then options=(-i); else options=(--dry-run -Werror); fi
find cadena apps tests examples bench \( -name '*.h' -o -name '*.cc' -o -name '*.inl' \) -print0 |
  xargs -0 clang-format "${options[@]}"
