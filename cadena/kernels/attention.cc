// SPDX-License-Identifier: MIT
#include "cadena/kernels/attention.h"

#include <algorithm>
#include <vector>

#include "cadena/base/buffer.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/pointwise.h"
#include "cadena/kernels/rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/attention.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/tile-inl.h"

namespace cadena::kernels {
#ifndef CADENA_KERNELS_ATTENTION_TYPES
#define CADENA_KERNELS_ATTENTION_TYPES
// Rows of a matrix that stand anywhere.
template <class Float>
struct RowSet {
  std::vector<Float*> rows;

  RowSet(Float* matrix, int64_t columns, std::span<const int64_t> which) {
    for (const int64_t row : which) rows.push_back(matrix + row * columns);
  }
  int64_t size() const { return std::ssize(rows); }
  Float* operator[](int64_t i) const { return rows[static_cast<size_t>(i)]; }
  Float* const* from(int64_t i) const { return rows.data() + i; }
};
using In = RowSet<const float>;
using Out = RowSet<float>;

// A matrix [queries, keys] or its transpose.
struct Coefficients {
  const float* data;
  int64_t row, column;
};
#endif
}  // namespace cadena::kernels

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

// A tile has eight sums: enough to hide the time of an addition, and registers for them everywhere.
constexpr int tile_height = 4, tile_width = 2;

HWY_INLINE float sum_of(V v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }

struct ProductPiece {
  const float* const* a;
  const float* b[tile_width];
  int64_t size, columns;
  float* c;
  int64_t stride;
};

struct ProductTile {
  template <class Form, int rows>
  static HWY_NOINLINE void run(const ProductPiece& piece) {
    Lanes sum[rows][tile_width];
    for (auto& row : sum) std::fill_n(row, tile_width, Lanes(0.0f));
    for (int64_t k = 0; k < piece.size; k += lanes) {
      const int64_t left = piece.size - k;
      const Lanes b[tile_width] = {load(piece.b[0] + k, left), load(piece.b[1] + k, left)};
      HWY_UNROLL(4)
      for (int r = 0; r < rows; ++r) {
        const Lanes a = load(piece.a[r] + k, left);
        for (int j = 0; j < tile_width; ++j) sum[r][j] = fma(a, b[j], sum[r][j]);
      }
    }
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < piece.columns; ++j) piece.c[r * piece.stride + j] = sum_of(sum[r][j].v);
  }
};

// c [a, b]: the product of each row of a with each of b.
void Products(const In& a, const In& b, int64_t size, float* c) {
  for (int64_t j = 0; j < b.size(); j += tile_width)
    for (int64_t i = 0; i < a.size(); i += tile_height) {
      const int64_t rows = std::min<int64_t>(tile_height, a.size() - i),
                    columns = std::min<int64_t>(tile_width, b.size() - j);
      by_rows<ProductTile, Floats, tile_height>[static_cast<size_t>(rows - 1)](
          {.a = a.from(i),
           .b = {b[j], b[j + columns - 1]},
           .size = size,
           .columns = columns,
           .c = c + i * b.size() + j,
           .stride = b.size()});
    }
}

struct MixPiece {
  Coefficients c;
  const In& from;
  float* const* to;
  int64_t column, left;
};

struct MixTile {
  template <class Form, int rows>
  static HWY_NOINLINE void run(const MixPiece& piece) {
    const int64_t column = piece.column, left = piece.left;
    Lanes sum[rows][tile_width];
    for (int r = 0; r < rows; ++r) {
      sum[r][0] = load(piece.to[r] + column, left);
      sum[r][1] = left > lanes ? load(piece.to[r] + column + lanes, left - lanes) : Lanes(0.0f);
    }
    for (int64_t t = 0; t < piece.from.size(); ++t) {
      const float* const b = piece.from[t] + column;
      const Lanes b0 = load(b, left), b1 = left > lanes ? load(b + lanes, left - lanes) : b0;
      HWY_UNROLL(4)
      for (int r = 0; r < rows; ++r) {
        const Lanes a(piece.c.data[r * piece.c.row + t * piece.c.column]);
        sum[r][0] = fma(a, b0, sum[r][0]);
        sum[r][1] = fma(a, b1, sum[r][1]);
      }
    }
    for (int r = 0; r < rows; ++r) {
      store(sum[r][0], piece.to[r] + column, left);
      if (left > lanes) store(sum[r][1], piece.to[r] + column + lanes, left - lanes);
    }
  }
};

