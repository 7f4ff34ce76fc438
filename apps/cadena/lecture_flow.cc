// SPDX-License-Identifier: MIT
// The figures of gradients through time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "cadena/base/suggest.h"
#include "cadena/lecture/gate_values.h"
#include "cadena/lecture/gradient_flow.h"
#include "cadena/report/chart.h"
#include "lecture.h"

namespace cadena {
namespace {

template <class Number>
Json array_of(const std::vector<Number>& values) {
  Json array = Json::array();
  for (const Number& value : values) array.push(value);
  return array;
}

template <class Options>
void add_seed(CLI::App& verb, Options& options) {
  add_count(verb, "--seed", options.seed, 0, "another one, other random numbers",
            std::numeric_limits<int>::max());
}

Figure draw_bptt(const FlowOptions& o) {
  const BpttTriangle triangle = bptt_triangle(o);
  const auto steps = static_cast<size_t>(o.steps);
  HeatMap map{.title = fmt::format("Back-propagation through time: {}, {} units", o.cell, o.hidden),
              .x_label = "k: the step that the gradient has come back to",
              .y_label = "t: the step of the error",
              .columns = {},
              .rows = {},
              .values = triangle.norms};
  Figure figure;
  figure.text =
      fmt::format("|dE_t/ds_k|, {} of {} units, seed {}\n\n t\\k", o.cell, o.hidden, o.seed);
  for (size_t k = 0; k < steps; ++k) {
    map.columns.push_back(std::to_string(k + 1));
    figure.text += fmt::format("{:>9}", k + 1);
  }
  map.rows = map.columns;
  figure.text += "   |dE_t/dW|\n";
  for (size_t t = 0; t < steps; ++t) {
    figure.text += fmt::format("{:>4}", t + 1);
    for (size_t k = 0; k < steps; ++k)
      figure.text +=
          k > t ? std::string(9, ' ') : fmt::format("{:>9.2e}", triangle.norms[t * steps + k]);
    figure.text += fmt::format("{:>12.6f}\n", triangle.row_totals[t]);
  }
  figure.text += fmt::format(
      "\ndE/dW, what each step k adds to each row t, added up   norm {:.6f}\n"
      "dE/dW, one pass of back-propagation through all steps  norm {:.6f}\n"
      "largest difference of an element                       {:.1e}\n",
      triangle.added, triangle.whole, triangle.difference);
  figure.json = Json::object({{"cell", o.cell},
                              {"hidden", o.hidden},
                              {"steps", o.steps},
                              {"seed", o.seed},
                              {"norms", array_of(triangle.norms)},
                              {"row_totals", array_of(triangle.row_totals)},
                              {"added", triangle.added},
                              {"whole", triangle.whole},
                              {"difference", triangle.difference}});
  figure.svg = svg(map);
  return figure;
}

struct VanishingArguments {
  std::vector<double> rho{0.5, 0.9, 1, 1.1};
  VanishingOptions options;
};

Figure draw_vanishing(const VanishingArguments& a) {
  const auto last = static_cast<size_t>(a.options.steps);
  LineChart chart{.title = "Gradients vanish and explode: W = rho Q, Q orthogonal",
                  .x_label = "distance in steps",
                  .y_label = "norm of the product of Jacobians",
                  .curves = {},
                  .log_y = true};
  Figure figure;
  Json runs = Json::array();
  std::string slopes = "\n   rho   slope of log norm     log rho  difference\n";
  for (const double rho : a.rho) {
    VanishingOptions options = a.options;
    options.rho = rho;
    const Vanishing found = vanishing(options);
    Curve curve{.name = fmt::format("rho {}", rho), .x = {}, .y = {}};
    for (size_t d = 0; d <= last; ++d) {
      curve.x.push_back(static_cast<double>(d));
      curve.y.push_back(std::exp(found.log_norms[d]));
    }
    chart.curves.push_back(std::move(curve));
    const double wanted = std::log(rho);
    slopes += fmt::format("{:>6}{:>20.6f}{:>12.6f}{:>12.1e}\n", rho, found.slope, wanted,
                          found.slope - wanted);
    runs.push(Json::object({{"rho", rho},
                            {"slope", found.slope},
                            {"log_rho", wanted},
                            {"log_norms", array_of(found.log_norms)}}));
  }
  figure.text = fmt::format(
      "|dh_T/dh_(T-d)| of h_t = tanh(W h_(t-1) + U x_t), {} units, inputs of deviation {}\n\n   d",
      a.options.hidden, a.options.input);
  for (const Curve& curve : chart.curves) figure.text += fmt::format("{:>12}", curve.name);
  figure.text += '\n';
  for (size_t d = 0; d <= last; d += std::max<size_t>(1, last / 10)) {
    figure.text += fmt::format("{:>4}", d);
    for (const Curve& curve : chart.curves) figure.text += fmt::format("{:>12.3e}", curve.y[d]);
    figure.text += '\n';
  }
  figure.text += slopes;
  figure.json = Json::object({{"hidden", a.options.hidden},
                              {"input", a.options.input},
                              {"seed", a.options.seed},
                              {"runs", std::move(runs)}});
  figure.svg = svg(chart);
  return figure;
}

struct MemoryArguments {
  std::vector<std::string> cells{"elman", "lstm"};
  FlowOptions options{.steps = 50};
};

/// Of an LSTM, and the line below the table that compares the two.
std::string add_cell_path(const FlowOptions& options, LineChart& chart, Json& run) {
  const CellPath path = cell_path(options);
  const std::vector<double> steps = counted(path.product.size());
  chart.curves.push_back({.name = "lstm dc_t/dc_1", .x = steps, .y = path.gradient});
  chart.curves.push_back({.name = "product of f", .x = steps, .y = path.product});
  run.push("cell_gradient", array_of(path.gradient));
  run.push("forget_product", array_of(path.product));
  run.push("difference", path.difference);
  return fmt::format(
      "\nThe cell alone, every h held fixed: dc_t/dc_1 = f_2 f_3 ... f_t. Largest difference\n"
      "of a unit: {:.1e}; at t = {} the mean of the units is {:.6e} and {:.6e}\n",
      path.difference, path.product.size(), path.gradient.back(), path.product.back());
}

Figure draw_memory(const MemoryArguments& a) {
  LineChart chart{.title = "What an output still knows of the first input",
                  .x_label = "step t",
                  .y_label = "norm of dy_t/dx_1",
                  .curves = {},
                  .log_y = true};
  Figure figure;
  Json runs = Json::array();
  std::string below;
  for (const std::string& cell : a.cells) {
    FlowOptions options = a.options;
    options.cell = cell;
    const std::vector<double> norms = sensitivity(options);
    chart.curves.push_back({.name = cell, .x = counted(norms.size()), .y = norms});
    Json run = Json::object({{"cell", cell}, {"norms", array_of(norms)}});
    if (cell == "lstm") below += add_cell_path(options, chart, run);
    runs.push(std::move(run));
  }
  figure.text =
      fmt::format("|dy_t/dx_1|, {} units, forget gates with a bias of {}, seed {}\n\n   t",
                  a.options.hidden, a.options.forget_bias, a.options.seed);
  for (const Curve& curve : chart.curves) figure.text += fmt::format("{:>16}", curve.name);
  figure.text += '\n';
  const int every = std::max(1, a.options.steps / 10);
  for (int t = 1; t <= a.options.steps; t += t == 1 && every > 1 ? every - 1 : every) {
    figure.text += fmt::format("{:>4}", t);
    for (const Curve& curve : chart.curves)
      figure.text += fmt::format("{:>16.3e}", curve.y[static_cast<size_t>(t) - 1]);
    figure.text += '\n';
  }
  figure.text += below;
  figure.json = Json::object({{"hidden", a.options.hidden},
                              {"forget_bias", a.options.forget_bias},
                              {"seed", a.options.seed},
                              {"runs", std::move(runs)}});
  figure.svg = svg(chart);
  return figure;
}

struct GatesArguments {
  ToyOptions options{.hidden = 1, .rate = 0.02};
  int length = 20;
};

Figure draw_gates(const GatesArguments& a) {
  const GateValues found = gate_values(a.options, a.length);
  const std::vector<double> steps = counted(found.input.size());
  LineChart chart{
      .title = fmt::format("One {} unit keeps the number that is marked", a.options.cell),
      .x_label = "step t",
      .y_label = "value",
      .curves = {}};
  Figure figure;
  figure.text = fmt::format(
      "one {} unit, {} steps of training on sequences of 10, mean squared error {:.4f} (chance "
      "{:.4f})\n\n   t  "
      "number  "
      "mark",
      a.options.cell, a.options.steps, found.training.measure, keeping_problem(2).chance);
  figure.json = Json::object({{"cell", a.options.cell},
                              {"error", found.training.measure},
                              {"number", array_of(found.input)},
                              {"mark", array_of(found.mark)}});
  const auto add = [&](const std::string& name, const std::vector<double>& values) {
    chart.curves.push_back({.name = name, .x = steps, .y = values});
    figure.text += fmt::format("{:>9}", name);
    figure.json.push(name, array_of(values));
  };
  for (size_t i = 0; i < found.gates.size(); ++i) add(found.gates[i], found.gate_values[i]);
  for (size_t i = 0; i < found.states.size(); ++i) add(found.states[i], found.state_values[i]);
  figure.text += '\n';
  for (size_t t = 0; t < steps.size(); ++t) {
    figure.text +=
        fmt::format("{:>4}{:>8.3f}{:>6}", t + 1, found.input[t], found.mark[t] > 0 ? "*" : "");
    for (const Curve& curve : chart.curves) figure.text += fmt::format("{:>9.4f}", curve.y[t]);
    figure.text += '\n';
  }
  const std::string memory = found.states.back();
  std::erase_if(chart.curves, [&](const Curve& curve) {  // what is left: gates, and the memory
    return curve.name != memory && *std::ranges::min_element(curve.y) < 0;
  });
  chart.curves.push_back({.name = "mark", .x = steps, .y = found.mark});
  figure.svg = svg(chart);
  return figure;
}

}  // namespace

Command add_bptt(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "bptt", "how far the error of each step goes back",
                            "cadena lecture bptt --cell lstm --figure bptt.svg");
  const auto o = std::make_shared<FlowOptions>();
  add_cell(*verb, o->cell);
  add_count(*verb, "--steps", o->steps, 1, "length of the sequence", 200);
  add_count(*verb, "--hidden", o->hidden, 1, "units", 1024);
  add_seed(*verb, *o);
  return figure_command(verb, [o] { return draw_bptt(*o); });
}

