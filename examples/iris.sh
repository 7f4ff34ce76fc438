#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Iris flowers: ten folds, each flower asked about once by a network that has not seen it. FILE is iris.csv as it is.
#
#   examples/iris.sh FILE [OPTIONS OF cadena train]
set -euo pipefail
file=$1
shift
work=${WORK:-build/examples/iris}
mkdir -p "$work"

: > "$work/answers"
for fold in 0 1 2 3 4 5 6 7 8 9; do
  awk -v fold=$fold 'NF && NR % 10 != fold' "$file" > "$work/train.csv"
  awk -v fold=$fold 'NF && NR % 10 == fold' "$file" > "$work/test.csv"
  cadena train classify "$work/train.csv" -o "$work/iris.cadena" --overwrite --quiet "$@"
  cadena predict "$work/iris.cadena" "$work/test.csv" | paste "$work/test.csv" - >> "$work/answers"
done
LC_ALL=C awk '{ n = split($1, field, ","); right += field[n] == $2 }
  END { printf "accuracy %.2f %% of %d flowers\n", 100 * right / NR, NR }' "$work/answers"
