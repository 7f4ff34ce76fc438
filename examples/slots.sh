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

for part in train dev; do
  awk -f "$(dirname "$0")/slots.awk" "$data/atis-2.$part.w-intent.iob" > "$work/$part.conll"
done

cadena train tag "$work/train.conll" --dev "$work/dev.conll" -o "$work/slots.cadena" --overwrite "$@"
cadena eval "$work/slots.cadena" "$work/dev.conll"
echo 'show me the cheapest flight from boston to new york on monday morning' |
  cadena predict "$work/slots.cadena" --output text
