// SPDX-License-Identifier: MIT
// Training and asking a forecaster.
#include <algorithm>
#include <cmath>

#include "cadena/base/error.h"
#include "cadena/tasks/finite_answer.h"
#include "cadena/tasks/forecaster.h"

namespace cadena {
namespace {

// In all windows of a batch; answers do not depend on it.
constexpr int values_in_prediction = 1 << 16;
// In units of the scale of a window: values beyond are learnt as if they were there.
constexpr double farthest_target = 100;

}  // namespace

// Sequences are laid out step by step, longest first: batch.order says which is which.
ForecasterBatch Forecaster::make_batch(std::span<const Question> questions,
                                       std::span<Window> windows) const {
  std::vector<int> lengths;
  for (size_t b = 0; b < questions.size(); ++b) {
    windows[b] = make_window(*questions[b].history, questions[b].origin, window_, calendar_);
    lengths.push_back(windows[b].steps);
  }
  const std::vector<int> order = longest_first(lengths);
  std::vector<int> sorted;
  for (int b : order) sorted.push_back(lengths[static_cast<size_t>(b)]);
  ForecasterBatch batch;
  batch.layout = Layout(sorted);
  batch.order = order;
  const auto size = static_cast<int64_t>(questions.size());
  const int64_t known = known_size(calendar_);
  batch.steps = Tensor::unset({batch.layout.rows(), window_.step + known});
  batch.past = Tensor::unset({size, window_.past});
  batch.known = Tensor::unset({size, known});
  for (int b = 0; b < batch.layout.sequences(); ++b) {
    const Window& window = windows[static_cast<size_t>(order[static_cast<size_t>(b)])];
    for (int t = 0; t < window.steps; ++t) {
      float* row = batch.steps.data() + batch.layout.row(t, b) * batch.steps.cols();
      const int64_t from = std::ssize(window.past) - int64_t{window.steps - t} * window_.step;
      for (int64_t i = from; i < from + window_.step; ++i)
        *row++ = window.past[static_cast<size_t>(std::max<int64_t>(0, i))];
      std::ranges::copy(window.known, row);
    }
    std::ranges::copy(window.past, batch.past.data() + b * int64_t{window_.past});
    std::ranges::copy(window.known, batch.known.data() + b * known);
  }
  return batch;
}

void Forecaster::add_targets(std::span<const Question> questions, std::span<const Window> windows,
                             std::span<const int64_t> ends, ForecasterBatch& batch) const {
  const auto size = static_cast<int64_t>(questions.size());
  const auto levels = std::ssize(levels_);
  const int64_t outputs = window_.horizon * levels;
  batch.targets = Tensor(size, outputs);
  batch.above = Tensor(size, outputs);
  batch.below = Tensor(size, outputs);
  for (int64_t b = 0; b < size; ++b) {
    const auto member = static_cast<size_t>(batch.order[static_cast<size_t>(b)]);
    const auto& [history, origin] = questions[member];
    const Window& window = windows[member];
    for (int h = 0; h < window_.horizon && origin + h < ends[member]; ++h) {
      if (std::isnan(history->series().values[static_cast<size_t>(origin + h)])) continue;
      const double target = (history->filled(origin + h) - window.level) / window.scale -
                            window.base[static_cast<size_t>(h)];
      for (int64_t k = 0; k < levels; ++k) {
        const int64_t at = b * outputs + h * levels + k;
        const double level = levels_[static_cast<size_t>(k)];
        batch.targets.data()[at] =
            static_cast<float>(std::clamp(target, -farthest_target, farthest_target));
        batch.above.data()[at] = static_cast<float>(level);
        batch.below.data()[at] = static_cast<float>(1 - level);
      }
    }
  }
}

int64_t Forecaster::start_epoch(Rng& rng) {
  draws_ = rng.split();
  return (data_.draws + data_.batch - 1) / data_.batch;
}

// Any series, then any time of it.
Trainee::Loss Forecaster::loss(int64_t) {
  std::vector<Question> questions;
  std::vector<int64_t> ends;
  for (int i = 0; i < data_.batch; ++i) {
    const auto& [series, first, last] =
        sources_[draws_->below(static_cast<uint32_t>(sources_.size()))];
    const auto origin = first + draws_->below(static_cast<uint32_t>(last - first + 1));
    questions.push_back({&train_[series], origin});
    ends.push_back(ends_[series]);
  }
  std::vector<Window> windows(questions.size());
  ForecasterBatch batch = make_batch(questions, windows);
  add_targets(questions, windows, ends, batch);
  const int64_t values = int64_t{data_.batch} * window_.horizon;
  return {network_->loss(batch), values, batch.layout.rows(), values};
}

std::vector<Forecast> Forecaster::forecasts(std::span<const Question> questions) const {
  std::vector<Forecast> all(questions.size());
  const auto at_once = static_cast<size_t>(std::max(1, values_in_prediction / window_.past));
  for (size_t from = 0; from < questions.size(); from += at_once) {
    const auto some = questions.subspan(from, std::min(at_once, questions.size() - from));
    std::vector<Window> windows(some.size());
    const ForecasterBatch batch = make_batch(some, windows);
    const Tensor answers = (*network_)(batch);
    const auto outputs = static_cast<size_t>(answers.cols());
    for (size_t b = 0; b < some.size(); ++b) {
      const auto member = static_cast<size_t>(batch.order[b]);
      all[from + member] = unscaled(*some[member].history, windows[member],
                                    answers.values().subspan(b * outputs, outputs));
    }
  }
  return all;
}

// Quantiles are put in order (Chernozhukov, Fernández-Val and Galichon, 2010).
Forecast Forecaster::unscaled(const SeriesHistory& history, const Window& window,
                              std::span<const float> answer) const {
  Forecast forecast;
  const size_t levels = levels_.size();
  for (size_t h = 0; h < window.base.size(); ++h) {
    for (size_t k = 0; k < levels; ++k) {
      const float one = answer[h * levels + k];
      expect_finite_answer(one);
      forecast.quantiles.push_back(
          history.value((window.base[h] + one) * window.scale + window.level));
    }
    const auto step = std::span(forecast.quantiles).subspan(h * levels);
    std::ranges::sort(step);
    forecast.mean.push_back(step[median_]);
  }
  return forecast;
}

double Forecaster::held_out_score() { return score(held_out_, forecasts(held_out_)).mase.value(); }

}  // namespace cadena
