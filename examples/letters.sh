#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A network that writes as a book does, letter by letter. The first 90 % of TEXT are learnt, the next 5 % choose the
# epoch, the last 5 % measure it.
#
#   examples/letters.sh TEXT PROMPT [OPTIONS OF cadena train]
set -euo pipefail
text=$1 prompt=$2
shift 2
work=${WORK:-build/examples/letters}
mkdir -p "$work"

lines=$(wc -l < "$text")
head -n $((lines * 90 / 100)) "$text" > "$work/train.txt"
head -n $((lines * 95 / 100)) "$text" | tail -n +$((lines * 90 / 100 + 1)) > "$work/dev.txt"
tail -n +$((lines * 95 / 100 + 1)) "$text" > "$work/test.txt"

cadena train generate "$work/train.txt" --dev "$work/dev.txt" -o "$work/letters.cadena" --overwrite "$@"
cadena eval "$work/letters.cadena" "$work/test.txt"
cadena predict "$work/letters.cadena" --prompt "$prompt"
