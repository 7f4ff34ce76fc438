// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cadena/cells/cell.h"

namespace cadena::kernels {

/// The states of consecutive rows. State 0, the output h, has a matrix of its own, which may be
/// part of a wider one; the states after it (c of an LSTM) stand side by side in another.
template <class Float>
struct States {
  Float* h = nullptr;
  int64_t h_stride = 0;
  Float* rest = nullptr;
  int64_t rest_stride = 0;

  States row(int64_t i) const {
    return {h + i * h_stride, h_stride, rest + i * rest_stride, rest_stride};
  }
  operator States<const Float>() const { return {h, h_stride, rest, rest_stride}; }
};

/// One time step of a cell for `rows` sequences of `hidden` units. Gates and saved values of a row
/// stand side by side, `hidden` floats each.
struct CellKernel {
  CellSpec spec;
  /// From x, u [rows, gates·hidden] and the states s to the states `next`; `save` [rows,
  /// saved·hidden] may be null when no gradient will be asked for.
  void (*forward)(int64_t rows, int64_t hidden, const float* x, const float* u,
                  States<const float> s, States<float> next, float* save);
  /// From the gradients `dnext` to dx, du [rows, gates·hidden] and ds, the part that does not go
  /// through u.
  void (*backward)(int64_t rows, int64_t hidden, States<const float> dnext, States<const float> s,
                   const float* save, float* dx, float* du, States<float> ds);
};

/// Every cell, in the order of cells/all.inl.
std::span<const CellKernel> cell_kernels();

/// Null if there is none of that name.
const CellKernel* find_cell(std::string_view name);

}  // namespace cadena::kernels
