// SPDX-License-Identifier: MIT
#include "cadena/nn/trace_measures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string_view>

#include "cadena/autograd/tape.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

// So many copies of an input run at once; more would only take memory.
constexpr size_t copies_at_once = 16;

// What multiplies the old state in the new one.
struct Keeping {
  std::string_view cell, gate;
  bool complement = false;
};
constexpr Keeping keeping[] = {{"lstm", "f"},
                               {"peephole", "f"},
                               {"coupled", "f"},
                               {"lstm_nig", "f"},
                               {"lstm_nog", "f"},
                               {"lstm_niaf", "f"},
                               {"lstm_noaf", "f"},
                               {"lstm_cifg", "f"},
                               {"lstm_layer_norm", "f"},
                               {"lstm_projected", "f"},
                               {"lstm_fgr", "f"},
                               {"depth_gated", "f"},
                               {"gru", "z"},
                               {"gru_before", "z"},
                               {"gru_layer_norm", "z"},
                               {"mgu", "f", true},
                               {"ugrnn", "g"},
                               {"sru", "f"},
                               {"mingru", "z", true},
                               {"minlstm", "f'"}};

// A network that was called once for each step has gone through one sequence.
std::vector<Trace::Layer> passes_of(const Trace& trace, int networks) {
  std::vector<Trace::Layer> all;
  for (Trace::Layer layer : trace.layers()) {
    layer.network = std::min(layer.network, networks - 1);
    const auto same = std::ranges::find_if(all, [&](const Trace::Layer& other) {
      return other.network == layer.network && other.layer == layer.layer &&
             other.reverse == layer.reverse;
    });
    if (same == all.end())
      all.push_back(std::move(layer));
    else
      same->steps.insert(same->steps.end(), layer.steps.begin(), layer.steps.end());
  }
  return all;
}

// None if nothing came back to it.
std::span<const float> gradient(const Tensor& tensor, size_t i) {
  if (!tensor.has_grad()) return {};
  return {tensor.grad() + static_cast<int64_t>(i) * tensor.cols(),
          static_cast<size_t>(tensor.cols())};
}

double squares(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  return sum;
}

// One value over time, of the only sequence of a pass.
Track track_of(const Trace::Layer& layer, const std::string& name,
               std::vector<Tensor> Trace::Step::*values, size_t k) {
  Track track{.name = name, .units = (layer.steps[0].*values)[k].cols(), .values = {}};
  for (const Trace::Step& step : layer.steps) {
    const Tensor& tensor = (step.*values)[k];
    track.values.insert(track.values.end(), tensor.data(), tensor.data() + track.units);
  }
  return track;
}

LayerRecord record_of(const Trace::Layer& layer) {
  LayerRecord record{.network = layer.network,
                     .layer = layer.layer,
                     .reverse = layer.reverse,
                     .cell = layer.cell,
                     .steps = static_cast<int>(std::ssize(layer.steps)),
                     .states = {},
                     .gates = {},
                     .triangle = {},
                     .decay = {}};
  for (size_t k = 0; k < layer.state_names.size(); ++k) {
    Track& track =
        record.states.emplace_back(track_of(layer, layer.state_names[k], &Trace::Step::states, k));
    for (const Trace::Step& step : layer.steps)
      track.gradient.push_back(std::sqrt(squares(gradient(step.states[k], 0))));
  }
  for (size_t k = 0; k < layer.gate_names.size(); ++k)
    if (std::ranges::count(layer.state_names, layer.gate_names[k]) == 0)  // else it is that state
      record.gates.push_back(track_of(layer, layer.gate_names[k], &Trace::Step::gates, k));
  return record;
}

// A row of the triangle, from the copy that has the loss of step t.
void add_part(LayerRecord& record, const Trace::Layer& layer, size_t copy, int t, bool aligned) {
  const auto units = static_cast<size_t>(record.states[0].units);
  if (aligned) record.decay.resize(static_cast<size_t>(record.steps) * units);
  for (int k = 0; k < record.steps; ++k) {
    double sum = 0;
    std::vector<double> of_units(units);
    for (const Tensor& state : layer.steps[static_cast<size_t>(k)].states) {
      const std::span<const float> g = gradient(state, copy);
      sum += squares(g);
      if (g.size() == units)
        for (size_t u = 0; u < units; ++u) of_units[u] += double{g[u]} * g[u];
    }
    record.triangle.push_back(std::sqrt(sum));
    const int distance = record.reverse ? k - t : t - k;
    if (!aligned || distance < 0) continue;
    double* const decay = record.decay.data() + static_cast<size_t>(distance) * units;
    for (size_t u = 0; u < units; ++u) decay[u] += std::sqrt(of_units[u]);
  }
}

