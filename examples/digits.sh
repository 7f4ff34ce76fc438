#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Handwritten digits (MNIST), read row by row. DIRECTORY holds train-images-idx3-ubyte.gz and
# train-labels-idx1-ubyte.gz; every tenth image of each digit is held out. t10k-*, if there, measure the network.
#
#   examples/digits.sh DIRECTORY [OPTIONS OF cadena train]
set -euo pipefail
data=$1
shift
work=${WORK:-build/examples/digits}
mkdir -p "$work"

cadena train classify "$data/train-images-idx3-ubyte.gz" -o "$work/digits.cadena" --overwrite "$@"
test=$data/t10k-images-idx3-ubyte.gz
if [ -e "$test" ]; then cadena eval "$work/digits.cadena" "$test"; fi
