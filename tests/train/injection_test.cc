// SPDX-License-Identifier: MIT
// Numbers that are not finite, put at random places into trainings of every task.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"
#include "tests/tasks/six.h"

namespace cadena {
namespace {

constexpr int injections = 200;

enum class Where { weight, activation, gradient };
struct Injection {
  Where where;
  float value;
  int64_t step;  ///< of the training, from 0
};

/// A task into which a number is put at one step, where the loss of that step depends on it: into
/// a weight, which stays so; into a weight for as long as the states are computed, as data that are
/// not finite would do it; into a gradient.
class Injected : public Trainee {
 public:
  Injected(Task& task, const Injection& injection, Rng rng)
      : task_(task), injection_(injection), rng_(rng) {}

  void visit(Visitor& visitor) override { task_.visit(visitor); }
  int64_t start_epoch(Rng& rng) override { return task_.start_epoch(rng); }
  std::string where(int64_t batch) const override { return task_.where(batch); }
  Measure measure() const override { return task_.measure(); }
  double held_out_score() override { return task_.held_out_score(); }

  std::function<void()> remember() override {
    return [this, steps = steps_, back = task_.remember()] {
      steps_ = steps;
      back();
    };
  }

  Loss loss(int64_t batch) override {
    if (steps_++ != injection_.step) return task_.loss(batch);
    if (!place_) place_ = draw(batch);
    const auto [tensor, at] = *place_;
    if (injection_.where == Where::gradient) return with_gradient(task_.loss(batch), tensor, at);
    const float before = std::exchange(tensor.data()[at], injection_.value);
    const Loss loss = task_.loss(batch);
    if (injection_.where == Where::activation) tensor.data()[at] = before;
    return loss;
  }

 private:
  struct Spot {
    Tensor tensor;
    int64_t at;
  };

  /// A value of any parameter that the loss of the batch depends on.
  Spot draw(int64_t batch) {
    const std::function<void()> put_back = task_.remember();
    std::vector<Spot> spots;
    {
      Tape tape;
      tape.backward(task_.loss(batch).sum);
    }
    const std::vector<Tensor> all = parameters(task_);
    const Tensor& chosen = all[rng_.below(static_cast<uint32_t>(all.size()))];
    for (int64_t i = 0; i < chosen.size(); ++i)
      if (chosen.has_grad() && chosen.grad()[i] != 0) spots.push_back({chosen, i});
    for (const Tensor& tensor : all) tensor.clear_grad();
    put_back();
    return spots.empty() ? draw(batch) : spots[rng_.below(static_cast<uint32_t>(spots.size()))];
  }

  Loss with_gradient(Loss loss, Tensor tensor, int64_t at) const {
    const Tensor sum(Shape{1}, std::vector<float>{loss.sum.item()}), of = loss.sum;
    Tape::record({of}, {sum}, [of, sum, tensor, at, value = injection_.value] {
      of.grad()[0] += sum.grad()[0];
      tensor.grad()[at] += value;
    });
    loss.sum = sum;
    return loss;
  }

  Task& task_;
  const Injection injection_;
  Rng rng_;
  int64_t steps_ = 0;
  std::optional<Spot> place_;
};

bool all_finite(Task& task) {
  return std::ranges::all_of(parameters(task), [](const Tensor& tensor) {
    return std::ranges::all_of(tensor.values(), [](float value) { return std::isfinite(value); });
  });
}

/// Trains, and expects what is promised. Returns whether the very step was found.
bool found_at_once(const Sample& sample, const Injection& injection, uint64_t seed) {
  Ready ready(sample, {{"model.dropout", "0"}});
  Injected injected(*ready.task, injection, Rng(seed));
  int64_t step = 0, first = -1;
  std::string told;
  const Watch watch = [&](const Progress& now) {
    if (!now.warning.empty() && first < 0) {
      first = step;
      told = now.warning;
    }
    step += !now.epoch_done;
    return true;
  };
  try {
    const TrainResult result = train(injected, ready.options, watch);
    EXPECT_GT(result.best_epoch, 0);
    EXPECT_TRUE(all_finite(*ready.task));
    const Scratch scratch;
    save_task(scratch.path("model"), *ready.task, ready.options, false);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::diverged) << error.what();
  }
  if (first == injection.step) {
    EXPECT_TRUE(told.starts_with("step " + std::to_string(first + 1) + ", epoch ")) << told;
  }
  return first == injection.step;
}

TEST(Injection, NumbersThatAreNotFiniteAreFoundAndNeverSaved) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity};
  const Scratch scratch;
  const std::vector<Sample> all = samples(scratch);
  Rng rng(1);
  int open = 0, open_found = 0, hidden = 0, hidden_found = 0;
  for (int i = 0; i < injections; ++i) {
    const Sample& sample = all[static_cast<size_t>(i) % all.size()];
    const Injection injection{static_cast<Where>(rng.below(3)), values[rng.below(3)], rng.below(4)};
    SCOPED_TRACE(sample.name + ", place " + std::to_string(static_cast<int>(injection.where)) +
                 ", value " + std::to_string(injection.value) + ", step " +
                 std::to_string(injection.step));
    const bool at_once = found_at_once(sample, injection, static_cast<uint64_t>(i));
    // An infinite activation may drive a gate to its end, where all is finite.
    const bool may_hide = std::isinf(injection.value) && injection.where == Where::activation;
    EXPECT_TRUE(at_once || may_hide);
    (may_hide ? hidden : open) += 1;
    (may_hide ? hidden_found : open_found) += at_once;
  }
  std::printf("found in the step: %d of %d that show at once, %d of %d infinite activations\n",
              open_found, open, hidden_found, hidden);
}

}  // namespace
}  // namespace cadena
