#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Spanish names for pictures of emoji (Twemoji, CC BY 4.0; names of the Unicode CLDR). DIRECTORY holds
# emoji-datasource-twitter-16.0.0.tgz and emojibase-data-17.0.0.tgz, which are got there by
#
#   npm pack emoji-datasource-twitter@16.0.0 emojibase-data@17.0.0
#
# A tenth of the emoji chooses the epoch, another measures.
#
#   examples/emoji.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/emoji}
mkdir -p "$work"

python3 "$here/emoji.py" "$data" "$work"
cadena train describe "$work/train.tsv" --dev "$work/dev.tsv" -o "$work/emoji.cadena" --overwrite "$@"
cadena eval "$work/emoji.cadena" "$work/test.tsv"
