#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Made-up pictures of shapes and what is to be seen in them, in Spanish. The lists to choose by and to measure with have
# shapes of colours in places that the pictures to learn from do not show together. SCENES are made to learn from, 8000
# or as many as are asked for.
#
#   examples/scenes.sh SCENES [OPTIONS OF cadena train]
set -euo pipefail
scenes=$1
shift
work=${WORK:-build/examples/scenes}

cadena data scenes "$work" --train "$scenes" --overwrite
cadena train describe "$work/train.tsv" --dev "$work/dev.tsv" -o "$work/scenes.cadena" --overwrite "$@"
cadena eval "$work/scenes.cadena" "$work/test.tsv"
cut -f1 "$work/test.tsv" | uniq | sed -n 1,3p > "$work/three.txt"
cadena predict "$work/scenes.cadena" "$work/three.txt"
