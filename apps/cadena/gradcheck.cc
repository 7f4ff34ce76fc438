// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "cadena/base/json.h"
#include "cadena/nn/double_layer.h"
#include "cadena/nn/layer_check.h"
#include "cadena/tasks/task.h"
#include "cadena/train/gradient_check.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string task, train;
  SettingsArguments settings;
  bool json = false;
};

/// One direction of a recurrent layer, as its parameters' names tell of it.
struct Layer {
  std::string name, cell;  // "encoder l0 reverse"
  std::map<std::string, Tensor> tensors{};
  std::optional<LayerCheck> check{};  // none: the cell has no form in double precision

  bool right() const { return !check || check->right(); }
  int64_t hidden() const { return tensors.at("weight_ih").rows() / cell_spec(cell).gates; }
  RecurrentWeights weights() const {
    const auto get = [&](const char* part) {
      const auto found = tensors.find(part);
      return found == tensors.end() ? Tensor() : found->second;
    };
    return {get("weight_ih"), get("weight_hh"), get("bias_ih"), get("bias_hh"), get("weight_own")};
  }
};

/// Where "_l0" or "_l0_reverse" begins in "encoder.weight_ih_l0_reverse"; npos if it ends
/// otherwise.
size_t layer_suffix(const std::string& name) {
  const size_t at = name.rfind("_l");
  if (at == name.npos) return at;
  size_t end = at + 2;
  while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])) != 0) ++end;
  const std::string rest = name.substr(end);
  return end > at + 2 && (rest.empty() || rest == "_reverse") ? at : name.npos;
}

/// Of a setting with text as its value.
std::string value_of(const Settings& settings, const std::string& key) {
  const std::vector<Settings::Entry> entries = settings.entries();
  const auto entry = std::ranges::find(entries, key, &Settings::Entry::key);
  return entry == entries.end() ? "" : Json::parse(entry->by_default).to_string();
}

/// In the order of the parameters. `settings` have the values of the task as its defaults.
std::vector<Layer> recurrent_layers(Task& task, const Settings& settings) {
  std::vector<Layer> layers;
  Visitor visitor([&](const std::string& name, Tensor& parameter) {
    const size_t suffix = layer_suffix(name), dot = name.rfind('.');
    if (suffix == name.npos || dot == name.npos) return;
    const std::string module = name.substr(0, dot);
    std::string title = module + " " + name.substr(suffix + 1);
    std::ranges::replace(title, '_', ' ');
    if (layers.empty() || layers.back().name != title) {
      // What spells words has a cell of its own.
      const bool spells = module.ends_with("spelling");
      layers.push_back({title, value_of(settings, spells ? "model.characters" : "model.cell")});
    }
    layers.back().tensors[name.substr(dot + 1, suffix - dot - 1)] = parameter;
  });
  task.visit(visitor);
  return layers;
}

/// Of the longest name of a parameter, and so of a layer.
size_t longest_name(Task& task) {
  size_t width = 0;
  Visitor visitor([&](const std::string& name, Tensor&) { width = std::max(width, name.size()); });
  task.visit(visitor);
  return width;
}

std::string text_of(const std::vector<Layer>& layers, size_t width) {
  if (layers.empty()) return {};
  std::string text = fmt::format(
      "recurrent layers alone, in double precision\n  {:<{}}  {:<10} {:>6} {:>9} {:>8} {:>9} "
      "{:>9}\n",
      "layer", width, "cell", "hidden", "values", "probed", "equation", "float");
  for (const Layer& layer : layers) {
    text += fmt::format("  {:<{}}  {:<10} ", layer.name, width, layer.cell);
    if (const auto& check = layer.check)
      text += fmt::format("{:>6} {:>9} {:>8} {:>9.1e} {:>9.1e}  {}\n", layer.hidden(),
                          check->values, check->probed, check->equation, check->single,
                          check->right() ? "ok" : "WRONG");
    else
      text += "float only: the cell has no form in double precision\n";
  }
  return text + fmt::format(
                    "equation: back-propagation against the complex step, at most {:.0e}\n"
                    "float: the layer that trains against the double one, at most {:.0e}\n\n",
                    LayerCheck::equation_bound, LayerCheck::single_bound);
}

const char* word_for(ParameterCheck::Verdict verdict) {
  switch (verdict) {
    case ParameterCheck::Verdict::ok:
      return "ok";
    case ParameterCheck::Verdict::suspicious:
      return "SUSPICIOUS";
    case ParameterCheck::Verdict::unclear:
      return "unclear";
  }
  return "";
}

