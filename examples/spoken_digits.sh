#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Spoken digits (Free Spoken Digit Dataset) from WAV files. DIRECTORY holds recordings.tar.xz; recordings 0 to 4 of each
# speaker and digit are the official test part. Chooses the epoch by recordings 5 to 9.
#
#   examples/spoken_digits.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/spoken_digits}
mkdir -p "$work"
tar -xJf "$data/recordings.tar.xz" -C "$work"

# "DIGIT_SPEAKER_NUMBER.wav": a digit, a tab and a path a line.
rm -f "$work"/{train,dev,test}.tsv
LC_ALL=C  # the order of the recordings, and so the network, is the same everywhere
for wave in "$work"/recordings/*.wav; do
  name=${wave##*/} number=${wave##*_}
  case ${number%.wav} in [0-4]) part='test' ;; [5-9]) part=dev ;; *) part=train ;; esac
  printf '%s\trecordings/%s\n' "${name%%_*}" "$name" >> "$work/$part.tsv"
done

cadena train classify "$work/train.tsv" --dev "$work/dev.tsv" -o "$work/digits.cadena" --overwrite "$@"
cadena eval "$work/digits.cadena" "$work/test.tsv"
