#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the program, trains a tagger on the bundled corpus, measures it on the held-out part and tags sentences whose
# names stand in neither. What it makes goes to build/; a second run replaces it.
set -euo pipefail
cd "$(dirname "$0")/.."
cadena=build/release/cadena model=build/demo/names.cadena corpus=data/ner-es

say() { printf '\n%s\n' "$*" >&2; }

tools/build.sh
mkdir -p build/demo

say "Learning the names in $corpus/train.conll ..."
"$cadena" train tag $corpus/train.conll --dev $corpus/dev.conll -o $model --overwrite

say "Score on $corpus/dev.conll, which chose the epoch but taught nothing; nine in ten of its names are new:"
"$cadena" eval $model $corpus/dev.conll

say "Sentences from elsewhere:"
"$cadena" predict $model --output text <<'TEXT'
La bióloga Inés Arrabal presentó en Lucena un estudio del Instituto Nacional de Aguas sobre el río Júcar.
El sábado, el Atlético Villena ganó por tres a uno al Deportivo Cumaná en el estadio de Las Vegas.
«Nadie esperaba tanta nieve», contó Eusebio Echenique, alcalde de Bariloche, a los periodistas de Radio Patagonia.
La película Los caminos de Osorno, de la directora Julia Sepúlveda, competirá en el Festival de Cine de Lerma.
Desde marzo, Fabiola y su hermano Aitor venden quesos de Idiazábal en el mercado de Pamplona.
TEXT

say "Done in $SECONDS s. Next, your own sentences, all settings, another network:
  echo 'Ana Torres vive en Segovia.' | $cadena predict $model
  $cadena config tag
  $cadena train tag $corpus/train.conll --set model.cell=gru -o build/demo/gru.cadena
docs/tasks/tag.md tells how to learn from data of your own."