std::string text_of(const ParameterCheck& check, size_t width) {
  const SlopeProbe& worst = check.worst();
  return fmt::format("  {:<{}}  {:<12} {:>10.3g} {:>10.3g} {:>8.0e} {:>9.0e}  {} ({})\n",
                     check.name, width, to_string(check.shape), check.norm, worst.slope,
                     std::abs(worst.error), worst.explained, word_for(check.verdict()),
                     worst.along);
}

/// Prints as it goes: it takes a while.
GradientCheck check_network(Task& task, const TrainOptions& options, size_t width) {
  std::cout << fmt::format(
                   "the whole network, in float, on the first batch\n  {:<{}}  {:<12} {:>10} "
                   "{:>10} {:>8} {:>9}\n",
                   "parameter", width, "shape", "norm", "slope", "error", "explained")
            << std::flush;
  const GradientCheck network = check_gradients_of(task, options, [&](const ParameterCheck& check) {
    std::cout << text_of(check, width) << std::flush;
  });
  std::cout << fmt::format(
      "norm: of the gradient; slope: along the probe whose error is the largest part of what is "
      "allowed\n"
      "explained: by rounding of the loss, which moves its {:.6g} by {:.0e}, and by its "
      "curvature\n\n",
      network.loss, network.noise);
  return network;
}

Json json_of(const std::vector<Layer>& layers, const GradientCheck& network, bool right) {
  Json alone = Json::array(), parameters = Json::array();
  for (const Layer& layer : layers) {
    Json one = Json::object(
        {{"layer", layer.name}, {"cell", layer.cell}, {"double", layer.check.has_value()}});
    if (const auto& check = layer.check) {
      one.push("values", check->values);
      one.push("probed", check->probed);
      one.push("equation_error", check->equation);
      one.push("float_error", check->single);
      one.push("right", check->right());
    }
    alone.push(std::move(one));
  }
  for (const ParameterCheck& check : network.parameters) {
    Json shape = Json::array(), probes = Json::array();
    for (int64_t extent : check.shape) shape.push(extent);
    for (const SlopeProbe& probe : check.probes)
      probes.push(Json::object({{"along", probe.along},
                                {"slope", probe.slope},
                                {"error", probe.error},
                                {"explained", probe.explained},
                                {"allowed", probe.allowed}}));
    parameters.push(Json::object({{"name", check.name},
                                  {"shape", std::move(shape)},
                                  {"norm", check.norm},
                                  {"verdict", word_for(check.verdict())},
                                  {"probes", std::move(probes)}}));
  }
  return Json::object({{"schema_version", 1},
                       {"right", right},
                       {"layers", std::move(alone)},
                       {"loss", network.loss},
                       {"noise", network.noise},
                       {"parameters", std::move(parameters)}});
}

int run(const Arguments& a) {
  const std::unique_ptr<Task> task = make_task(a.task);
  TrainOptions options = task->train_defaults();
  Settings settings = settings_of(*task, options);
  a.settings.apply(settings);
  Rng rng(options.seed, weights_stream);
  task->prepare(a.train, std::nullopt, rng);
  std::vector<Layer> layers = recurrent_layers(*task, settings_of(*task, options));
  for (Layer& layer : layers)
    if (DoubleLayer::exists(layer.cell)) layer.check = check_layer(layer.cell, layer.weights());
  const size_t width = longest_name(*task);
  if (!a.json) std::cout << text_of(layers, width);
  const GradientCheck network =
      a.json ? check_gradients_of(*task, options) : check_network(*task, options, width);
  const bool right = std::ranges::all_of(layers, &Layer::right) &&
                     std::ranges::none_of(network.parameters, [](const ParameterCheck& check) {
                       return check.verdict() == ParameterCheck::Verdict::suspicious;
                     });
  if (a.json)
    std::cout << json_of(layers, network, right).dump(2) << '\n';
  else
    std::cout << (right ? "no fault found\n" : "THERE IS A FAULT\n");
  return right ? 0 : 1;
}

}  // namespace

Command add_gradcheck(CLI::App& program) {
  CLI::App* verb =
      add_verb(program, "gradcheck", "hold the gradients of a network against differences",
               "cadena gradcheck tag train.conll --set model.cell=gru");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("TASK", a->task, "what to learn, see 'cadena train --help'")->required();
  verb->add_option("TRAIN", a->train, "file whose first batch is looked at")->required();
  a->settings.add_to(*verb);
  add_threads(*verb);
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