// to[i] += sum over t of c(i, t) · from[t]
void AddMix(Coefficients c, const In& from, int64_t size, const Out& to) {
  for (int64_t j = 0; j < size; j += tile_width * lanes)
    for (int64_t i = 0; i < to.size(); i += tile_height)
      by_rows<MixTile, Floats, tile_height>[static_cast<size_t>(
          std::min<int64_t>(tile_height, to.size() - i) - 1)](
          {{c.data + i * c.row, c.row, c.column}, from, to.from(i), j, size - j});
}

// c [queries, keys] = v · tanh(q + k)
void AdditiveScores(const In& queries, const In& keys, int64_t size, const float* v, float* c) {
  for (int64_t i = 0; i < queries.size(); ++i)
    for (int64_t t = 0; t < keys.size(); ++t) {
      Lanes sum(0.0f);
      for (int64_t k = 0; k < size; k += lanes) {
        const int64_t left = size - k;
        sum =
            fma(load(v + k, left), tanh(load(queries[i] + k, left) + load(keys[t] + k, left)), sum);
      }
      *c++ = sum_of(sum.v);
    }
}

// Adds to the gradients of queries, keys (none if not wanted) and v what those of the scores
// [queries, keys] make them.
void AdditiveBackward(const In& queries, const In& keys, int64_t size, const float* v,
                      const float* dscores, const Out& dqueries, const Out& dkeys, float* dv) {
  for (int64_t k = 0; k < size; k += lanes) {
    const int64_t left = size - k;
    const Lanes direction = load(v + k, left), one(1.0f);
    Lanes sum = load(dv + k, left);
    for (int64_t t = 0; t < keys.size(); ++t) {
      const Lanes key = load(keys[t] + k, left);
      Lanes dkey(0.0f);
      for (int64_t i = 0; i < queries.size(); ++i) {
        const Lanes a = tanh(load(queries[i] + k, left) + key), ds(dscores[i * keys.size() + t]);
        const Lanes slope = ds * direction * (one - a * a);
        sum = fma(ds, a, sum);
        dkey = dkey + slope;
        if (dqueries.size() > 0) store(load(dqueries[i] + k, left) + slope, dqueries[i] + k, left);
      }
      if (dkeys.size() > 0) store(load(dkeys[t] + k, left) + dkey, dkeys[t] + k, left);
    }
    store(sum, dv + k, left);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(Products);
HWY_EXPORT(AddMix);
HWY_EXPORT(AdditiveScores);
HWY_EXPORT(AdditiveBackward);

namespace {

// What a group works on.
struct Group {
  std::span<const int64_t> query_rows, key_rows;
  In queries, keys, values;

  Group(const Attention& a, const AttentionRows& rows, int64_t g)
      : query_rows(a.queries.of(g)),
        key_rows(a.keys.of(g)),
        queries(rows.queries, a.size, query_rows),
        keys(rows.keys, a.size, key_rows),
        values(rows.values, a.value_size, key_rows) {}
  int64_t pairs() const { return queries.size() * keys.size(); }
};

Out wanted(float* gradient, int64_t columns, std::span<const int64_t> rows) {
  return {gradient, columns, gradient ? rows : std::span<const int64_t>()};
}

// Gradients d of the weights w [queries, keys] become those of the scores.
void softmax_backward(int64_t queries, int64_t keys, const float* w, float* d) {
  for (int64_t i = 0; i < queries; ++i, w += keys, d += keys) {
    double mean = 0;
    for (int64_t t = 0; t < keys; ++t) mean += double{w[t]} * d[t];
    for (int64_t t = 0; t < keys; ++t) d[t] = w[t] * static_cast<float>(d[t] - mean);
  }
}

// The weights of a group, side by side.
Buffer gather(const Group& group, const Attention& a, const float* weights) {
  Buffer all(group.pairs());
  float* to = all.data();
  for (const int64_t row : group.query_rows)
    to = std::copy_n(weights + a.weights[static_cast<size_t>(row)], group.keys.size(), to);
  return all;
}

// `dv` [H]: where the group adds to the gradient of the direction.
void backward(const Group& group, const Attention& a, const float* weights,
              const AttentionGradients& gradients, float* dv) {
  const int64_t m = group.queries.size(), n = group.keys.size();
  const Buffer d(m * n), w = gather(group, a, weights);
  if (gradients.context) {
    const In dcontext(gradients.context, a.value_size, group.query_rows);
    HWY_DYNAMIC_DISPATCH(Products)(dcontext, group.values, a.value_size, d.data());
    HWY_DYNAMIC_DISPATCH(AddMix)
    ({w.data(), 1, n}, dcontext, a.value_size,
     wanted(gradients.values, a.value_size, group.key_rows));
  } else {
    std::fill_n(d.data(), m * n, 0.0f);
  }
  if (gradients.weights) add_scaled(m * n, 1, gather(group, a, gradients.weights).data(), d.data());
  softmax_backward(m, n, w.data(), d.data());
  const Out dqueries = wanted(gradients.queries, a.size, group.query_rows),
            dkeys = wanted(gradients.keys, a.size, group.key_rows);
  if (a.direction) {
    HWY_DYNAMIC_DISPATCH(AdditiveBackward)
    (group.queries, group.keys, a.size, a.direction, d.data(), dqueries, dkeys, dv);
  } else {
    HWY_DYNAMIC_DISPATCH(AddMix)({d.data(), n, 1}, group.keys, a.size, dqueries);
    HWY_DYNAMIC_DISPATCH(AddMix)({d.data(), 1, n}, group.queries, a.size, dkeys);
  }
}

}  // namespace

void attend(const Attention& a, const AttentionRows& rows, float* weights, float* context) {
  parallel_for(a.queries.groups(), [&](int64_t g) {
    const Group group(a, rows, g);
    const int64_t n = group.keys.size();
    const Out contexts(context, a.value_size, group.query_rows);
    for (float* row : contexts.rows) std::fill_n(row, a.value_size, 0.0f);
    if (group.pairs() == 0) return;
    const Buffer scores(group.pairs());
    if (a.direction) {
      HWY_DYNAMIC_DISPATCH(AdditiveScores)
      (group.queries, group.keys, a.size, a.direction, scores.data());
    } else {
      HWY_DYNAMIC_DISPATCH(Products)(group.queries, group.keys, a.size, scores.data());
    }
    float* score = scores.data();
    for (const int64_t row : group.query_rows) {
      softmax(n, score);
      std::copy_n(score, n, weights + a.weights[static_cast<size_t>(row)]);
      score += n;
    }
    HWY_DYNAMIC_DISPATCH(AddMix)({scores.data(), n, 1}, group.values, a.value_size, contexts);
  });
}

void attend_backward(const Attention& a, const AttentionRows& rows, const float* weights,
                     const AttentionGradients& gradients) {
  const int64_t groups = a.queries.groups();
  const Buffer sums(a.direction ? groups * a.size : 0);
  parallel_for(groups, [&](int64_t g) {
    float* const dv = sums.data() + g * a.size;
    if (a.direction) std::fill_n(dv, a.size, 0.0f);
    const Group group(a, rows, g);
    if (group.pairs() == 0) return;
    backward(group, a, weights, gradients, dv);
  });
  if (a.direction && gradients.direction)
    add_row_sum(groups, a.size, sums.data(), gradients.direction);
}

}  // namespace cadena::kernels
#endif
