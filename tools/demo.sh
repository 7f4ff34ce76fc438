#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Trains a tagger on the bundled corpus, measures it on the held-out part and tags sentences that neither has.
set -euo pipefail
cd "$(dirname "$0")/.."
cadena=build/release/cadena model=build/demo/names.cadena
mkdir -p build/demo

say() { printf '\n%s\n' "$*" >&2; }

say "Learning named entities from data/ner-es/train.conll ..."
"$cadena" train tag data/ner-es/train.conll --dev data/ner-es/dev.conll -o "$model" --overwrite

say "The held-out part, whose names are mostly new to the model:"
"$cadena" eval "$model" data/ner-es/dev.conll

say "Fresh sentences:"
"$cadena" predict "$model" --output text <<'TEXT'
La bióloga Inés Arrabal presentó en Cuenca un estudio del Instituto Nacional de Aguas sobre el río Júcar.
El sábado, el Atlético Burela ganó por tres a uno al Deportivo Maracay en el estadio de Las Vegas.
«Nadie esperaba tanta nieve», contó Ramiro Echenique, alcalde de Bariloche, a los periodistas de Radio Patagonia.
La película Los caminos de Olmedo, de la directora Julia Sotomayor, competirá en el Festival de Cine de Valdivia.
Desde marzo, Teresa y su hermano Óscar venden quesos de Idiazábal en el mercado de Pamplona.
TEXT

say "Try your own:  echo 'Ana Torres vive en Segovia.' | $cadena predict $model"
