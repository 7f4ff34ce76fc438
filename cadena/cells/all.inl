// SPDX-License-Identifier: MIT
// Every cell. A new one is a file and a line here; drivers, names and tests follow from the list.
#include "cadena/cells/call.inl"

#include "cadena/cells/coupled.inl"
#include "cadena/cells/elman.inl"
#include "cadena/cells/gru.inl"
#include "cadena/cells/indrnn.inl"
#include "cadena/cells/lstm.inl"
#include "cadena/cells/lstm97.inl"
#include "cadena/cells/lstm_variants.inl"
#include "cadena/cells/mgu.inl"
#include "cadena/cells/mingru.inl"
#include "cadena/cells/minlstm.inl"
#include "cadena/cells/slstm.inl"
#include "cadena/cells/sru.inl"
#include "cadena/cells/ugrnn.inl"

// clang-format off
#define CADENA_CELLS(X)                                                \
  X(Elman) X(ElmanRelu)                                                \
  X(Lstm97) X(Lstm) X(CoupledLstm) X(Peephole)                         \
  X(LstmNig) X(LstmNfg) X(LstmNog) X(LstmNiaf) X(LstmNoaf) X(LstmCifg) \
  X(Gru) X(Mgu) X(Ugrnn)                                               \
  X(IndRnn) X(Sru) X(MinGru) X(MinLstm)                                \
  X(SLstm)
// clang-format on
