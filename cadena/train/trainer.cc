// SPDX-License-Identifier: MIT
#include "cadena/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/error.h"
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
  Trainer(Trainee& trainee, const TrainOptions& options, const Watch& watch)
      : trainee_(trainee),
        options_(options),
        watch_(watch),
        rng_(options.seed),
        optimiser_(parameters(trainee), options.optimiser, options.average),
        smaller_is_better_(trainee.measure().smaller_is_better) {}

  TrainResult run() {
    const ComputeScope scope({.precision = find_precision(options_.precision),
                              .memory = int64_t{options_.memory} << 20});
    for (int epoch = 1; epoch <= epochs_ && !done(); ++epoch) run_epoch(epoch);
    if (result_.best_epoch > 0) restore();
    return result_;
  }

 private:
  bool done() const {
    const bool impatient =
        options_.patience > 0 && result_.epochs - result_.best_epoch >= patience_;
    return result_.stopped || result_.diverged || impatient;
  }

  // Small data are passed over more often, and patience is then longer.
  void plan(int64_t batches) {
    const int64_t usual = TrainOptions().epochs, one = std::max<int64_t>(1, batches);
    const int64_t wanted = std::max(usual, (options_.steps + one - 1) / one);
    epochs_ = options_.epochs > 0 ? options_.epochs
                                  : static_cast<int>(std::min<int64_t>(wanted, most_epochs));
    patience_ = options_.patience;
    if (options_.epochs == 0) patience_ = patience_ * epochs_ / usual;
    schedule_.emplace(options_.schedule, batches * epochs_);
  }

  void run_epoch(int epoch) {
    const int64_t batches = trainee_.start_epoch(rng_);
    if (!schedule_) plan(batches);
    progress_ = {.epoch = epoch,
                 .epochs = epochs_,
                 .batches = batches,
                 .best = result_.best,
                 .best_epoch = result_.best_epoch};
    const Clock::time_point start = Clock::now();
    double loss = 0;
    int64_t tokens = 0, learned = 0;
    for (int64_t batch = 0; batch < progress_.batches; ++batch) {
      const Trainee::Loss part = step(batch);
      tokens += part.tokens;
      if (failed_ == 0) {
        loss += part.sum.item();
        learned += part.terms;
      }
      progress_.batch = batch + 1;
      progress_.batch_loss =
          part.sum.item() / static_cast<double>(std::max<int64_t>(1, part.terms));
      progress_.loss = loss / static_cast<double>(std::max<int64_t>(1, learned));
      progress_.tokens_per_second = static_cast<double>(tokens) / seconds_since(start);
      progress_.seconds = seconds_since(started_);
      result_.stopped = !watch_(progress_);
      if (result_.stopped || result_.diverged) return;
    }
    result_.tokens += tokens;
    result_.seconds += seconds_since(start);
    finish_epoch(epoch);
  }

  Trainee::Loss step(int64_t batch) {
    const Rng noise = rng_;
    const std::function<void()> put_back = trainee_.remember();
    const Trainee::Loss loss = forward_and_back(batch);
    progress_.rate = schedule_->rate(steps_++);
    progress_.gradient_norm = learn(loss);
    progress_.gradient_norms = optimiser_.gradient_norms();
    failed_ = std::isfinite(progress_.gradient_norm) ? 0 : failed_ + 1;
    progress_.warning.clear();
    if (failed_ == 1) {
      const std::function<void()> go_on = trainee_.remember();
      put_back();
      progress_.warning = result_.warning = post_mortem(trainee_, {.step = steps_,
                                                                   .epoch = progress_.epoch,
                                                                   .batch = batch,
                                                                   .rate = progress_.rate,
                                                                   .clip = options_.optimiser.clip,
                                                                   .precision = options_.precision,
                                                                   .noise = noise});
      go_on();
    }
    if (failed_ == most_failures)
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

  void diverge(const std::string& why) {
    result_.diverged = true;
    if (result_.best_epoch == 0)
      throw Error("training diverged in its first epoch: " + why, divergence_hint, Fault::diverged);
  }

  // What is to be measured and kept: infinite weights may well have finite gradients.
  bool mean_is_finite(int epoch) {
    const std::optional<std::string> name = weights_not_finite(trainee_);
    if (!name) return true;
    optimiser_.swap_mean();
    result_.warning = "at the end of epoch " + std::to_string(epoch) + " the weights " + *name +
                      " are not finite, so a step was too long";
    diverge(result_.warning);
    return false;
  }

  void finish_epoch(int epoch) {
    optimiser_.swap_mean();
    if (!mean_is_finite(epoch)) return;
    const double score = trainee_.held_out_score();
    const bool better = result_.best_epoch == 0 ||
                        (smaller_is_better_ ? score <= result_.best : score >= result_.best);
    if (better) {
      result_.best = score;
      result_.best_epoch = epoch;
      keep();
    }
    optimiser_.swap_mean();
    schedule_->epoch_done(better);
    result_.epochs = epoch;
    progress_.score = score;
    progress_.best = result_.best;
    progress_.best_epoch = result_.best_epoch;
    progress_.seconds = seconds_since(started_);
    progress_.epoch_done = true;
    progress_.warning.clear();
    if (!watch_(progress_)) result_.stopped = true;
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
  Rng rng_;
  Optimiser optimiser_;
  std::optional<Schedule> schedule_;
  std::vector<Tensor> best_;
  const bool smaller_is_better_;
  int epochs_ = 1;
  int64_t patience_ = 1;
  Progress progress_;
  TrainResult result_;
  int64_t steps_ = 0;
  int failed_ = 0;
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

TrainResult train(Trainee& trainee, const TrainOptions& options, const Watch& watch) {
  return Trainer(trainee, options, watch).run();
}

}  // namespace cadena
