// SPDX-License-Identifier: MIT
// Every cell. A new one is a file and a line here; drivers, names and tests follow from the list.
#include "cadena/cells/elman.inl"
#include "cadena/cells/gru.inl"
#include "cadena/cells/lstm.inl"

#define CADENA_CELLS(X) X(Elman) X(ElmanRelu) X(Lstm) X(Gru)
