#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Nine speakers by how they say two vowels (JapaneseVowels of the UEA archive). DIRECTORY holds its two .ts files.
#
#   examples/speakers.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/speakers}
mkdir -p "$work"

cadena train classify "$data/JapaneseVowels_TRAIN.ts" -o "$work/speakers.cadena" --overwrite "$@"
cadena eval "$work/speakers.cadena" "$data/JapaneseVowels_TEST.ts"
