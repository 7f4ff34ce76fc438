// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrent.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/recurrent.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

// Cells are compiled here, inside the namespace of the target, so that they use its instructions.
#include "cadena/cells/all.inl"

template <int n>
HWY_INLINE Pack<Lanes, n> load_pack(const float* p, int64_t hidden, int64_t j) {
  Pack<Lanes, n> out;
  for (int k = 0; k < n; ++k) out[k] = load(p + k * hidden + j, hidden - j);
  return out;
}

template <int n>
HWY_INLINE void store_pack(const Pack<Lanes, n>& v, float* p, int64_t hidden, int64_t j) {
  for (int k = 0; k < n; ++k) store(v[k], p + k * hidden + j, hidden - j);
}

template <int n>
HWY_INLINE Pack<Lanes, n> load_states(States<const float> s, int64_t hidden, int64_t j) {
  Pack<Lanes, n> out;
  out[0] = load(s.h + j, hidden - j);
  for (int k = 1; k < n; ++k) out[k] = load(s.rest + (k - 1) * hidden + j, hidden - j);
  return out;
}

template <int n>
HWY_INLINE void store_states(const Pack<Lanes, n>& v, States<float> s, int64_t hidden, int64_t j) {
  store(v[0], s.h + j, hidden - j);
  for (int k = 1; k < n; ++k) store(v[k], s.rest + (k - 1) * hidden + j, hidden - j);
}

template <class Cell>
void forward(int64_t rows, int64_t hidden, const float* x, const float* u, States<const float> s,
             States<float> next, float* save) {
  constexpr CellSpec c = Cell::spec;
  for (int64_t b = 0; b < rows; ++b)
    for (int64_t j = 0; j < hidden; j += lanes) {
      Pack<Lanes, c.states> out;
      Pack<Lanes, c.saved> kept;
      Cell::template forward<Lanes>(load_pack<c.gates>(x + b * c.gates * hidden, hidden, j),
                                    load_pack<c.gates>(u + b * c.gates * hidden, hidden, j),
                                    load_states<c.states>(s.row(b), hidden, j), out, kept);
      store_states<c.states>(out, next.row(b), hidden, j);
      if (save) store_pack<c.saved>(kept, save + b * c.saved * hidden, hidden, j);
    }
}

template <class Cell>
void backward(int64_t rows, int64_t hidden, States<const float> dnext, States<const float> s,
              const float* save, float* dx, float* du, States<float> ds) {
  constexpr CellSpec c = Cell::spec;
  for (int64_t b = 0; b < rows; ++b)
    for (int64_t j = 0; j < hidden; j += lanes) {
      Pack<Lanes, c.gates> gx, gu;
      Pack<Lanes, c.states> gs;
      Cell::template backward<Lanes>(load_states<c.states>(dnext.row(b), hidden, j),
                                     load_states<c.states>(s.row(b), hidden, j),
                                     load_pack<c.saved>(save + b * c.saved * hidden, hidden, j), gx,
                                     gu, gs);
      store_pack<c.gates>(gx, dx + b * c.gates * hidden, hidden, j);
      store_pack<c.gates>(gu, du + b * c.gates * hidden, hidden, j);
      store_states<c.states>(gs, ds.row(b), hidden, j);
    }
}

// Functions with names that HWY_EXPORT can paste.
#define CADENA_CELL_FUNCTIONS(Cell)                                                   \
  void Cell##Forward(int64_t rows, int64_t hidden, const float* x, const float* u,    \
                     States<const float> s, States<float> next, float* save) {        \
    forward<Cell>(rows, hidden, x, u, s, next, save);                                 \
  }                                                                                   \
  void Cell##Backward(int64_t rows, int64_t hidden, States<const float> dnext,        \
                      States<const float> s, const float* save, float* dx, float* du, \
                      States<float> ds) {                                             \
    backward<Cell>(rows, hidden, dnext, s, save, dx, du, ds);                         \
  }
CADENA_CELLS(CADENA_CELL_FUNCTIONS)
#undef CADENA_CELL_FUNCTIONS

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

#define CADENA_CELL_EXPORT(Cell) \
  HWY_EXPORT(Cell##Forward);     \
  HWY_EXPORT(Cell##Backward);
CADENA_CELLS(CADENA_CELL_EXPORT)
#undef CADENA_CELL_EXPORT

std::span<const CellKernel> cell_kernels() {
  static const CellKernel table[] = {
#define CADENA_CELL_ROW(Cell)                                                              \
  {HWY_NAMESPACE::Cell::spec,                                                              \
   [](int64_t rows, int64_t hidden, const float* x, const float* u, States<const float> s, \
      States<float> next, float* save) {                                                   \
     HWY_DYNAMIC_DISPATCH(Cell##Forward)(rows, hidden, x, u, s, next, save);               \
   },                                                                                      \
   [](int64_t rows, int64_t hidden, States<const float> dnext, States<const float> s,      \
      const float* save, float* dx, float* du, States<float> ds) {                         \
     HWY_DYNAMIC_DISPATCH(Cell##Backward)(rows, hidden, dnext, s, save, dx, du, ds);       \
   }},
      CADENA_CELLS(CADENA_CELL_ROW)
#undef CADENA_CELL_ROW
  };
  return table;
}

const CellKernel* find_cell(std::string_view name) {
  for (const CellKernel& kernel : cell_kernels())
    if (name == kernel.spec.name) return &kernel;
  return nullptr;
}

}  // namespace cadena::kernels
#endif
