#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Eight classes of secondary structure. The training part of FLIP knows three of them only, so the eight are learnt, beside
# the three, from one half of TS115, repeated because it is small, and measured on the other half; then the other way round.
# DIRECTORY is the work folder of proteins.sh, after it has run.
#
#   examples/proteins_eight.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/proteins_eight}
mkdir -p "$work"

half() { awk -v part="$1" 'BEGIN { RS = ""; ORS = "\n\n" } NR % 2 == part' "$data/ts115.conll"; }
for own in 0 1; do
  half $own > "$work/learnt.conll"
  half $((1 - own)) > "$work/asked.conll"
  { cat "$data/train.conll"; for _ in 1 2 3 4 5 6; do cat "$work/learnt.conll"; done; } > "$work/train.conll"
  cadena train tag "$work/train.conll" --dev "$data/validation.conll" -c "$here/settings/proteins.toml" \
    --set data.tag_column=2,3 --set train.epochs=4 -o "$work/q8.cadena" --overwrite "$@"
  cadena eval "$work/q8.cadena" "$work/asked.conll"
done
