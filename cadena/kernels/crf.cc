// SPDX-License-Identifier: MIT
#include "cadena/kernels/crf.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cadena/base/buffer.h"
#include "cadena/base/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cadena/kernels/crf.cc"
#include "hwy/foreach_target.h"

#include "cadena/kernels/lanes-inl.h"

namespace cadena::kernels {
#ifndef CADENA_KERNELS_CRF_TABLES
#define CADENA_KERNELS_CRF_TABLES
// The scores of a field with rows filled up to whole vectors by `forbidden`.
struct CrfTables {
  int64_t tags, width;
  Buffer forth, back;  // transitions [K, width] and their transpose
  Buffer start, end;   // [width]
};

// Gradients of the tables that one block of sequences adds to: transitions [K, width], start, end
// [width].
struct CrfSums {
  Buffer transitions, start, end;
};

// One sequence of a packed batch.
struct CrfSequence {
  int64_t number, length;
  const int64_t* offsets;
  const float* scores;
  int64_t row(int64_t t) const { return offsets[t] + number; }
};
#endif
}  // namespace cadena::kernels

HWY_BEFORE_NAMESPACE();
namespace cadena::kernels {
namespace HWY_NAMESPACE {

int64_t Width() { return lanes; }

// Row t of the scores, filled up by zeros: the tables forbid what lies beyond.
HWY_INLINE Lanes score(const CrfTables& f, const CrfSequence& s, int64_t t, int64_t j) {
  const int64_t left = f.tags - j;
  return left > 0 ? load(s.scores + s.row(t) * f.tags + j, left) : Lanes(0.0f);
}

// Takes the largest value away from all and returns it.
HWY_INLINE double take_maximum(int64_t width, float* values) {
  const float top = *std::max_element(values, values + width);
  for (int64_t j = 0; j < width; ++j) values[j] -= top;
  return top;
}

// to[j] = log sum over i of exp(from[i] + table[i][j])
HWY_INLINE void log_product(const CrfTables& f, const float* from, const float* table, float* to) {
  for (int64_t j = 0; j < f.width; j += lanes) {
    Lanes top(2 * forbidden), sum(0.0f);
    for (int64_t i = 0; i < f.tags; ++i)
      top = max(top, Lanes(from[i]) + load(table + i * f.width + j, lanes));
    for (int64_t i = 0; i < f.tags; ++i)
      sum = sum + exp(Lanes(from[i]) + load(table + i * f.width + j, lanes) - top);
    HWY_ALIGN float sums[lanes];
    store(sum, sums, lanes);
    for (float& value : sums) value = std::log(value);
    store(top + load(sums, lanes), to + j, lanes);
  }
}

HWY_INLINE void add_scores(const CrfTables& f, const CrfSequence& s, int64_t t, const float* from,
                           float* to) {
  for (int64_t j = 0; j < f.width; j += lanes)
    store(load(from + j, lanes) + score(f, s, t, j), to + j, lanes);
}

// alpha [length, width], each row relative to its largest value; `level` [length] sums those.
// Returns log Z.
double Forward(const CrfTables& f, const CrfSequence& s, float* alpha, double* level) {
  double sum = 0;
  for (int64_t t = 0; t < s.length; ++t) {
    float* row = alpha + t * f.width;
    if (t > 0) log_product(f, row - f.width, f.forth.data(), row);
    add_scores(f, s, t, t > 0 ? row : f.start.data(), row);
    level[t] = sum += take_maximum(f.width, row);
  }
  const float* last = alpha + (s.length - 1) * f.width;
  double top = last[0] + f.end[0], total = 0;
  for (int64_t j = 1; j < f.tags; ++j) top = std::max<double>(top, last[j] + f.end[j]);
  for (int64_t j = 0; j < f.tags; ++j) total += std::exp(last[j] + f.end[j] - top);
  return sum + top + std::log(total);
}

// Adds the probability of each tag at step t to dscores, and of each pair of tags into step t to
// the sums. `beta` is relative to its largest value, whose level is such that `shift` makes alpha +
// beta a logarithm of probability.
HWY_INLINE void add_marginals(const CrfTables& f, const float* alpha, const float* beta,
                              float shift, float* probability) {
  for (int64_t j = 0; j < f.width; j += lanes)
    store(exp(load(alpha + j, lanes) + load(beta + j, lanes) + Lanes(shift)), probability + j,
          lanes);
}

HWY_INLINE void add_pairs(const CrfTables& f, const float* before, const float* ahead, float shift,
                          float* transitions) {
  for (int64_t i = 0; i < f.tags; ++i)
    for (int64_t j = 0; j < f.width; j += lanes) {
      const int64_t at = i * f.width + j;
      const Lanes logarithm =
          Lanes(before[i] + shift) + load(f.forth.data() + at, lanes) + load(ahead + j, lanes);
      store(load(transitions + at, lanes) + exp(logarithm), transitions + at, lanes);
    }
}

// Expected counts under the model, added to the gradients.
void Backward(const CrfTables& f, const CrfSequence& s, const float* alpha, const double* level,
              double log_z, float* dscores, const CrfSums& sums) {
  const Buffer beta(f.width), ahead(f.width), probability(f.width);
  std::copy_n(f.end.data(), f.width, beta.data());
  double sum = take_maximum(f.width, beta.data());
  for (int64_t t = s.length - 1; t >= 0; --t) {
    add_marginals(f, alpha + t * f.width, beta.data(), static_cast<float>(level[t] + sum - log_z),
                  probability.data());
    for (int64_t j = 0; j < f.tags; ++j) dscores[s.row(t) * f.tags + j] += probability[j];
    if (t == s.length - 1)
      for (int64_t j = 0; j < f.tags; ++j) sums.end[j] += probability[j];
    if (t == 0) {
      for (int64_t j = 0; j < f.tags; ++j) sums.start[j] += probability[j];
      return;
    }
    add_scores(f, s, t, beta.data(), ahead.data());
    sum += take_maximum(f.width, ahead.data());
    add_pairs(f, alpha + (t - 1) * f.width, ahead.data(),
              static_cast<float>(level[t - 1] + sum - log_z), sums.transitions.data());
    log_product(f, ahead.data(), f.back.data(), beta.data());
    sum += take_maximum(f.width, beta.data());
  }
}

void Viterbi(const CrfTables& f, const CrfSequence& s, int32_t* tags) {
  const Buffer best(f.width), next(f.width), from(s.length * f.width);
  add_scores(f, s, 0, f.start.data(), best.data());
  for (int64_t t = 1; t < s.length; ++t) {
    for (int64_t j = 0; j < f.width; j += lanes) {
      V top = hn::Set(D(), 4 * forbidden), argument = hn::Zero(D());
      for (int64_t i = 0; i < f.tags; ++i) {
        const V value = (Lanes(best[i]) + load(f.forth.data() + i * f.width + j, lanes)).v;
        const auto better = hn::Gt(value, top);
        top = hn::IfThenElse(better, value, top);
        argument = hn::IfThenElse(better, hn::Set(D(), static_cast<float>(i)), argument);
      }
      store(top, next.data() + j, lanes);
      store(argument, from.data() + t * f.width + j, lanes);
    }
    add_scores(f, s, t, next.data(), best.data());
    take_maximum(f.width, best.data());
  }
  for (int64_t j = 0; j < f.tags; ++j) best[j] += f.end[j];
  auto tag =
      static_cast<int32_t>(std::max_element(best.data(), best.data() + f.tags) - best.data());
  for (int64_t t = s.length - 1; t >= 0; --t) {
    tags[s.row(t)] = tag;
    tag = static_cast<int32_t>(from[t * f.width + tag]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cadena::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cadena::kernels {

HWY_EXPORT(Width);
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);
HWY_EXPORT(Viterbi);

namespace {

constexpr int64_t sequences_at_once = 4;

Buffer zeros(int64_t size) {
  Buffer buffer(size);
  std::fill_n(buffer.data(), size, 0.0f);
  return buffer;
}

CrfTables tables(const Crf& crf) {
  const int64_t lanes = HWY_DYNAMIC_DISPATCH(Width)(), k = crf.tags,
                width = (k + lanes - 1) / lanes * lanes;
  CrfTables f{k, width, Buffer(k * width), Buffer(k * width), Buffer(width), Buffer(width)};
  const auto fill = [&](const float* from, int64_t stride, float* to) {
    for (int64_t j = 0; j < width; ++j) to[j] = j < k ? from[j * stride] : forbidden;
  };
  for (int64_t i = 0; i < k; ++i) {
    fill(crf.transitions + i * k, 1, f.forth.data() + i * width);
    fill(crf.transitions + i, k, f.back.data() + i * width);
  }
  fill(crf.start, 1, f.start.data());
  fill(crf.end, 1, f.end.data());
  return f;
}

CrfSequence sequence(const Crf& crf, int64_t b, const float* scores) {
  return {b, crf.lengths[static_cast<size_t>(b)], crf.offsets.data(), scores};
}

double path_score(const Crf& crf, const CrfSequence& s, const int32_t* tags) {
  double sum = crf.start[tags[s.row(0)]] + double{crf.end[tags[s.row(s.length - 1)]]};
  for (int64_t t = 0; t < s.length; ++t) {
    sum += s.scores[s.row(t) * crf.tags + tags[s.row(t)]];
    if (t > 0) sum += crf.transitions[tags[s.row(t - 1)] * crf.tags + tags[s.row(t)]];
  }
  return sum;
}

void subtract_path(const Crf& crf, const CrfSequence& s, const int32_t* tags,
                   const CrfGradients& g) {
  g.start[tags[s.row(0)]] -= 1;
  g.end[tags[s.row(s.length - 1)]] -= 1;
  for (int64_t t = 0; t < s.length; ++t) {
    g.scores[s.row(t) * crf.tags + tags[s.row(t)]] -= 1;
    if (t > 0) g.transitions[tags[s.row(t - 1)] * crf.tags + tags[s.row(t)]] -= 1;
  }
}

void add_sums(const CrfTables& f, const CrfSums& sums, const CrfGradients& g) {
  for (int64_t j = 0; j < f.tags; ++j) {
    g.start[j] += sums.start[j];
    g.end[j] += sums.end[j];
    for (int64_t i = 0; i < f.tags; ++i)
      g.transitions[i * f.tags + j] += sums.transitions[i * f.width + j];
  }
}

}  // namespace

double crf_loss(const Crf& crf, const float* scores, const int32_t* tags,
                const CrfGradients* gradients) {
  const CrfTables f = tables(crf);
  const int64_t count = std::ssize(crf.lengths),
                blocks = (count + sequences_at_once - 1) / sequences_at_once;
  std::vector<double> losses(static_cast<size_t>(count));
  std::vector<CrfSums> sums(static_cast<size_t>(blocks));
  parallel_for(blocks, [&](int64_t block) {
    CrfSums& own = sums[static_cast<size_t>(block)];
    if (gradients) own = {zeros(f.tags * f.width), zeros(f.width), zeros(f.width)};
    for (int64_t b = block * sequences_at_once;
         b < std::min(count, (block + 1) * sequences_at_once); ++b) {
      const CrfSequence s = sequence(crf, b, scores);
      if (s.length == 0) continue;
      const Buffer alpha(s.length * f.width);
      std::vector<double> level(static_cast<size_t>(s.length));
      const double log_z = HWY_DYNAMIC_DISPATCH(Forward)(f, s, alpha.data(), level.data());
      losses[static_cast<size_t>(b)] = log_z - path_score(crf, s, tags);
      if (gradients) HWY_DYNAMIC_DISPATCH(Backward)
      (f, s, alpha.data(), level.data(), log_z, gradients->scores, own);
    }
  });
  double loss = 0;
  for (double part : losses) loss += part;
  if (gradients) {
    for (const CrfSums& part : sums) add_sums(f, part, *gradients);
    for (int64_t b = 0; b < count; ++b)
      if (crf.lengths[static_cast<size_t>(b)] > 0)
        subtract_path(crf, sequence(crf, b, scores), tags, *gradients);
  }
  return loss;
}

void crf_decode(const Crf& crf, const float* scores, int32_t* tags) {
  const CrfTables f = tables(crf);
  parallel_blocks(std::ssize(crf.lengths), sequences_at_once, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      if (const CrfSequence s = sequence(crf, b, scores); s.length > 0)
        HWY_DYNAMIC_DISPATCH(Viterbi)(f, s, tags);
  });
}

}  // namespace cadena::kernels
#endif
