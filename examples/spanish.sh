#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# English into Spanish (Tatoeba; pairs of manythings.org/anki). DIRECTORY holds spa-eng.zip. A twentieth of the English
# sentences measures, with all their translations as references; of the rest cadena holds out another twentieth, which
# chooses the epoch.
#
#   examples/spanish.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/spanish}
mkdir -p "$work"

python3 "$here/spanish.py" "$data/spa-eng.zip" "$work"
cadena train translate "$work/train.tsv" -c "$here/settings/spanish.toml" -o "$work/spanish.cadena" --overwrite "$@"
cadena eval "$work/spanish.cadena" "$work/test.tsv"
echo 'Where did you buy these shoes?' | cadena predict "$work/spanish.cadena" --output text
