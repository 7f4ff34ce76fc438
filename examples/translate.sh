#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# German into English (Multi30k: descriptions of photographs). DIRECTORY holds train.lc.norm.tok.de, .en and
# val.lc.norm.tok.de, .en. Without attention: examples/translate.sh DIRECTORY --set model.attention=none
#
#   examples/translate.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1 here=$(dirname "$0")
shift
work=${WORK:-build/examples/translate}
mkdir -p "$work"

pairs() { echo "$data/$1.lc.norm.tok.de,$data/$1.lc.norm.tok.en"; }

cadena train translate "$(pairs train)" --dev "$(pairs val)" -c "$here/settings/multi30k.toml" \
  -o "$work/german.cadena" --overwrite "$@"
cadena eval "$work/german.cadena" "$(pairs val)"
echo 'ein hund rennt durch den schnee .' | cadena predict "$work/german.cadena" --output text
