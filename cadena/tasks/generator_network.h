// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cadena/nn/embedding.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "cadena/nn/stepper.h"

namespace cadena {

struct GeneratorOptions {
  std::string cell = "lstm";
  int size = 256;    ///< of a unit's vector
  int hidden = 256;  ///< units of each layer
  int layers = 2;
  bool tied = true;      ///< the vectors of units are the weights of the output too
  float dropout = 0.2f;  ///< of the input and output of each layer, one mask per sequence
  RecurrentTuning tuning{};
  float activation = 0;  ///< penalty of the outputs' mean square
  float slowness = 0;    ///< and of that of their change from step to step
};

/// What comes next, from all that came before: vectors into recurrent layers and a softmax over all
/// units (Mikolov et al., 2010; Zaremba, Sutskever and Vinyals, 2014), with tied weights (Press and
/// Wolf, 2017) and dropped recurrent weights (Merity, Keskar and Socher, 2018) on demand.
class GeneratorNetwork {
 public:
  /// No network of these options has fewer parameters.
  static int64_t least_parameters(const GeneratorOptions& options, int units);

  GeneratorNetwork(const GeneratorOptions& options, int units, Rng& rng);

  State start(int64_t sequences) const { return recurrent_.start(sequences); }

  /// Sum over the rows of -log p(targets | inputs so far) -> [1]; `state` moves on.
  Tensor loss(std::span<const int32_t> inputs, std::span<const int32_t> targets,
              const Layout& layout, State& state) const;
  /// Logits of what follows each input [N, units]; `state` moves on.
  Tensor logits(std::span<const int32_t> inputs, const Layout& layout, State& state) const;

  // The same in steps, for one who looks inside.
  Tensor vectors(std::span<const int32_t> inputs) const { return units_(inputs); }
  /// Of vectors [N, size], what the output is made from; `state` moves on.
  Tensor features(const Tensor& vectors, const Layout& layout, State& state) const {
    return projected(outputs(vectors, layout, state));
  }
  Tensor logits(const Tensor& features) const {
    return linear(features, output_weight(), output_bias_);
  }

  /// Reads a text unit by unit and says what follows it; made from the weights as they are.
  class Reader {
   public:
    explicit Reader(const GeneratorNetwork& network);
    void reset() { recurrent_.reset(); }
    void read(int32_t unit);
    /// Logits of what follows all that was read [units]; they stay until the next call.
    std::span<float> logits();

   private:
    Tensor units_;
    Stepper recurrent_;
    std::optional<LinearStepper> projection_;
    LinearStepper output_;
    std::span<const float> features_;
  };

  void visit(Visitor& v);

 private:
  /// With dropout.
  Tensor outputs(const Tensor& vectors, const Layout& layout, State& state) const;
  /// In the size of the vectors, if they are the output too.
  Tensor projected(const Tensor& output) const {
    return projection_ ? (*projection_)(output) : output;
  }
  Tensor penalty(const Tensor& output, int64_t lanes) const;
  const Tensor& output_weight() const { return own_weight_ ? own_weight_ : units_.weight(); }

  GeneratorOptions options_;
  Embedding units_;
  Recurrent recurrent_;
  std::optional<Linear> projection_;  // to the size of the vectors, when they are the output too
  Tensor own_weight_, output_bias_;   // [units, hidden] when not tied, [units]
};

}  // namespace cadena
