#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every cell on two tasks, networks of equal size, five seeds each: slots of flight queries (ATIS) and a slice of the Penn
# Treebank. ATIS holds atis-2.train.w-intent.iob and atis-2.dev.w-intent.iob, PTB ptb.train.txt.gz and ptb.valid.txt.gz.
# Half an hour a task on one core.
#
#   examples/cells.sh ATIS PTB [OPTIONS OF cadena compare]
set -euo pipefail
atis=$1 ptb=$2
shift 2
work=${WORK:-build/examples/cells}
mkdir -p "$work"

for part in train dev; do
  awk -f "$(dirname "$0")/slots.awk" "$atis/atis-2.$part.w-intent.iob" > "$work/$part.conll"
done
cadena compare tag "$work/train.conll" --dev "$work/dev.conll" --cells all --seeds 5 --set model.characters=none \
  --set model.output=softmax --set model.hidden=64 --set train.epochs=12 --set train.rate=0.005 \
  --figure "$work/slots.svg" --overwrite "$@"

gzip -dc "$ptb/ptb.train.txt.gz" | sed -n 1,4000p > "$work/train.txt"
gzip -dc "$ptb/ptb.valid.txt.gz" | sed -n 1,1000p > "$work/dev.txt"
cadena compare generate "$work/train.txt" --dev "$work/dev.txt" --cells all --seeds 5 --set data.unit=word \
  --set data.min_count=2 --set model.hidden=64 --set model.size=64 --set data.lanes=32 --set data.steps=20 \
  --set train.epochs=6 --set train.rate=0.005 --figure "$work/words.svg" --overwrite "$@"
