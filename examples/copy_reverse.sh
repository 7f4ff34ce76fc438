#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Twenty random letters said again, in order and backwards: what a network without attention has to carry in one vector.
# PAIRS are made to learn from, 10000 or as many as are asked for; of 2000 more it says how many come back without a fault.
# Without attention: examples/copy_reverse.sh 10000 --set model.attention=none
#
#   examples/copy_reverse.sh PAIRS [OPTIONS OF cadena train]
set -euo pipefail
pairs=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/copy_reverse}
mkdir -p "$work"

for task in copy reverse; do
  python3 "$here/copy_reverse.py" $task "$pairs" 1 > "$work/$task-train.tsv"
  python3 "$here/copy_reverse.py" $task 500 2 > "$work/$task-dev.tsv"
  python3 "$here/copy_reverse.py" $task 2000 3 > "$work/$task-test.tsv"
  cadena train translate "$work/$task-train.tsv" --dev "$work/$task-dev.tsv" -c "$here/settings/copy_reverse.toml" \
    -o "$work/$task.cadena" --overwrite "$@"
  cut -f1 "$work/$task-test.tsv" | cadena predict "$work/$task.cadena" > "$work/$task.txt"
  cut -f2 "$work/$task-test.tsv" | paste - "$work/$task.txt" |
    awk -F'\t' -v task=$task '$1 == $2 { right++ } END { printf "%s: %d of %d exact\n", task, right, NR }'
done
