#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a question asks for, in six classes (TREC). DIRECTORY holds TREC.train.all; every tenth question is held out.
#
#   examples/questions.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/questions}
mkdir -p "$work"

iconv -f ISO-8859-1 -t UTF-8 "$data/TREC.train.all" > "$work/all.txt"
awk 'NR % 10 == 0' "$work/all.txt" > "$work/dev.txt"
awk 'NR % 10 != 0' "$work/all.txt" > "$work/train.txt"

cadena train classify "$work/train.txt" --dev "$work/dev.txt" -o "$work/questions.cadena" --overwrite "$@"
cadena eval "$work/questions.cadena" "$work/dev.txt"
echo 'Who wrote the Quijote ?' | cadena predict "$work/questions.cadena" --output jsonl
