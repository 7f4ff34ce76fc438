#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whole programs beside each other: an epoch of cadena and of the same model in PyTorch (package python3-torch), in turn,
# on 2 threads; tokens per second of training, without evaluation.
#
#   bench/programs.sh TRAIN.conll DEV.conll PTB.txt
#
# CADENA, PYTHON and THREADS name another program, another interpreter and another number of threads.
set -euo pipefail
[ $# = 3 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(dirname "$0") train=$1 dev=$2 text=$3
cadena=${CADENA:-$here/../build/release/cadena} python=${PYTHON:-/usr/bin/python3} threads=${THREADS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import torch' 2>/dev/null || { echo "bench/programs.sh: $python has no PyTorch" >&2; exit 2; }
# Two pools of threads fight for the processors unless PyTorch and its BLAS share OpenMP's.
for folder in /usr/lib/*/openblas-openmp; do
  if [ -d "$folder" ]; then export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; fi
done
export OMP_NUM_THREADS=$threads

# TASK TRAIN [OPTIONS]: tokens per second.
with_cadena() {
  "$cadena" train "$@" --set train.epochs=1 -o "$work/model.cadena" --overwrite -j "$threads" --quiet --json |
    sed -n 's/.*"tokens_per_second": \([0-9]*\).*/\1/p'
}
# PROGRAM [OPTIONS]: the same.
with_torch() {
  local program=$here/programs/$1
  shift
  "$python" "$program" "$@" --threads "$threads" | sed -nE 's,.* ([0-9]+) (tokens|words)/s$,\1,p'
}
# NAME CADENA PYTORCH
compare() {
  awk -v what="$1" -v ours="$2" -v theirs="$3" \
    'BEGIN { printf "%-15s %8d %8d %7.2f\n", what, ours, theirs, ours / theirs }'
}

printf '%-15s %8s %8s %7s\n' "tokens/s" cadena PyTorch ratio
compare "tagger" "$(with_cadena tag "$train" --dev "$dev")" "$(with_torch torch_tagger.py "$train" "$dev")"
compare "language model" \
  "$(with_cadena generate "$text" -c "$here/../examples/settings/ptb-zaremba-small.toml" --set data.steps=35)" \
  "$(with_torch torch_language_model.py "$text" --steps 35)"
