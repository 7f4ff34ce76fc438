#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What fastText (Debian package fasttext) reaches on the lines that a classifier learnt from: precision at 1 of its default
# options, and of the word pairs that its manual advises.
#
#   bench/fasttext.sh TRAIN DEV     a label, a blank or a tab and a text a line
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

labelled() { sed -E 's/^([^ \t]+)[ \t]/__label__\1 /' "$1"; }
labelled "$1" | shuf --random-source=<(yes) > "$work/train"  # it learns in the order of the lines
labelled "$2" > "$work/dev"
for options in "" "-wordNgrams 2 -lr 0.5 -epoch 25" "-wordNgrams 3 -lr 0.25 -epoch 25"; do
  fasttext supervised -input "$work/train" -output "$work/model" -thread 1 $options > "$work/log" 2>&1
  printf '%-34s %s\n' "${options:-default}" "$(fasttext test "$work/model.bin" "$work/dev" | grep P@1)"
done