// Sums become means over the parts that have such a distance.
void finish_decay(LayerRecord& record, const std::vector<int>& parts) {
  const auto units = static_cast<size_t>(record.states[0].units);
  for (size_t i = 0; i < record.decay.size(); ++i) {
    const auto distance = static_cast<int>(i / units);
    const auto count = std::ranges::count_if(
        parts, [&](int t) { return distance <= (record.reverse ? record.steps - 1 - t : t); });
    if (count > 0) record.decay[i] /= static_cast<double>(count);
  }
}

}  // namespace

Observation observe(int parts, int networks, const ObservedPass& pass) {
  Observation seen;
  const auto run = [&](std::span<const int> copies, const auto& look) {
    const Trace trace;
    Tape tape;
    const Tensor loss = pass(copies);
    if (!std::isfinite(loss.item()))
      throw Error("the network's answers are not finite", "train it again with a smaller rate",
                  Fault::diverged);
    tape.backward(loss);
    look(loss.item(), passes_of(trace, networks));
  };
  run({&whole_loss, 1}, [&](double loss, const std::vector<Trace::Layer>& layers) {
    seen.loss = loss;
    for (const Trace::Layer& layer : layers) seen.layers.push_back(record_of(layer));
  });
  for (int t = std::max(0, parts - most_parts); t < parts; ++t) seen.parts.push_back(t);
  for (size_t first = 0; first < seen.parts.size(); first += copies_at_once) {
    const auto some =
        std::span(seen.parts).subspan(first, std::min(copies_at_once, seen.parts.size() - first));
    run(some, [&](double, const std::vector<Trace::Layer>& layers) {
      for (size_t i = 0; i < layers.size(); ++i)
        for (size_t b = 0; b < some.size(); ++b)
          add_part(seen.layers[i], layers[i], b, some[b], layers[i].network == networks - 1);
    });
  }
  for (LayerRecord& record : seen.layers) finish_decay(record, seen.parts);
  return seen;
}

Tensor side_by_side(const Tensor& x, int64_t copies) {
  Tensor y = Tensor::parameter({x.rows() * copies, x.cols()});
  for (int64_t i = 0; i < y.rows(); ++i)
    std::copy_n(x.data() + i / copies * x.cols(), x.cols(), y.data() + i * x.cols());
  return y;
}

Layout layout_side_by_side(int64_t steps, int64_t copies) {
  return Layout(std::vector<int>(static_cast<size_t>(copies), static_cast<int>(steps)));
}

Saturation saturation(const Track& track) {
  const auto share = [&](const auto& holds) {
    return static_cast<double>(std::ranges::count_if(track.values, holds)) /
           static_cast<double>(track.values.size());
  };
  return {share([](float v) { return std::abs(v) < 0.1f; }),
          share([](float v) { return std::abs(v) > 0.9f; })};
}

std::vector<double> mean_size(const Track& track) {
  const auto units = static_cast<size_t>(track.units);
  std::vector<double> mean(units);
  for (size_t i = 0; i < track.values.size(); ++i) mean[i % units] += std::abs(track.values[i]);
  for (double& value : mean)
    value *= static_cast<double>(units) / static_cast<double>(track.values.size());
  return mean;
}

std::vector<double> mean_change(const Track& track) {
  const auto units = static_cast<size_t>(track.units);
  std::vector<double> mean(units);
  const size_t changes = track.values.size() / units - 1;
  for (size_t i = units; i < track.values.size(); ++i)
    mean[i % units] +=
        std::abs(track.values[i] - track.values[i - units]) / static_cast<double>(changes);
  return mean;
}

std::vector<int64_t> largest(std::span<const double> values, size_t count) {
  std::vector<int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) {
    const double x = values[static_cast<size_t>(a)], y = values[static_cast<size_t>(b)];
    return std::isnan(y) ? !std::isnan(x) : x > y;
  });
  order.resize(std::min(count, order.size()));
  return order;
}

Horizon memory_horizon(const LayerRecord& layer) {
  const auto* const known =
      std::ranges::find_if(keeping, [&](const Keeping& one) { return one.cell == layer.cell; });
  if (known != std::end(keeping)) {
    const auto gate = std::ranges::find_if(
        layer.gates, [&](const Track& track) { return track.name == known->gate; });
    if (gate != layer.gates.end()) {
      Horizon horizon{std::string(known->gate), known->complement, mean_size(*gate)};
      for (double& value : horizon.steps) value = 1 / (known->complement ? value : 1 - value);
      return horizon;
    }
  }
  Horizon horizon;
  if (layer.decay.empty() || layer.steps < 2) return horizon;
  const auto units = static_cast<size_t>(layer.states[0].units);
  for (size_t u = 0; u < units; ++u) {
    double sum = 0;
    for (size_t i = units + u; i < layer.decay.size(); i += units) sum += layer.decay[i];
    const double first = layer.decay[units + u];
    horizon.steps.push_back(first > 0 ? sum / first : std::numeric_limits<double>::quiet_NaN());
  }
  return horizon;
}

}  // namespace cadena
