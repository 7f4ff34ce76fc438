#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Slots of spoken flight queries (ATIS). DIRECTORY holds atis-2.train.w-intent.iob and atis-2.dev.w-intent.iob.
#
#   examples/slots.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/slots}
mkdir -p "$work"

# "BOS word ... EOS <tab> O tag ... intent": a word and its tag a line.
to_conll() {
  awk -F'\t' '{ n = split($1, word, " "); split($2, tag, " ")
                for (i = 2; i < n; i++) print word[i], tag[i]
                print "" }' "$1"
}
to_conll "$data/atis-2.train.w-intent.iob" > "$work/train.conll"
to_conll "$data/atis-2.dev.w-intent.iob" > "$work/dev.conll"

cadena train tag "$work/train.conll" --dev "$work/dev.conll" -o "$work/slots.cadena" --overwrite "$@"
cadena eval "$work/slots.cadena" "$work/dev.conll"
echo 'show me the cheapest flight from boston to new york on monday morning' |
  cadena predict "$work/slots.cadena" --output text
