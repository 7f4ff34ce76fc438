// SPDX-License-Identifier: MIT
#include "cadena/train/optimiser.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "cadena/base/buffer.h"
#include "cadena/base/error.h"
#include "cadena/kernels/optimise.h"
#include "cadena/kernels/pointwise.h"

namespace cadena {
namespace {

constexpr int64_t long_ago = -(int64_t{1} << 60);  // a step before all

// Records keep whole numbers as doubles, which are exact below 2^53.
int64_t whole(double recorded) {
  if (!(std::abs(recorded) <= -static_cast<double>(long_ago)))
    throw Error("the record of an optimiser is of another table");
  return static_cast<int64_t>(recorded);
}

// What becomes of moments in steps without a gradient.
struct Fading {
  explicit Fading(const OptimiserOptions& o)
      : first(o.kind == "sgd" ? o.momentum : o.beta1), second(o.kind == "sgd" ? 1 : o.beta2) {
    const double shorter = first / std::sqrt(second);  // each step than the one before
    const bool decays = o.kind == "adamw" && o.decay > 0;
    if (!(shorter < 1) || decays) return;
    coasting =
        shorter > 0 ? static_cast<int64_t>(std::log(1e-6 * (1 - shorter)) / std::log(shorter)) : 0;
  }
  double first, second;             // are multiplied by these
  std::optional<int64_t> coasting;  // so long after its last gradient a row moves; none: always
};

}  // namespace

// What belongs to one parameter.
class Optimiser::Slot {
 public:
  Slot(const Tensor& parameter, bool two_moments, bool mean)
      : parameter_(parameter),
        first_(zeros(parameter.size())),
        second_(zeros(two_moments ? parameter.size() : 0)),
        mean_(mean ? parameter.clone() : Tensor()) {
    constexpr int64_t values_in_range = 4096;
    for (int64_t i = 0; i < parameter.size(); i += values_in_range)
      moving_.push_back({i, std::min(parameter.size(), i + values_in_range)});
  }

  // Before each step, with what the mean holds (Optimiser::memory_).
  void prepare(int64_t step, const Fading& fading, double memory) {
    if (!used_ && parameter_.has_grad()) {
      used_ = true;
      if (fading.coasting && parameter_.grad_rows() && parameter_.size() > 0) {
        rows_.resize(static_cast<size_t>(parameter_.rows()));
        moving_.clear();
      }
    }
    if (!by_rows()) return;
    if (const auto some = parameter_.grad_rows())
      for (int32_t row : *some) use(row, step, fading, memory);
    else if (parameter_.has_grad())
      for (int64_t row = 0; row < parameter_.rows(); ++row) use(row, step, fading, memory);
    std::erase_if(moving_, [&](const kernels::Range& range) {
      const bool rests = step - row_of(range).last > *fading.coasting;
      if (rests) row_of(range).memory = memory;
      return rests;
    });
    for (kernels::Range& range : moving_) range.has_gradient = row_of(range).last == step;
  }

  kernels::Weights weights() const {
    return {
        .w = parameter_.data(),
        .first = first_.data(),
        .second = second_.data(),
        .mean = mean_ ? mean_.data() : nullptr,
        .gradient = by_rows() ? parameter_.grad(std::span<const int32_t>()) : parameter_.grad()};
  }
  std::span<const kernels::Range> moving() const { return moving_; }

