// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "cadena/base/rng.h"
#include "cadena/base/settings.h"
#include "cadena/io/record.h"
#include "cadena/nn/recurrent.h"
#include "cadena/nn/visit.h"
#include "cadena/train/optimiser.h"
#include "cadena/train/schedule.h"

namespace cadena {

/// What training needs of a model and its data.
class Trainee {
 public:
  virtual ~Trainee() = default;

  virtual void visit(Visitor& visitor) = 0;

  /// Lays out the batches of an epoch in a new order and returns how many there are.
  virtual int64_t start_epoch(Rng& rng) = 0;

  struct Loss {
    Tensor sum;         ///< [1], over the batch
    int64_t sequences;  ///< what the sum is divided by
    int64_t tokens;     ///< for the speed that is reported
    int64_t terms;      ///< for the loss that is reported: what the sum is over
  };
  virtual Loss loss(int64_t batch) = 0;
  /// Rows of a batch, if not all have about the same: how much memory it needs.
  virtual int64_t rows(int64_t) const { return 0; }

  /// What a call of loss() moves on beside its result, and start_epoch() sets; null: nothing.
  struct Carried {
    Rng* noise = nullptr;
    State* state = nullptr;
  };
  virtual Carried carried() { return {}; }
  /// What puts that back. So one can look at a batch without a trace, or at the same one twice.
  virtual std::function<void()> remember();

  /// A batch as a person finds it: "lines 120 to 188 of train.conll".
  virtual std::string where(int64_t batch) const { return "batch " + std::to_string(batch + 1); }

  struct Measure {
    std::string name;  ///< "F1", "perplexity"
    bool smaller_is_better = false;
  };
  virtual Measure measure() const = 0;
  /// That measure on held-out data.
  virtual double held_out_score() = 0;
};

struct TrainOptions {
  uint64_t seed = 1;
  int epochs = 15;  ///< at most; 0: 15, or more, as many as make so many steps:
  int64_t steps = 2000;
  int patience = 6;        ///< epochs without a better score before training ends; 0: never
  float average = 0.998f;  ///< decay of the running mean of the weights; 0: none
  OptimiserOptions optimiser{};
  ScheduleOptions schedule{};
  std::string precision = "single";  ///< of products: single or bfloat16
  int memory = 0;                    ///< Compute::memory, in MiB

  /// Under "train.".
  void add_to(Settings& settings);
};

/// Where a training stands.
struct Progress {
  int epoch = 0, epochs = 0;  ///< from 1, at most
  int64_t batch = 0, batches = 0;
  double loss = 0;           ///< per term, mean over the steps taken in the epoch so far
  double batch_loss = 0;     ///< the same of the last batch alone
  double gradient_norm = 0;  ///< of the last step, before clipping
  std::span<const double> gradient_norms{};  ///< of each parameter, in the order of visit()
  double tokens_per_second = 0;
  float rate = 0;
  double seconds = 0;          ///< since the start
  double score = 0, best = 0;  ///< of the epoch and of all so far; only when it is done
  int best_epoch = 0;
  bool epoch_done = false;
  std::string warning{};  ///< where a step went wrong, if the one before had not (post_mortem.h)
};

/// Called after every batch and every epoch; returns false to end the training there.
using Watch = std::function<bool(const Progress&)>;

struct TrainResult {
  double best = 0;
  int best_epoch = 0;  ///< 0: no epoch was finished
  int epochs = 0;
  int64_t tokens = 0;
  double seconds = 0;     ///< in training steps, without evaluation
  bool stopped = false;   ///< by the watch
  bool diverged = false;  ///< after an epoch was finished: what it learnt is kept
  std::string warning{};  ///< the last one of Progress
};

/// How a training that does not come to its end can go on later, to the same bits. All may be left
/// out.
struct Continuation {
  /// Asked after each step: is it time to save?
  std::function<bool(int64_t step)> due{};
  /// Is called then, and when the training is stopped.
  std::function<void(Record&, int64_t step)> save{};
  /// Asked while a score is computed: is the training to stop? The score is left for later.
  std::function<bool()> stop{};
  /// What save() was given, of this training.
  Record* from = nullptr;
};

/// For whoever tells that a training diverged.
inline constexpr const char* divergence_hint =
    "a smaller train.rate may help, or a train.clip above 0";

/// Trains, and leaves the parameters of the epoch with the best held-out score, the last one of
/// equals. Early stopping, averaged weights. A step whose gradient is not finite is left out; ten
/// in a row end the training. Errors: they do so before an epoch is finished (Fault::diverged);
/// what it goes on from is of another training; those of save().
TrainResult train(Trainee& trainee, const TrainOptions& options, const Watch& watch,
                  const Continuation& continuation = {});

}  // namespace cadena
