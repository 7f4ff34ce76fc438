#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whether a sentence about a film praises it (Pang and Lee, 2005). DIRECTORY holds rt-polarity.pos and rt-polarity.neg;
# every tenth sentence is held out.
#
#   examples/reviews.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/reviews}
mkdir -p "$work"

for part in pos neg; do awk -v part=$part '{ print part "\t" $0 }' "$data/rt-polarity.$part"; done > "$work/all.tsv"
awk 'NR % 10 == 0' "$work/all.tsv" > "$work/dev.tsv"
awk 'NR % 10 != 0' "$work/all.tsv" > "$work/train.tsv"

cadena train classify "$work/train.tsv" --dev "$work/dev.tsv" -o "$work/reviews.cadena" --overwrite "$@"
cadena eval "$work/reviews.cadena" "$work/dev.tsv"
echo 'a warm , funny and honest film .' | cadena predict "$work/reviews.cadena"
