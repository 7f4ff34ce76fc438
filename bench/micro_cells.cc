// SPDX-License-Identifier: MIT
// Single steps of every cell: of B sequences in training, forwards and backwards, with all that a
// layer stores, and of one sequence through Stepper. Of the former the time is that of 32 steps and
// "step" that of one; "of_stock" is its share of what the well-known cell of that kind takes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cadena/kernels/recurrent.h"
#include "cadena/nn/stepper.h"

using namespace cadena;
using namespace cadena::kernels;
using benchmark::Counter;

namespace {

Buffer random_values(int64_t size, float scale) {
  Buffer values(size);
  Rng rng(1);
  for (float& value : values.values()) value = rng.uniform(-scale, scale);
  return values;
}

// A step in the middle of a sequence, always with the same numbers.
class Step {
 public:
  Step(const CellKernel& cell, int64_t rows, int64_t hidden)
      : cell_(cell), rows_(rows), hidden_(hidden) {
    const Buffer weight = random_values(units() * hidden, 0.1f);
    forward_weight_ = cell.pack_forward(hidden, weight.data(), Precision::single);
    backward_weight_ = PackedMatrix(units(), hidden, plain(weight.data(), hidden));
  }

  void forward() const {
    cell_.forward({.weight = forward_weight_,
                   .bias = x_.data(),
                   .own = own_.data(),
                   .hidden = hidden_,
                   .rows = rows_,
                   .product = cell_.spec.recurrent,
                   .x = x_.data(),
                   .s = states(before_),
                   .next = states(after_),
                   .save = saved_.data()},
                  0, cell_.forward_tiles(hidden_, rows_));
  }

  void backward() const {
    cell_.backward({.weight = backward_weight_,
                    .own = own_.data(),
                    .hidden = hidden_,
                    .rows = rows_,
                    .du_after = cell_.spec.recurrent ? x_.data() : nullptr,
                    .carry = states(after_),
                    .dy = after_.data(),
                    .dy_stride = hidden_,
                    .s = states(before_),
                    .save = saved_.data(),
                    .dx = dx_.data(),
                    .du = cell_.spec.summed ? dx_.data() : du_.data(),
                    .dw = dw_.data(),
                    .ds = states(ds_)},
                   0, cell_.backward_tiles(hidden_, rows_));
  }

  double operations() const {
    return cell_.spec.recurrent ? 2.0 * static_cast<double>(rows_ * units() * hidden_) : 0;
  }

 private:
  int64_t units() const { return cell_.spec.gates * hidden_; }
  Buffer values(int64_t each) const { return random_values(rows_ * each * hidden_, 1); }
  States<float> states(const Buffer& of) const {
    return {of.data(), hidden_, of.data() + rows_ * hidden_, (cell_.spec.states - 1) * hidden_};
  }

  const CellKernel& cell_;
  int64_t rows_, hidden_;
  PackedMatrix forward_weight_, backward_weight_;
  Buffer x_ = values(cell_.spec.gates), dx_ = values(cell_.spec.gates),
         du_ = values(cell_.spec.gates), before_ = values(cell_.spec.states),
         after_ = values(cell_.spec.states), ds_ = values(cell_.spec.states),
         saved_ = values(cell_.spec.saved), own_ = values(cell_.spec.own),
         dw_ = values(cell_.spec.own);
};

// What a variant is measured by: the well-known cell with as many states, and as many gates or
// more.
const CellKernel& stock(const CellSpec& cell) {
  return *find_cell(cell.states > 1 ? "lstm" : cell.gates > 1 ? "gru" : "elman");
}

using Pass = void (Step::*)() const;

// Of as many steps that the weights come back into the caches.
double seconds(const Step& step, Pass pass, int steps) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) (step.*pass)();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// In turn with the stock cell, so that what disturbs one disturbs the other.
void run_pass(benchmark::State& state, const CellKernel& cell, Pass pass) {
  constexpr int steps = 32;
  const Step own(cell, state.range(0), state.range(1));
  const Step other(stock(cell.spec), state.range(0), state.range(1));
  std::vector<double> ratios;
  for (auto _ : state) {
    const double of_stock = seconds(other, pass, steps), time = seconds(own, pass, steps);
    state.SetIterationTime(time);
    ratios.push_back(time / of_stock);
  }
  const auto median = ratios.begin() + std::ssize(ratios) / 2;
  std::ranges::nth_element(ratios, median);
  state.counters["of_stock"] = *median;
  state.counters["flops"] = {steps * own.operations(), Counter::kIsIterationInvariantRate};
  state.counters["step"] = {steps, Counter::kIsIterationInvariantRate | Counter::kInvert};
}

void run_stream(benchmark::State& state, const char* cell) {
  const int64_t hidden = state.range(0);
  Rng rng(1);
  Stepper stream(Recurrent({.cell = cell, .input = hidden, .hidden = hidden}, rng));
  const Buffer x = random_values(hidden, 1);
  for (auto _ : state) stream.step(x.values());
}

const bool registered = [] {
  const auto passes = [](const std::string& name, const CellKernel& cell, Pass pass) {
    benchmark::RegisterBenchmark((name + cell.spec.name).c_str(), run_pass, cell, pass)
        ->ArgNames({"B", "H"})
        ->ArgsProduct({{1, 16, 32}, {64, 256}})
        ->UseManualTime();
  };
  for (const CellKernel& cell : cell_kernels()) passes("forward/", cell, &Step::forward);
  for (const CellKernel& cell : cell_kernels()) passes("backward/", cell, &Step::backward);
  for (const CellKernel& cell : cell_kernels())
    benchmark::RegisterBenchmark((std::string("stream/") + cell.spec.name).c_str(), run_stream,
                                 cell.spec.name)
        ->ArgName("H")
        ->RangeMultiplier(2)
        ->Range(16, 1024);
  return true;
}();

}  // namespace
