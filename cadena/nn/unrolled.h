// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cadena/autograd/recurrent.h"
#include "cadena/nn/composed_cell.h"
#include "cadena/nn/trace.h"

namespace cadena {

/// What one direction of a layer hands on when it goes step by step.
struct Unrolled {
  std::vector<Tensor> states;  // the first ones, of each row, [N, columns]
  std::vector<Tensor> last;    // after each sequence's last step, [B, columns]
};

/// One direction of a layer over a packed batch x [N, D], a step at a time. `below` as for
/// ComposedCell::project. Of the states of all rows the first `seen` are handed on. `initial` has
/// one tensor [B, columns] per state, or none for zeros. What happens is written into `trace`, if
/// given. `stay` is that of RecurrentWeights, of all states side by side, or none.
Unrolled unroll(const ComposedCell& cell, const Tensor& x, const Tensor& below,
                const Layout& layout, bool reverse, std::span<const Tensor> initial,
                size_t seen = 1, Trace::Layer* trace = nullptr, const Tensor& stay = {});

/// A cell of cells/all.inl as if it were composed, for one who looks at its steps.
class SteppedCell : public ComposedCell {
 public:
  /// Errors: an unknown cell.
  SteppedCell(std::string_view cell, RecurrentWeights weights);

  std::vector<StateOf> states() const override;
  std::vector<std::string> gate_names() const override;
  Tensor project(const Tensor& x, const Tensor&) const override { return x; }
  Step step(const Tensor& x, std::span<const Tensor> states) const override;
  void visit(Visitor&, const std::string&) override {}
  std::shared_ptr<ComposedCell> copy() const override {
    return std::make_shared<SteppedCell>(*this);
  }

 private:
  CellSpec cell_;
  RecurrentWeights weights_;
  int64_t hidden_;
};

}  // namespace cadena
