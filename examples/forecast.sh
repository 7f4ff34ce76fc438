#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The hourly and weekly series of the M4 competition. DIRECTORY holds Hourly-train.csv.gz, Hourly-test.csv,
# Weekly-train.csv.gz and Weekly-test.csv; the last values of the training files choose the epoch, the test files measure.
#
#   examples/forecast.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/forecast}
mkdir -p "$work"

# TRAIN without the empty fields at the ends of its lines, each followed by the values of the same series in TEST.
join_test() {
  gzip -dc "$1" | awk -F, '{ id = $1; sub(/\r$/, "") } NR == FNR { sub(/^[^,]*/, ""); later[id] = $0; next }
    { sub(/,+$/, ""); print FNR == 1 ? $0 : $0 later[id] }' "$2" -
}
for group in Hourly Weekly; do
  options=(--set data.period=24 --set data.horizon=48)
  if [ $group = Weekly ]; then options=(--set data.period=1 --set data.horizon=13); fi
  join_test "$data/$group-train.csv.gz" "$data/$group-test.csv" > "$work/$group.csv"
  cadena train forecast "$data/$group-train.csv.gz" "${options[@]}" -o "$work/$group.cadena" --overwrite "$@"
  cadena eval "$work/$group.cadena" "$work/$group.csv"
done
cadena predict "$work/Hourly.cadena" "$data/Hourly-train.csv.gz" > "$work/answers.csv"
