// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "cadena/autograd/attention.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// What attention looks at: a packed batch of keys with their values.
struct AttentionMemory {
  Layout layout;
  Tensor keys, values;  // [N, H], [N, D]
};

/// Attention over the outputs of an encoder, and what it makes of a query h with context c:
///   h~ = tanh(W · [c; h] + b)                (Luong, Pham and Manning, 2015)
/// A score is one of
///   dot       h · s
///   general   h · W s
///   additive  v · tanh(W h + U s + b)        (Bahdanau, Cho and Bengio, 2015)
class Attention {
 public:
  /// Queries of H columns, encoder outputs s of D. Errors: an unknown kind; with dot H is not D.
  Attention(std::string_view kind, int64_t queries, int64_t encoded, Rng& rng);

  /// Computes what is the same for all queries: encoded [N, D].
  AttentionMemory memory(const Tensor& encoded, const Layout& layout) const;

  /// What the queries see, those of additive attention mapped by query_map().
  Attended look(const Tensor& queries, const AttentionMemory& memory, const Pairing& pairing) const;

  struct Result {
    Tensor output;   // h~ [Nq, H]
    Tensor weights;  // as Pairing::row reads them
  };
  Result operator()(const Tensor& queries, const AttentionMemory& memory,
                    const Pairing& pairing) const;

  const std::optional<Linear>& query_map() const { return query_map_; }
  const Linear& output_map() const { return output_map_; }

  void visit(Visitor& v);

 private:
  Tensor key_map_;                   // W or U [H, D]; none with dot
  std::optional<Linear> query_map_;  // W and b, additive
  Tensor direction_;                 // v [H], additive
  Linear output_map_;                // W and b of h~
};

}  // namespace cadena
