#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The coldest temperature of each of the next seven days in Melbourne. FILE is daily-min-temperatures.csv: nine years are
# learnt, of which the last chooses the epoch, and the 52 weeks of the tenth measure.
#
#   examples/temperature.sh FILE [OPTIONS OF cadena train]
set -euo pipefail
file=$1
shift
work=${WORK:-build/examples/temperature}
mkdir -p "$work"

head -n -364 "$file" > "$work/train.csv"
cadena train forecast "$work/train.csv" --set data.horizon=7 --set data.windows=52 --set data.past=28 \
  -o "$work/temperature.cadena" --overwrite "$@"
cadena eval "$work/temperature.cadena" "$file"
cadena predict "$work/temperature.cadena" "$file"
