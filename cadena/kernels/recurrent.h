// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cadena/cells/cell.h"
#include "cadena/kernels/gemm.h"

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
/// stand side by side, `hidden` floats each. What a weight in bfloat16 multiplies is given as such,
/// with paired_size floats to a row.
struct ForwardStep {
  const PackedMatrix& weight;  // CellKernel::pack_forward
  const float* bias;           // [G·H], recurrent; null: zeros
  const float* own;            // [own·H], weights of the units by themselves
  int64_t hidden, rows;
  bool product;           // false: h is zero or not looked at, so there is nothing to multiply
  const float* x;         // [rows, G·H], input pre-activations
  States<const float> s;  // what enters
  States<float> next;
  float* save;                  // [rows, saved·H], or null when no gradient will be asked for
  const float* stay = nullptr;  // [rows, S·H], shares of states that stay as they were; null: zeros
  int64_t stay_stride = 0;
  const float* paired = nullptr;  // s.h in bfloat16 [rows, H], if the weight is so
  float* next_paired = nullptr;   // next.h likewise
};

/// The gradients of that step.
struct BackwardStep {
  const PackedMatrix& weight;  // [G·H, H], or [0, H]
  const float* own;            // [own·H]
  int64_t hidden, rows;
  const float* du_after;      // [rows, G·H], du (du_paired, if the weight is so) of the step after
                              // it; null if there is none
  States<const float> carry;  // the rest of the gradient that comes from there
  const float* dy;            // of h, from above; null: zeros
  int64_t dy_stride;
  States<const float> s;
  const float* save;
  float *dx, *du;    // [rows, G·H]; the same if x and u have one gradient
  float* dw;         // [rows, own·H], the gradient of `own` from each row; null: not wanted
  States<float> ds;  // the carry of the step before; may be `carry`
  const float* stay = nullptr;  // as forwards
  int64_t stay_stride = 0;
  float* du_paired = nullptr;  // du in bfloat16 [rows, G·H], if the weight is so
};

/// A cell on this processor. A step falls into tiles, some rows x some units, that do not depend on
/// each other: run() does those from `begin` to `end`.
struct CellKernel {
  CellSpec spec;
  /// The recurrent weights [G·H, H] in the order in which the forward step reads them; of a cell
  /// that has none an empty matrix in the same panels.
  PackedMatrix (*pack_forward)(int64_t hidden, const float* weight, Precision precision);
  int64_t (*forward_tiles)(int64_t hidden, int64_t rows);
  void (*forward)(const ForwardStep& step, int64_t begin, int64_t end);
  int64_t (*backward_tiles)(int64_t hidden, int64_t rows);
  void (*backward)(const BackwardStep& step, int64_t begin, int64_t end);
};

/// Every cell, in the order of cells/all.inl.
std::span<const CellKernel> cell_kernels();

/// Null if there is none of that name.
const CellKernel* find_cell(std::string_view name);

}  // namespace cadena::kernels