  void swap_mean(int64_t step, const Fading& fading, double memory) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      const bool rests = step - rows_[i].last > *fading.coasting;
      if (rests && rows_[i].memory != memory) follow(static_cast<int64_t>(i), memory);
    }
    std::ranges::swap_ranges(mean_.values(), parameter_.values());
  }

  void record(Record& r) {
    r("first", first_.values());
    r("second", second_.values());
    if (mean_) r("mean", mean_.values());
    r("used", used_);
    std::vector<double> last, memory, moving;
    for (const Row& row : rows_) {
      last.push_back(static_cast<double>(row.last));
      memory.push_back(row.memory);
    }
    for (const kernels::Range& range : moving_) moving.push_back(static_cast<double>(range.begin));
    r("last", last);
    r("memory", memory);
    r("moving", moving);
    if (!r.reading() || last.empty()) return;
    if (std::ssize(last) != parameter_.rows() || memory.size() != last.size())
      throw Error("the record of an optimiser is of another table");
    rows_.resize(last.size());
    for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = {whole(last[i]), memory[i]};
    moving_.clear();
    for (double begin : moving) {
      const int64_t at = whole(begin);
      if (at < 0 || at % parameter_.cols() != 0 || at >= parameter_.size())
        throw Error("the record of an optimiser is of another table");
      moving_.push_back({at, at + parameter_.cols()});
    }
  }

 private:
  struct Row {
    int64_t last = long_ago;  // step with a gradient
    double memory = 0;        // since when its mean stands still
  };

  static Buffer zeros(int64_t size) {
    Buffer buffer(size);
    std::ranges::fill(buffer.values(), 0.0f);
    return buffer;
  }

  bool by_rows() const { return !rows_.empty(); }
  Row& row_of(const kernels::Range& range) {
    return rows_[static_cast<size_t>(range.begin / parameter_.cols())];
  }

  // Row i has a gradient. If it rested, what it missed is made good.
  void use(int64_t i, int64_t step, const Fading& fading, double memory) {
    Row& row = rows_[static_cast<size_t>(i)];
    if (const int64_t missed = step - 1 - row.last - *fading.coasting; missed > 0) {
      const int64_t size = parameter_.cols(), at = i * size;
      const auto fade = [&](const Buffer& moments, double factor) {
        const auto faded = static_cast<float>(std::pow(factor, static_cast<double>(missed)));
        for (int64_t k = at; k < std::min(at + size, moments.size()); ++k) moments[k] *= faded;
      };
      fade(first_, fading.first);
      fade(second_, fading.second);
      if (mean_) follow(i, memory);
      moving_.push_back({at, at + size});
    }
    row.last = step;
  }

  // The mean of row i, which stood still, becomes what it is by now.
  void follow(int64_t i, double memory) {
    Row& row = rows_[static_cast<size_t>(i)];
    const auto kept = static_cast<float>(std::exp(memory - std::exchange(row.memory, memory)));
    for (int64_t k = i * parameter_.cols(); k < (i + 1) * parameter_.cols(); ++k) {
      const float w = parameter_.data()[k];
      mean_.data()[k] = w + kept * (mean_.data()[k] - w);
    }
  }

  Tensor parameter_;
  Buffer first_, second_;
  Tensor mean_;
  bool used_ = false;                   // has had a gradient
  std::vector<Row> rows_;               // none if it moves as a whole: its first gradient decides
  std::vector<kernels::Range> moving_;  // of a table the rows that do not rest
};

Optimiser::Optimiser(std::vector<Tensor> parameters, const OptimiserOptions& options, float average)
    : parameters_(std::move(parameters)),
      options_(options),
      average_(average),
      norms_(parameters_.size()) {
  if (options.kind != "adam" && options.kind != "adamw" && options.kind != "sgd")
    throw Error("optimiser: there is no '" + options.kind + "'", "adam, adamw or sgd");
  for (const Tensor& parameter : parameters_)
    slots_.push_back(std::make_unique<Slot>(parameter, options.kind != "sgd", average > 0));
}

Optimiser::~Optimiser() = default;

double Optimiser::gradient_norm() {
  double sum = 0;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& p = parameters_[i];
    double square = 0;
    if (const auto rows = p.grad_rows())
      square = kernels::squared_norm_of_rows(*rows, p.cols(), p.grad(*rows));
    else if (p.has_grad())
      square = kernels::squared_norm(p.size(), p.grad());
    norms_[i] = std::sqrt(square);
    sum += square;
  }
  return std::sqrt(sum);
}

void Optimiser::move(float rate, double norm) {
  const float scale =
      options_.clip > 0 && norm > options_.clip ? static_cast<float>(options_.clip / norm) : 1;
  const auto before = static_cast<float>(steps_++);
  const auto steps = static_cast<double>(steps_);
  const float decay = std::min(average_, (1 + before) / (10 + before));
  const kernels::SgdStep sgd{
      .rate = rate, .momentum = options_.momentum, .scale = scale, .average = 1 - decay};
  const kernels::AdamStep adam{
      .rate = static_cast<float>(rate / (1 - std::pow(options_.beta1, steps))),
      .b1 = options_.beta1,
      .b2 = options_.beta2,
      .epsilon = options_.epsilon,
      .decay = options_.kind == "adamw" ? options_.decay * rate : 0,
      .root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(options_.beta2, steps))),
      .scale = scale,
      .average = 1 - decay};
  const Fading fading(options_);
  finite_ = true;
  for (const std::unique_ptr<Slot>& slot : slots_) {
    slot->prepare(steps_, fading, memory_);
    finite_ &= options_.kind == "sgd" ? kernels::sgd_step(sgd, slot->weights(), slot->moving())
                                      : kernels::adam_step(adam, slot->weights(), slot->moving());
  }
  if (average_ > 0) memory_ += std::log(decay);
}

double Optimiser::step(float rate) {
  const double norm = gradient_norm();
  if (std::isfinite(norm)) move(rate, norm);
  for (const Tensor& parameter : parameters_) parameter.clear_grad();
  return norm;
}

void Optimiser::swap_mean() {
  if (average_ == 0) return;
  for (const std::unique_ptr<Slot>& slot : slots_)
    slot->swap_mean(steps_, Fading(options_), memory_);
}

void Optimiser::record(Record& r) {
  r("steps", steps_);
  r("memory", memory_);
  for (size_t i = 0; i < slots_.size(); ++i) r(std::to_string(i), *slots_[i]);
}

}  // namespace cadena
