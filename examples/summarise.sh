#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Subjects of e-mails (AESLC; Zhang and Tetreault, 2019). DIRECTORY holds enron_subject_line.tar.xz; learns from its
# training part and is measured on its dev part.
#
#   examples/summarise.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/summarise}
mkdir -p "$work"

for part in train dev; do
  python3 "$here/summarise.py" "$data/enron_subject_line.tar.xz" $part > "$work/$part.tsv"
done

cadena train translate "$work/train.tsv" --dev "$work/dev.tsv" -c "$here/settings/summarise.toml" \
  -o "$work/subjects.cadena" --overwrite "$@"
cadena eval "$work/subjects.cadena" "$work/dev.tsv"
