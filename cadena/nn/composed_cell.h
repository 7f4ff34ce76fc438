// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/nn/init.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// A recurrent cell that is written with operations on tensors: for equations in which units of one
/// step depend on each other (a product with a gated state, norms over units, projections, a matrix
/// as memory). Slower than the cells of cells/all.inl, which are one unit's equation each.
class ComposedCell {
 public:
  virtual ~ComposedCell() = default;

  /// The states' columns; the first one is the output.
  struct StateOf {
    std::string name;
    int64_t columns;
    bool may_stay = true;  // a part of it alone, as by zoneout
  };
  virtual std::vector<StateOf> states() const = 0;
  virtual std::vector<std::string> gate_names() const = 0;

  /// What does not depend on states, for all rows at once: x [N, D] -> [N, columns of its choice].
  /// `below` [N, H] is state 1 of the layer below at the same steps; none in the first layer, and
  /// given only if wants_below().
  virtual Tensor project(const Tensor& x, const Tensor& below) const = 0;
  virtual bool wants_below() const { return false; }

  /// One step of `width` sequences: rows of project(), states as they were -> as they are, and the
  /// gates.
  struct Step {
    std::vector<Tensor> states, gates;
  };
  virtual Step step(const Tensor& projected, std::span<const Tensor> states) const = 0;

  /// Names and shapes end in `suffix`: "_l0", "_l0_reverse".
  virtual void visit(Visitor& v, const std::string& suffix) = 0;

  /// Where memory is decided on: biases, 0 when the cell is made.
  virtual MemoryBiases memory_biases() const { return {}; }

  /// Another cell of the same weights.
  virtual std::shared_ptr<ComposedCell> copy() const = 0;
  /// The weights on what all units did a step before; the first ones are those on h.
  virtual std::vector<Tensor*> recurrent_weights() { return {}; }
};

/// What a composed cell is made of.
struct ComposedOptions {
  int64_t input, hidden;
  bool first_layer;
};

struct ComposedCellInfo {
  std::string_view name;
  int squares;  // matrices [H, H] among its weights, at least
  std::shared_ptr<ComposedCell> (*make)(const ComposedOptions& options, Rng& rng);
};

/// Every composed cell.
std::span<const ComposedCellInfo> composed_cells();
/// Null if there is none of that name.
const ComposedCellInfo* find_composed_cell(std::string_view name);

}  // namespace cadena