Command add_vanishing(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "vanishing", "gradients that vanish and explode",
                            "cadena lecture vanishing --rho 0.8,1,1.2 --input 0.5");
  const auto a = std::make_shared<VanishingArguments>();
  add_reals(*verb, "--rho", a->rho, 0.01, 10, "W = rho Q, 0.5,0.9,1,1.1 by default");
  add_count(*verb, "--steps", a->options.steps, 1, "largest distance", 1000);
  add_count(*verb, "--hidden", a->options.hidden, 1, "units", 1024);
  add_real(*verb, "--input", a->options.input, 0, 100,
           "deviation of the inputs; above 0 tanh is not linear");
  add_seed(*verb, a->options);
  return figure_command(verb, [a] { return draw_vanishing(*a); });
}

Command add_memory(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "memory", "what an output still knows of the first input",
                            "cadena lecture memory --cell elman,gru,lstm --forget-bias 3");
  const auto a = std::make_shared<MemoryArguments>();
  add_cells(*verb, a->cells);
  add_count(*verb, "--steps", a->options.steps, 1, "length of the sequence", 200);
  add_count(*verb, "--hidden", a->options.hidden, 1, "units", 256);
  add_real(*verb, "--forget-bias", a->options.forget_bias, -100, 100,
           "bias of the gate that keeps memory (f of an LSTM)");
  add_seed(*verb, a->options);
  return figure_command(verb, [a] { return draw_memory(*a); });
}

Command add_gates(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "gates", "gates of a unit that keeps one number of a sequence",
                            "cadena lecture gates --cell gru --length 30");
  const auto a = std::make_shared<GatesArguments>();
  add_cell(*verb, a->options.cell);
  add_count(*verb, "--length", a->length, 2, "steps of the sequence that is shown", 1000);
  add_count(*verb, "--steps", a->options.steps, 1, "steps of training, on sequences of 10");
  add_seed(*verb, a->options);
  return figure_command(verb, [a] { return draw_gates(*a); });
}

}  // namespace cadena
