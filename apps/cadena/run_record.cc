// SPDX-License-Identifier: MIT
#include "run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/nn/trace.h"
#include "command.h"
#include "memory.h"
#include "run_history.h"

namespace cadena {
namespace {

constexpr std::chrono::milliseconds between_lines(50);
constexpr std::chrono::seconds between_reports(5);
constexpr int64_t lines_in_epoch = 100;
constexpr std::chrono::seconds between_looks_at_memory(1);
constexpr double most_for_gates = 0.005;  // of the time
constexpr size_t most_layers = 4;         // whose gates are watched
constexpr float low = 0.1f, high = 0.9f;  // beyond, a gate counts as closed or open

// "encoder layer 1" of "encoder.weight_hh_l0_reverse", "words" of "words.vectors.weight".
std::string group_of(const std::string& parameter) {
  std::string group = parameter.substr(0, parameter.find('.'));
  const size_t at = parameter.rfind("_l");
  if (at != std::string::npos && at + 2 < parameter.size() && std::isdigit(parameter[at + 2]))
    group += fmt::format(" layer {}", std::stoi(parameter.substr(at + 2)) + 1);
  return group;
}

struct Openness {
  double sum = 0, closed = 0, open = 0, count = 0;
  bool is_gate = true;  // all values are from 0 to 1
  void add(std::span<const float> values) {
    for (float value : values) {
      sum += value;
      closed += value < low;
      open += value > high;
      is_gate = is_gate && value >= 0 && value <= 1;
    }
    count += static_cast<double>(values.size());
  }
};

}  // namespace

RunRecord::RunRecord(RunFolder folder, RunFacts facts, Task& task, RunHistory history, int64_t step)
    : folder_(std::move(folder)),
      facts_(std::move(facts)),
      task_(task),
      history_(std::move(history)),
      step_(step) {
  Visitor visitor([&](const std::string& name, Tensor&) { groups_.push_back(group_of(name)); });
  task.visit(visitor);
}

void RunRecord::begin() {
  Json naive = Json::array();
  for (const auto& [name, score] : facts_.baselines)
    naive.push(Json::object({{"name", name}, {"score", score}}));
  folder_.add(Json::object({{"kind", "start"},
                            {"schema_version", 1},
                            {"cadena", facts_.version},
                            {"task", facts_.task},
                            {"model", facts_.model},
                            {"measure", facts_.measure.name},
                            {"smaller_is_better", facts_.measure.smaller_is_better},
                            {"date", facts_.date},
                            {"command", facts_.command},
                            {"baselines", std::move(naive)}}));
  write_report();
}

template <class Work>
void RunRecord::guarded(Work work) {
  if (lost_) return;
  try {
    work();
  } catch (const Error& error) {
    std::cerr << fmt::format("cadena: warning: {}{}; the training goes on\n",
                             escaped(prefix(error.place())), escaped(error.message()));
    lost_ = true;
  }
}

void RunRecord::add(const Progress& progress) {
  guarded([&] {
    history_.planned = progress.epochs;
    history_.seconds = progress.seconds;
    if (!progress.warning.empty()) {
      history_.warnings.push_back(progress.warning);
      folder_.add(
          Json::object({{"kind", "warning"}, {"step", step_ + 1}, {"text", progress.warning}}));
    }
    if (progress.epoch_done)
      add_epoch(progress);
    else
      add_batch(progress);
    if (!progress.warning.empty()) write_report();
  });
}

void RunRecord::add_batch(const Progress& now) {
  ++step_;
  if (std::isfinite(now.gradient_norm)) {
    loss_ += now.batch_loss;
    norm_ += now.gradient_norm;
    ++summed_;
  }
  const bool due = now.batch % std::max<int64_t>(1, now.batches / lines_in_epoch) == 0;
  const Clock::time_point time = Clock::now();
  if (!due || summed_ == 0 || (told_ && time - *told_ < between_lines)) return;
  told_ = time;
  if (!weighed_ || time - *weighed_ >= between_looks_at_memory) {
    resident_ = resident_bytes();
    weighed_ = time;
  }
  const auto count = static_cast<double>(summed_);
  Scalars scalars{
      {"epoch", now.epoch - 1 + static_cast<double>(now.batch) / static_cast<double>(now.batches)},
      {"seconds", now.seconds},
      {"train/loss", loss_ / count},
      {"train/rate", now.rate},
      {"train/gradient_norm", norm_ / count},
      {"perf/tokens_per_s", now.tokens_per_second},
      {"sys/rss_bytes", resident_}};
  for (auto& norm : gradient_norms(now)) scalars.push_back(std::move(norm));
  loss_ = norm_ = 0, summed_ = 0;
  write("step", scalars);
  for (const auto& [name, value] : scalars)
    add_point(history_.batches[name], scalars[0].second, value);
}

RunRecord::Scalars RunRecord::gradient_norms(const Progress& progress) const {
  std::map<std::string, double> squares;
  for (size_t i = 0; i < progress.gradient_norms.size(); ++i)
    squares["gradient_norm/" + groups_[i]] +=
        progress.gradient_norms[i] * progress.gradient_norms[i];
  Scalars norms;
  for (const auto& [name, square] : squares) norms.emplace_back(name, std::sqrt(square));
  return norms;
}

void RunRecord::add_epoch(const Progress& now) {
  Scalars scalars{{"epoch", now.epoch},
                  {"seconds", now.seconds},
                  {"train/epoch_loss", now.loss},
                  {score_key(facts_.measure.name), now.score},
                  {"perf/epoch_tokens_per_s", now.tokens_per_second}};
  for (auto& gate : measure_gates(now)) scalars.push_back(std::move(gate));
  write("epoch", scalars);
  for (const auto& [name, value] : scalars) add_point(history_.epochs[name], now.epoch, value);
  history_.epoch = history_.result.epochs = now.epoch;
  history_.result.best = now.best;
  history_.result.best_epoch = now.best_epoch;
  if (reported_ && Clock::now() - *reported_ < between_reports) return;
  write_report();
}

// Of the first batch of the epoch, without noise. The training does not notice.
RunRecord::Scalars RunRecord::measure_gates(const Progress& progress) {
  if (gate_seconds_ > most_for_gates * progress.seconds) return {};
  const Clock::time_point start = Clock::now();
  const std::function<void()> put_back = task_.remember();
  Scalars scalars;
  {
    const Trace trace;
    task_.loss(0);
    for (size_t i = 0; i < std::min(most_layers, trace.layers().size()); ++i) {
      const Trace::Layer& layer = trace.layers()[i];
      for (size_t gate = 0; gate < layer.gate_names.size(); ++gate) {
        Openness seen;
        for (const Trace::Step& step : layer.steps) seen.add(step.gates[gate].values());
        if (!seen.is_gate || seen.count == 0) continue;
        const std::string name =
            fmt::format("gate/{}.{}{}/{}", layer.network + 1, layer.layer + 1,
                        layer.reverse ? " backwards" : "", layer.gate_names[gate]);
        scalars.emplace_back(name + "/mean", seen.sum / seen.count);
        scalars.emplace_back(name + "/closed", seen.closed / seen.count);
        scalars.emplace_back(name + "/open", seen.open / seen.count);
      }
    }
  }
  put_back();
  gate_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  return scalars;
}

void RunRecord::write(const char* kind, const Scalars& scalars) {
  Json line = Json::object({{"kind", kind}, {"step", step_}});
  Scalars named;
  for (const auto& [name, value] : scalars) {
    line.push(name, value);
    if (name.find('/') != std::string::npos) named.emplace_back(name, value);
  }
  folder_.add(line);
  folder_.add(step_, named);
}

void RunRecord::write_report() {
  folder_.set_report(run_report(facts_, history_));
  reported_ = Clock::now();
}

void RunRecord::finish(const TrainResult& result, std::vector<ShownExample> examples) {
  guarded([&] {
    history_.result = result;
    history_.done = true;
    history_.examples = std::move(examples);
    folder_.add(Json::object({{"kind", "end"},
                              {"best", result.best},
                              {"best_epoch", result.best_epoch},
                              {"epochs", result.epochs},
                              {"tokens", result.tokens},
                              {"seconds", result.seconds},
                              {"interrupted", result.stopped},
                              {"diverged", result.diverged}}));
    write_report();
  });
}

}  // namespace cadena
