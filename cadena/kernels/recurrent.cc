// SPDX-License-Identifier: MIT
#include "cadena/kernels/recurrent.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/recurrent.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"

#include "cadena/kernels/bfloat16-inl.h"
#include "cadena/kernels/tile-inl.h"

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

// The processor cannot foresee which lines a tile will touch, as they lie a row apart: fetching
// them while the product runs hides their way from the memory.
template <int n>
HWY_INLINE void fetch(const float* p, int64_t hidden, int64_t j) {
  for (int k = 0; k < n; ++k) hwy::Prefetch(p + k * hidden + j);
}

// u [rows, vectors] = start + a · panel, of which a has `depth` columns. The start is one row for
// all (stride 0) or stands in u.
struct Product {
  int64_t depth;
  const float* a;
  int64_t a_stride;
  const float *panel, *scales, *start;
  int64_t start_stride;
  float* u;
};

template <int vectors>
struct ProductOf {
  template <class Form, int rows>
  static HWY_NOINLINE void run(const Product& p) {
    const D d;
    Tile<rows, vectors> tile;
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v)
      tile.sum[r][v] = hn::Load(d, p.start + r * p.start_stride + v * lanes);
    multiply<Form, vectors>(tile, p.depth, p.a, p.a_stride, 1, p.panel, p.scales);
    HWY_UNROLL(16)
    for (int r = 0; r < rows; ++r) HWY_UNROLL(8)
    for (int v = 0; v < vectors; ++v) hn::Store(tile.sum[r][v], d, p.u + (r * vectors + v) * lanes);
  }
};

// Tile number i of a step. Members of a team take neighbouring numbers. Tiles of a large matrix of
// weights are counted panel by panel, so that each member keeps its panels in its cache; those of a
// small one row by row, so that members do not write into the same cache lines.
struct Part {
  int64_t panel, row, rows;
};
template <int height>
int64_t tiles_down(int64_t rows) {
  return (rows + height - 1) / height;
}
// Of about the same number of rows: a thin tile waits for the weights.
template <int height>
HWY_INLINE Part part(int64_t i, int64_t rows, const PackedMatrix& weight) {
  constexpr int64_t small = 65536;  // floats: a quarter of an L2 cache
  const int64_t down = tiles_down<height>(rows), panels = weight.panels();
  const bool by_panel = weight.size() > small;
  const int64_t number = by_panel ? i % down : i / panels, row = number * rows / down;
  return {by_panel ? i / down : i % panels, row, (number + 1) * rows / down - row};
}

template <class Cell>
struct Kernel {
  static constexpr CellSpec c = Cell::spec;
  // Vectors of units in a tile; each has all its gates there.
  static constexpr int forward_units = c.gates == 1 ? 2 : 1;
  static constexpr int forward_vectors = forward_units * c.gates;
  static constexpr int forward_rows = tile_rows(forward_vectors);
  static constexpr int backward_units = registers == 32 ? 4 : 2;
  static constexpr int backward_rows = tile_rows(backward_units);

  static int64_t forward_tiles(int64_t hidden, int64_t rows) {
    constexpr int64_t units = forward_units * lanes;
    return (hidden + units - 1) / units * tiles_down<forward_rows>(rows);
  }
  static int64_t backward_tiles(int64_t hidden, int64_t rows) {
    constexpr int64_t units = backward_units * lanes;
    return (hidden + units - 1) / units * tiles_down<backward_rows>(rows);
  }

  template <class Float>
  static HWY_INLINE void fetch_states(States<Float> s, int64_t hidden, int64_t j) {
    hwy::Prefetch(s.h + j);
    fetch<c.states - 1>(s.rest, hidden, j);
  }

