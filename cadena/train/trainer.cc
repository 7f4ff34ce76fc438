// SPDX-License-Identifier: MIT
#include "cadena/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/error.h"
#include "cadena/base/stop.h"
#include "cadena/train/post_mortem.h"

namespace cadena {
namespace {

constexpr int most_epochs = 100000;
constexpr int most_failures = 10;  // steps in a row whose gradient is not finite

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Trainer {
 public:
  Trainer(Trainee& trainee, const TrainOptions& options, const Watch& watch,
          const Continuation& continuation)
      : trainee_(trainee),
        options_(options),
        watch_(watch),
        continuation_(continuation),
        rng_(options.seed),
        optimiser_(parameters(trainee), options.optimiser, options.average),
        smaller_is_better_(trainee.measure().smaller_is_better) {}

  TrainResult run() {
    const ComputeScope scope({.precision = find_precision(options_.precision),
                              .memory = int64_t{options_.memory} << 20});
    if (continuation_.from) record(*continuation_.from);
    while (epoch_ <= epochs_ && !done()) {
      if (!begun_) begin_epoch();
      run_batches();
      if (!result_.stopped && !result_.diverged) finish_epoch();
    }
    if (result_.diverged && result_.best_epoch == 0)
      throw Error("training diverged in its first epoch: " + divergence_, divergence_hint,
                  Fault::diverged);
    if (result_.best_epoch > 0) restore();
    return result_;
  }

 private:
  // Sums over the steps of an epoch.
  struct Sums {
    double loss = 0, seconds = 0;
    int64_t tokens = 0, learned = 0;
  };

  bool done() const {
    const bool impatient =
        options_.patience > 0 && result_.epochs - result_.best_epoch >= patience_;
    return result_.stopped || result_.diverged || impatient;
  }

  // Small data are passed over more often, and patience is then longer.
  void plan() {
    const int64_t batches = planned_, usual = TrainOptions().epochs,
                  one = std::max<int64_t>(1, batches);
    const int64_t wanted = std::max(usual, (options_.steps + one - 1) / one);
    epochs_ = options_.epochs > 0 ? options_.epochs
                                  : static_cast<int>(std::min<int64_t>(wanted, most_epochs));
    patience_ = options_.patience;
    if (options_.epochs == 0) patience_ = patience_ * epochs_ / usual;
    schedule_.emplace(options_.schedule, batches * epochs_);
  }

  void begin_epoch() {
    begin_rng_ = rng_;
    batches_ = trainee_.start_epoch(rng_);
    if (!schedule_) {
      planned_ = batches_;
      plan();
    }
    batch_ = 0;
    sums_ = {};
    begun_ = true;
  }

  void run_batches() {
    progress_ = {.epoch = epoch_,
                 .epochs = epochs_,
                 .batches = batches_,
                 .best = result_.best,
                 .best_epoch = result_.best_epoch};
    const Clock::time_point start = Clock::now();
    const double before = sums_.seconds;
    while (batch_ < batches_) {
      const Trainee::Loss part = step(batch_);
      sums_.seconds = before + seconds_since(start);
      sums_.tokens += part.tokens;
      if (failed_ == 0) {
        sums_.loss += part.sum.item();
        sums_.learned += part.terms;
      }
      progress_.batch = ++batch_;
      progress_.batch_loss =
          part.sum.item() / static_cast<double>(std::max<int64_t>(1, part.terms));
      progress_.loss = sums_.loss / static_cast<double>(std::max<int64_t>(1, sums_.learned));
      progress_.tokens_per_second = static_cast<double>(sums_.tokens) / sums_.seconds;
      progress_.seconds = seconds();
      result_.stopped = !watch_(progress_);
      save();
      if (result_.stopped || result_.diverged) return;
    }
  }

  void save() {
    if (result_.diverged || !continuation_.save) return;
    if (!result_.stopped && !(continuation_.due && continuation_.due(steps_))) return;
    Record now;
    record(now);
    continuation_.save(now, steps_);
  }

  // Between two steps, or two epochs.
  void record(Record& r) {
    r("epoch", epoch_);
    r("begun", begun_);
    r("planned", planned_);
    r("batches", batches_);
    r("batch", batch_);
    r("step", steps_);
    r("failed", failed_);
    r("random", rng_);
    r("epoch_random", begin_rng_);
    r("epoch_loss", sums_.loss);
    r("epoch_seconds", sums_.seconds);
    r("epoch_tokens", sums_.tokens);
    r("epoch_learned", sums_.learned);
    record_result(r);
    if (r.reading()) go_on();
    if (begun_) record_carried(r);
    r("schedule", *schedule_);
    r("optimiser", optimiser_);
    const std::vector<Tensor>& weights = optimiser_.parameters();
    if (r.reading() && result_.best_epoch > 0) keep();
    for (size_t i = 0; i < weights.size(); ++i) {
      r("weights." + std::to_string(i), weights[i].values());
      if (!best_.empty()) r("best." + std::to_string(i), best_[i].values());
    }
  }

  void record_result(Record& r) {
    double before = seconds();
    r("seconds", before);
    if (r.reading()) seconds_before_ = before;
    r("result.best", result_.best);
    r("result.best_epoch", result_.best_epoch);
    r("result.epochs", result_.epochs);
    r("result.tokens", result_.tokens);
    r("result.seconds", result_.seconds);
    r("result.warning", result_.warning);
  }

  void record_carried(Record& r) {
    const Trainee::Carried carried = trainee_.carried();
    if (carried.noise) r("noise", *carried.noise);
    if (!carried.state) return;
    for (size_t layer = 0; layer < carried.state->layers.size(); ++layer)
      for (size_t k = 0; k < carried.state->layers[layer].size(); ++k)
        r(fmt::format("state.{}.{}", layer, k), carried.state->layers[layer][k].values());
  }

  // What follows from what was read.
  void go_on() {
    plan();
    Rng rng = begin_rng_;
    const bool right_data = !begun_ || trainee_.start_epoch(rng) == batches_;
    if (!right_data || epoch_ < 1 || batch_ < 0 || batch_ > batches_ || steps_ < 0)
      throw Error("what the training should go on from is of other data, or damaged");
  }

  double seconds() const { return seconds_before_ + seconds_since(started_); }

  Trainee::Loss step(int64_t batch) {
    const Rng noise = rng_;
    const std::function<void()> put_back = trainee_.remember();
    const Trainee::Loss loss = forward_and_back(batch);
    progress_.rate = schedule_->rate(steps_++);
    progress_.gradient_norm = learn(loss);
    progress_.gradient_norms = optimiser_.gradient_norms();
    const bool lost = !optimiser_.weights_are_finite();
    failed_ = std::isfinite(progress_.gradient_norm) && !lost ? 0 : failed_ + 1;
    progress_.warning.clear();
    if (failed_ == 1 || lost) {
      const std::function<void()> go_on = trainee_.remember();
      put_back();
      progress_.warning = result_.warning = post_mortem(trainee_, {.step = steps_,
                                                                   .epoch = epoch_,
                                                                   .batch = batch,
                                                                   .rate = progress_.rate,
                                                                   .clip = options_.optimiser.clip,
                                                                   .precision = options_.precision,
                                                                   .noise = noise});
      go_on();
    }
    if (lost)
      diverge(result_.warning);
    else if (failed_ == most_failures)
      diverge("the gradient was not finite in " + std::to_string(most_failures) +
              " steps in a row; first in " + result_.warning);
    return loss;
  }

  // Returns the norm of the gradient, which may be finite although the loss is not.
  double learn(const Trainee::Loss& loss) {
    if (std::isfinite(loss.sum.item())) return optimiser_.step(progress_.rate);
    for (const Tensor& parameter : optimiser_.parameters()) parameter.clear_grad();
    return loss.sum.item();
  }

  Trainee::Loss forward_and_back(int64_t batch) {
    Tape tape(rng_);
    const Trainee::Loss loss = trainee_.loss(batch);
    tape.backward(scale(loss.sum, 1 / static_cast<float>(loss.sequences)));
    return loss;
  }

  // Ends the training, once the watch has seen this step.
  void diverge(const std::string& why) {
    result_.diverged = true;
    divergence_ = why;
  }

  // What is to be measured and kept: infinite weights may well have finite gradients.
  bool mean_is_finite() {
    const std::optional<std::string> name = weights_not_finite(trainee_);
    if (!name) return true;
    optimiser_.swap_mean();
    result_.warning = "at the end of epoch " + std::to_string(epoch_) + " the weights " + *name +
                      " are not finite, so a step was too long";
    diverge(result_.warning);
    return false;
  }

  // None if the training is stopped meanwhile.
  std::optional<double> held_out_score() {
    const StopScope scope(continuation_.stop);
    try {
      return trainee_.held_out_score();
    } catch (const Stopped&) {
      return {};
    }
  }

  void finish_epoch() {
    optimiser_.swap_mean();
    if (!mean_is_finite()) return;
    const std::optional<double> score = held_out_score();
    if (!score) {
      optimiser_.swap_mean();
      result_.stopped = true;
      return save();
    }
    result_.tokens += sums_.tokens;
    result_.seconds += sums_.seconds;
    const bool better = result_.best_epoch == 0 ||
                        (smaller_is_better_ ? *score <= result_.best : *score >= result_.best);
    if (better) {
      result_.best = *score;
      result_.best_epoch = epoch_;
      keep();
    }
    optimiser_.swap_mean();
    schedule_->epoch_done(better);
    result_.epochs = epoch_;
    progress_.score = *score;
    progress_.best = result_.best;
    progress_.best_epoch = result_.best_epoch;
    progress_.seconds = seconds();
    progress_.epoch_done = true;
    progress_.warning.clear();
    begun_ = false;
    ++epoch_;
    if (watch_(progress_)) return;
    result_.stopped = true;
    save();
  }

  void keep() {
    best_.clear();
    for (const Tensor& parameter : optimiser_.parameters()) best_.push_back(parameter.clone());
  }

  void restore() {
    for (size_t i = 0; i < best_.size(); ++i)
      std::copy_n(best_[i].data(), best_[i].size(), optimiser_.parameters()[i].data());
  }

  Trainee& trainee_;
  const TrainOptions& options_;
  const Watch& watch_;
  const Continuation& continuation_;
  Rng rng_, begin_rng_{0};  // now, and at the beginning of the epoch
  Optimiser optimiser_;
  std::optional<Schedule> schedule_;
  std::vector<Tensor> best_;
  const bool smaller_is_better_;
  int epochs_ = 1;  // at most
  int64_t patience_ = 1;
  int epoch_ = 1;  // from 1; if it has begun, batch_ is the next of its batches_
  bool begun_ = false;
  int64_t batch_ = 0, batches_ = 0;
  int64_t planned_ = 0;  // batches of the first epoch, which the schedule takes for those of all
  Sums sums_;
  Progress progress_;
  TrainResult result_;
  std::string divergence_;  // why
  int64_t steps_ = 0;
  int failed_ = 0;
  double seconds_before_ = 0;  // of what it goes on from
  Clock::time_point started_ = Clock::now();
};

}  // namespace

void TrainOptions::add_to(Settings& settings) {
  settings.add("train.seed", seed, "seed of all random numbers");
  settings.add("train.epochs", epochs,
               "passes over the training data, at most; 0: 15, more for small data",
               {.min = 0, .max = most_epochs});
  settings.add("train.steps", steps, "steps that small data are passed over for, if epochs is 0",
               {.min = 0, .max = 1e9});
  settings.add("train.patience", patience,
               "epochs without a better score before training ends; 0: never",
               {.min = 0, .max = 100000});
  settings.add("train.average", average,
               "decay of the running mean of the weights that is kept; 0: none",
               {.min = 0, .max = 0.999999});
  settings.add("train.optimiser", optimiser.kind, "how weights move", {"adam", "adamw", "sgd"});
  settings.add("train.rate", schedule.rate, "learning rate", {.min = 0, .max = 1000});
  settings.add("train.momentum", optimiser.momentum, "momentum of sgd", {.min = 0, .max = 0.9999});
  settings.add("train.beta1", optimiser.beta1, "memory of adam and adamw for the gradient",
               {.min = 0, .max = 0.999999});
  settings.add("train.beta2", optimiser.beta2, "memory of adam and adamw for its square",
               {.min = 0, .max = 0.999999});
  settings.add("train.weight_decay", optimiser.decay, "weight decay of adamw",
               {.min = 0, .max = 1});
  settings.add("train.clip", optimiser.clip, "largest norm of the whole gradient; 0: any",
               {.min = 0, .max = 1e9});
  settings.add("train.warmup", schedule.warmup, "steps in which the rate rises from 0",
               {.min = 0, .max = 1e9});
  settings.add("train.decay", schedule.decay, "how the rate falls over all epochs",
               {"constant", "linear", "cosine", "plateau", "stairs"});
  settings.add("train.hold", schedule.hold, "epochs before stairs begin to fall",
               {.min = 0, .max = most_epochs});
  settings.add("train.final", schedule.final, "share of the rate left at the end",
               {.min = 0, .max = 1});
  settings.add("train.plateau_factor", schedule.plateau_factor,
               "what plateau, and stairs at each epoch, multiply the rate by",
               {.min = 0.001, .max = 1});
  settings.add("train.plateau_patience", schedule.plateau_patience,
               "epochs without a better score that plateau waits", {.min = 0, .max = 100000});
  settings.add("train.precision", precision, "numbers in products; weights stay single",
               {"single", "bfloat16"});
  settings.add("train.memory", memory,
               "MiB that a recurrent layer may keep for the way back; 0: any, and fastest",
               {.min = 0, .max = 1 << 30});
}

std::function<void()> Trainee::remember() {
  const Carried now = carried();
  std::optional<Rng> noise;
  std::optional<State> state;
  if (now.noise) noise = *now.noise;
  if (now.state) state = *now.state;
  return [now, noise, state] {
    if (noise) *now.noise = *noise;
    if (state) *now.state = *state;
  };
}

TrainResult train(Trainee& trainee, const TrainOptions& options, const Watch& watch,
                  const Continuation& continuation) {
  return Trainer(trainee, options, watch, continuation).run();
}

}  // namespace cadena
