#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Secondary structure of proteins from single sequences. DIRECTORY holds netsurfp2_flip_splits.zip and
# TS115_HHblits.csv. Learns helix, strand and coil from the training part, chooses by the validation part, and is
# measured on TS115.
#
#   examples/proteins.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/proteins}
mkdir -p "$work"

python3 -m zipfile -e "$data/netsurfp2_flip_splits.zip" "$work"
for part in train validation; do
  python3 "$here/proteins.py" fasta "$work/splits" $part > "$work/$part.conll"
done
python3 "$here/proteins.py" csv "$data/TS115_HHblits.csv" > "$work/ts115.conll"

cadena train tag "$work/train.conll" --dev "$work/validation.conll" -c "$here/settings/proteins.toml" \
  -o "$work/q3.cadena" --overwrite "$@"
cadena eval "$work/q3.cadena" "$work/ts115.conll"