  HWY_FLATTEN static void forward(const ForwardStep& s, int64_t begin, int64_t end) {
    HWY_ALIGN float u[lanes * forward_vectors * forward_rows], bias[lanes * forward_vectors];
    const D d;
    for (int64_t i = begin; i < end; ++i) {
      const Part tile = part<forward_rows>(i, s.rows, s.weight);
      const int64_t first = tile.panel * forward_units * lanes;
      for (int k = 0; k < forward_vectors; ++k) {
        const int64_t j = first + k % forward_units * lanes;
        const int64_t left = s.bias ? std::max<int64_t>(0, s.hidden - j) : 0;
        hn::Store(left > 0 ? load(s.bias + k / forward_units * s.hidden + j, left).v : hn::Zero(d),
                  d, bias + k * lanes);
      }
      for (int64_t r = tile.row; r < tile.row + tile.rows; ++r)
        for (int v = 0; v < forward_units; ++v) {
          const int64_t j = first + v * lanes;
          fetch<c.gates>(s.x + r * c.gates * s.hidden, s.hidden, j);
          if (s.save) fetch<c.saved>(s.save + r * c.saved * s.hidden, s.hidden, j);
          fetch_states(s.s.row(r), s.hidden, j);
          fetch_states(s.next.row(r), s.hidden, j);
        }
      const Precision precision = s.weight.precision();
      const bool narrow = precision == Precision::bfloat16;
      const int64_t stride = narrow ? paired_size(s.hidden) : s.s.h_stride;
      tile_function<ProductOf<forward_vectors>, forward_rows>(precision, tile.rows)(
          {s.product ? s.weight.rows(s.hidden) : 0, (narrow ? s.paired : s.s.h) + tile.row * stride,
           stride, s.weight.panel(tile.panel), s.weight.scales(tile.panel), bias, 0, u});
      for (int64_t r = 0; r < tile.rows; ++r)
        for (int v = 0; v < forward_units; ++v) {
          const int64_t j = first + v * lanes;
          if (j < s.hidden) unit_forward(s, tile.row + r, j, u + (r * forward_vectors + v) * lanes);
        }
    }
  }

  static HWY_INLINE void unit_forward(const ForwardStep& s, int64_t row, int64_t j,
                                      const float* u) {
    Pack<Lanes, c.states> out;
    Pack<Lanes, c.saved> kept;
    const Pack<Lanes, c.states> before = load_states<c.states>(s.s.row(row), s.hidden, j);
    call_forward<Cell>(load_pack<c.gates>(s.x + row * c.gates * s.hidden, s.hidden, j),
                       load_pack<c.gates>(u, forward_units * lanes, 0), before,
                       load_pack<c.own>(s.own, s.hidden, j), out, kept);
    if (s.stay) {
      const auto stay = load_pack<c.states>(s.stay + row * s.stay_stride, s.hidden, j);
      for (int k = 0; k < c.states; ++k) out[k] = out[k] + stay[k] * (before[k] - out[k]);
    }
    store_states<c.states>(out, s.next.row(row), s.hidden, j);
    if (s.next_paired)
      store_bfloat16(out[0].v,
                     reinterpret_cast<uint16_t*>(s.next_paired + row * paired_size(s.hidden)) + j,
                     s.hidden - j);
    if (s.save) store_pack<c.saved>(kept, s.save + row * c.saved * s.hidden, s.hidden, j);
  }

  HWY_FLATTEN static void backward(const BackwardStep& s, int64_t begin, int64_t end) {
    HWY_ALIGN float dh[lanes * backward_units * backward_rows];
    const int64_t gates = c.gates * s.hidden;
    for (int64_t i = begin; i < end; ++i) {
      const Part tile = part<backward_rows>(i, s.rows, s.weight);
      for (int64_t r = tile.row; r < tile.row + tile.rows; ++r)
        for (int v = 0; v < backward_units; ++v) {
          const int64_t j = (tile.panel * backward_units + v) * lanes;
          fetch<c.saved>(s.save + r * c.saved * s.hidden, s.hidden, j);
          fetch<c.gates>(s.dx + r * c.gates * s.hidden, s.hidden, j);
          fetch_states(s.s.row(r), s.hidden, j);
          if (s.dy) hwy::Prefetch(s.dy + r * s.dy_stride + j);
          float* const start = dh + ((r - tile.row) * backward_units + v) * lanes;
          store(load(s.carry.row(r).h + j, std::max<int64_t>(0, s.hidden - j)), start, lanes);
        }
      const Precision precision = s.weight.precision();
      const int64_t stride = precision == Precision::bfloat16 ? paired_size(gates) : gates;
      tile_function<ProductOf<backward_units>, backward_rows>(
          precision, tile.rows)({s.du_after ? s.weight.rows(gates) : 0,
                                 s.du_after ? s.du_after + tile.row * stride : nullptr, stride,
                                 s.weight.panel(tile.panel), s.weight.scales(tile.panel), dh,
                                 backward_units * lanes, dh});
      for (int64_t r = 0; r < tile.rows; ++r)
        for (int v = 0; v < backward_units; ++v) {
          const int64_t j = (tile.panel * backward_units + v) * lanes;
          if (j < s.hidden)
            unit_backward(s, tile.row + r, j, dh + (r * backward_units + v) * lanes);
        }
    }
  }

