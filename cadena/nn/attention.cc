// SPDX-License-Identifier: MIT
#include "cadena/nn/attention.h"

#include <cmath>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/init.h"

namespace cadena {

Attention::Attention(std::string_view kind, int64_t queries, int64_t encoded, Rng& rng)
    : output_map_(encoded + queries, queries, rng) {
  if (kind == "dot") {
    if (queries != encoded)
      throw Error("attention: dot needs queries and encoder outputs of one size, not " +
                      std::to_string(queries) + " and " + std::to_string(encoded),
                  "general has a matrix between them");
    return;
  }
  if (kind != "general" && kind != "additive")
    throw Error("attention: there is no kind '" + std::string(kind) + "'",
                "kinds: dot, general, additive");
  key_map_ = glorot_parameter({queries, encoded}, rng);
  if (kind == "additive") {
    query_map_.emplace(queries, queries, rng);
    direction_ = uniform_parameter({queries}, 1 / std::sqrt(static_cast<float>(queries)), rng);
  }
}

AttentionMemory Attention::memory(const Tensor& encoded, const Layout& layout) const {
  if (!key_map_) return {layout, encoded, encoded};
  // A bias would move all scores of a query alike, or stands in the map of the queries.
  return {layout, linear(encoded, key_map_, Tensor(Shape{key_map_.rows()})), encoded};
}

Attended Attention::look(const Tensor& queries, const AttentionMemory& memory,
                         const Pairing& pairing) const {
  return direction_ ? additive_attention(queries, memory.keys, memory.values, direction_, pairing)
                    : attention(queries, memory.keys, memory.values, pairing);
}

Attention::Result Attention::operator()(const Tensor& queries, const AttentionMemory& memory,
                                        const Pairing& pairing) const {
  const Attended seen = look(query_map_ ? (*query_map_)(queries) : queries, memory, pairing);
  return {tanh(output_map_(concat(std::vector{seen.context, queries}))), seen.weights};
}

void Attention::visit(Visitor& v) {
  if (key_map_) v("keys.weight", key_map_);
  if (query_map_) v("queries", *query_map_);
  if (direction_) v("direction", direction_);
  v("output", output_map_);
}

}  // namespace cadena
