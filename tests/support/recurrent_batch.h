// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cadena/autograd/tape.h"
#include "cadena/nn/recurrent.h"
#include "tests/support/random.h"

namespace cadena {

/// A packed batch for a recurrent network: what it reads, and the gradients of what it writes.
struct RecurrentBatch {
  Layout layout;
  Tensor x;        // [N, D]
  State initial;   // matrices [B, directions·H]
  Tensor doutput;  // [N, directions·H]
  State dlast;

  RecurrentBatch(const Recurrent& network, const std::vector<int>& lengths, Rng& rng)
      : layout(lengths),
        x(normal_parameter({layout.rows(), network.options().input}, rng)),
        initial(network.start(layout.sequences())),
        doutput(normal_parameter({layout.rows(), network.outputs()}, rng)),
        dlast(initial) {
    for (State* state : {&initial, &dlast})
      for (std::vector<Tensor>& layer : state->layers)
        for (Tensor& matrix : layer) matrix = normal_parameter(matrix.shape(), rng);
  }

  /// Steps [begin, end) of the sequences in `which`, as a batch of its own.
  RecurrentBatch part(const std::vector<int>& which, int begin = 0, int end = INT32_MAX) const {
    RecurrentBatch some = *this;
    std::vector<int> lengths;
    for (int b : which) lengths.push_back(std::clamp(layout.length(b) - begin, 0, end - begin));
    some.layout = Layout(lengths);
    some.x = Tensor::parameter({some.layout.rows(), x.cols()});
    some.doutput = Tensor(some.layout.rows(), doutput.cols());
    for (size_t i = 0; i < which.size(); ++i)
      for (int t = 0; t < lengths[i]; ++t) {
        const int64_t from = layout.row(begin + t, which[i]),
                      to = some.layout.row(t, static_cast<int>(i));
        copy_row(x, from, some.x, to);
        copy_row(doutput, from, some.doutput, to);
      }
    for (auto [from, to] : {std::pair(&initial, &some.initial), std::pair(&dlast, &some.dlast)})
      for (size_t l = 0; l < from->layers.size(); ++l)
        for (size_t k = 0; k < from->layers[l].size(); ++k) {
          const Tensor& all = from->layers[l][k];
          to->layers[l][k] = Tensor::parameter({std::ssize(which), all.cols()});
          for (size_t i = 0; i < which.size(); ++i)
            copy_row(all, which[i], to->layers[l][k], static_cast<int64_t>(i));
        }
    return some;
  }

  static void copy_row(const Tensor& from, int64_t row, const Tensor& to, int64_t to_row) {
    std::copy_n(from.data() + row * from.cols(), from.cols(), to.data() + to_row * to.cols());
  }
};

/// A forward and a backward pass over a batch.
struct RecurrentPass {
  Recurrent::Result result;
  std::vector<float> dx;
  State dinitial;
  std::vector<std::vector<float>> dweights;  // in the order of visit()

  RecurrentPass(Recurrent& network, const RecurrentBatch& batch) {
    std::vector<Tensor> weights = parameters(network);
    for (const Tensor& weight : weights) weight.clear_grad();
    batch.x.clear_grad();
    Tape tape;
    result = network(batch.x, batch.layout, batch.initial);
    const Tensor loss(Shape{1});
    seed(result.output, batch.doutput, loss);
    for (size_t l = 0; l < result.last.layers.size(); ++l)
      for (size_t k = 0; k < result.last.layers[l].size(); ++k) {
        batch.initial.layers[l][k].clear_grad();
        seed(result.last.layers[l][k], batch.dlast.layers[l][k], loss);
      }
    tape.backward(loss);
    dx.assign(batch.x.grad(), batch.x.grad() + batch.x.size());
    for (const std::vector<Tensor>& layer : batch.initial.layers) {
      std::vector<Tensor>& gradients = dinitial.layers.emplace_back();
      for (const Tensor& state : layer)
        gradients.emplace_back(state.shape(),
                               std::vector(state.grad(), state.grad() + state.size()));
    }
    for (const Tensor& weight : weights)
      dweights.emplace_back(weight.grad(), weight.grad() + weight.size());
  }

 private:
  static void seed(const Tensor& y, const Tensor& gradient, const Tensor& loss) {
    Tape::record({y}, {loss}, [y, gradient] { std::ranges::copy(gradient.values(), y.grad()); });
  }
};

/// The values of row `row` of a matrix.
inline std::span<const float> row_of(const Tensor& matrix, int64_t row) {
  return std::span<const float>(matrix.values())
      .subspan(static_cast<size_t>(row * matrix.cols()), static_cast<size_t>(matrix.cols()));
}

}  // namespace cadena