  static HWY_INLINE void unit_backward(const BackwardStep& s, int64_t row, int64_t j,
                                       const float* dh) {
    Pack<Lanes, c.gates> gx, gu;
    Pack<Lanes, c.states> gs, dnext = load_states<c.states>(s.carry.row(row), s.hidden, j);
    dnext[0] = load(dh, lanes);
    if (s.dy) dnext[0] = dnext[0] + load(s.dy + row * s.dy_stride + j, s.hidden - j);
    Pack<Lanes, c.own> gw;
    Pack<Lanes, c.states> stayed;
    if (s.stay) {
      const auto stay = load_pack<c.states>(s.stay + row * s.stay_stride, s.hidden, j);
      for (int k = 0; k < c.states; ++k) {
        stayed[k] = dnext[k] * stay[k];
        dnext[k] = dnext[k] - stayed[k];
      }
    }
    call_backward<Cell>(dnext, load_states<c.states>(s.s.row(row), s.hidden, j),
                        load_pack<c.own>(s.own, s.hidden, j),
                        load_pack<c.saved>(s.save + row * c.saved * s.hidden, s.hidden, j), gx, gu,
                        gs, gw);
    if (s.stay)
      for (int k = 0; k < c.states; ++k) gs[k] = gs[k] + stayed[k];
    store_pack<c.gates>(gx, s.dx + row * c.gates * s.hidden, s.hidden, j);
    if constexpr (!c.summed) store_pack<c.gates>(gu, s.du + row * c.gates * s.hidden, s.hidden, j);
    if (s.du_paired) {
      auto* const to =
          reinterpret_cast<uint16_t*>(s.du_paired + row * paired_size(c.gates * s.hidden));
      for (int k = 0; k < c.gates; ++k)
        store_bfloat16(gu[k].v, to + k * s.hidden + j, s.hidden - j);
    }
    store_states<c.states>(gs, s.ds.row(row), s.hidden, j);
    if (s.dw) store_pack<c.own>(gw, s.dw + row * c.own * s.hidden, s.hidden, j);
  }
};

// Functions with names that HWY_EXPORT can paste.
#define CADENA_CELL_FUNCTIONS(Cell)                                           \
  int64_t Cell##ForwardTiles(int64_t hidden, int64_t rows) {                  \
    return Kernel<Cell>::forward_tiles(hidden, rows);                         \
  }                                                                           \
  void Cell##Forward(const ForwardStep& step, int64_t begin, int64_t end) {   \
    Kernel<Cell>::forward(step, begin, end);                                  \
  }                                                                           \
  int64_t Cell##BackwardTiles(int64_t hidden, int64_t rows) {                 \
    return Kernel<Cell>::backward_tiles(hidden, rows);                        \
  }                                                                           \
  void Cell##Backward(const BackwardStep& step, int64_t begin, int64_t end) { \
    Kernel<Cell>::backward(step, begin, end);                                 \
  }
CADENA_CELLS(CADENA_CELL_FUNCTIONS)
#undef CADENA_CELL_FUNCTIONS

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

#define CADENA_CELL_EXPORT(Cell)   \
  HWY_EXPORT(Cell##ForwardTiles);  \
  HWY_EXPORT(Cell##Forward);       \
  HWY_EXPORT(Cell##BackwardTiles); \
  HWY_EXPORT(Cell##Backward);
CADENA_CELLS(CADENA_CELL_EXPORT)
#undef CADENA_CELL_EXPORT

std::span<const CellKernel> cell_kernels() {
  static const CellKernel table[] = {
#define CADENA_CELL_ROW(Cell)                                                      \
  {HWY_NAMESPACE::Cell::spec,                                                      \
   [](int64_t hidden, const float* weight, Precision precision) {                  \
     constexpr CellSpec spec = HWY_NAMESPACE::Cell::spec;                          \
     return PackedMatrix::grouped(spec.recurrent ? hidden : 0, hidden, spec.gates, \
                                  transposed(weight, hidden),                      \
                                  spec.recurrent ? precision : Precision::single); \
   },                                                                              \
   [](int64_t hidden, int64_t rows) {                                              \
     return HWY_DYNAMIC_DISPATCH(Cell##ForwardTiles)(hidden, rows);                \
   },                                                                              \
   [](const ForwardStep& step, int64_t begin, int64_t end) {                       \
     HWY_DYNAMIC_DISPATCH(Cell##Forward)(step, begin, end);                        \
   },                                                                              \
   [](int64_t hidden, int64_t rows) {                                              \
     return HWY_DYNAMIC_DISPATCH(Cell##BackwardTiles)(hidden, rows);               \
   },                                                                              \
   [](const BackwardStep& step, int64_t begin, int64_t end) {                      \
     HWY_DYNAMIC_DISPATCH(Cell##Backward)(step, begin, end);                       \
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
