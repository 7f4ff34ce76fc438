// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// Which sequence of one packed batch (keys) each sequence of another (queries) looks at. Each
/// batch is in its own order, longest first, and several sequences may look at the same one: the
/// hypotheses of a beam do.
class Pairing {
 public:
  /// `key_of`: for each sequence of queries the number of its sequence of keys. Errors: there is
  /// no such sequence.
  Pairing(const Layout& queries, const Layout& keys, std::span<const int32_t> key_of);

  int64_t queries() const { return std::ssize(starts_) - 1; }    ///< rows
  int64_t keys() const { return std::ssize(key_groups_.rows); }  ///< rows

  /// One weight for each key of each query, without gaps: those of query row i are starts()[i] ...
  /// starts()[i + 1] - 1.
  std::span<const int64_t> starts() const { return starts_; }
  /// The rows of the keys that query row i looks at.
  std::span<const int64_t> keys_of(int64_t i) const;
  /// The weights of query row i, one for each of keys_of(i).
  std::span<const float> row(const Tensor& weights, int64_t i) const;

  /// Rows by sequence of keys: those of sequence b are rows[starts[b]] ... rows[starts[b + 1] - 1].
  struct Groups {
    std::vector<int64_t> rows, starts;
  };
  const Groups& query_groups() const { return query_groups_; }
  const Groups& key_groups() const { return key_groups_; }

 private:
  std::vector<int32_t> key_of_row_;
  std::vector<int64_t> starts_;
  Groups query_groups_, key_groups_;
};

/// What each query sees: the mean of the values of its pair, and the weights of that mean.
struct Attended {
  Tensor context;  // [Nq, D]; zeros where there are no keys
  Tensor weights;  // as Pairing::row reads them; each row sums to 1
};

/// Attention with the weights softmax(q · k) (Luong, Pham and Manning, 2015): queries [Nq, H], keys
/// [Nk, H], values [Nk, D], which may be the keys. Errors: shapes that do not agree, queries that
/// are keys or values as well.
Attended attention(const Tensor& queries, const Tensor& keys, const Tensor& values,
                   const Pairing& pairing);
/// With the weights softmax(v · tanh(q + k)), v [H] (Bahdanau, Cho and Bengio, 2015).
Attended additive_attention(const Tensor& queries, const Tensor& keys, const Tensor& values,
                            const Tensor& v, const Pairing& pairing);

}  // namespace cadena
