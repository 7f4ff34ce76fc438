// SPDX-License-Identifier: MIT
// The figures of problems that need memory, learnt by several cells and seeds.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>

#include "cadena/base/parallel.h"
#include "cadena/lecture/toy_training.h"
#include "cadena/report/chart.h"
#include "lecture.h"

namespace cadena {
namespace {

struct Arguments {
  std::vector<std::string> cells{"elman", "lstm", "gru"};
  int length = 0, delays = 10, seeds = 5;
  ToyOptions options{};  // its seed is the first of them
};

using Runs = std::vector<ToyResult>;  // of each seed

/// All cells and seeds, each told on stderr when it is done.
std::vector<Runs> train_all(const SequenceProblem& problem, const Arguments& a) {
  std::vector<Runs> runs(a.cells.size(), Runs(static_cast<size_t>(a.seeds)));
  std::mutex telling;
  parallel_for(std::ssize(a.cells) * a.seeds, [&](int64_t i) {
    ToyOptions options = a.options;
    const auto cell = static_cast<size_t>(i % std::ssize(a.cells));
    const auto seed = static_cast<size_t>(i / std::ssize(a.cells));
    options.cell = a.cells[cell];
    options.seed += seed;
    if (!has_memory_gate(options.cell)) options.tuning.longest_memory = 0;
    ToyResult& run = runs[cell][seed] = train_toy(problem, options);
    const std::lock_guard lock(telling);
    std::cerr << fmt::format("{}, seed {}: {} {:.6f} after {:.1f} s\n", options.cell, options.seed,
                             problem.measure, run.measure, run.seconds);
  });
  return runs;
}

double mean_of(const Runs& runs) {
  return std::transform_reduce(runs.begin(), runs.end(), 0.0, std::plus<>(),
                               [](const ToyResult& run) { return run.measure; }) /
         static_cast<double>(runs.size());
}

/// The mean of the seeds, and a band from the best to the worst.
Curve curve_of(const std::string& cell, const Runs& runs) {
  Curve curve{.name = cell, .x = runs[0].steps, .y = {}};
  for (size_t i = 0; i < curve.x.size(); ++i) {
    double sum = 0, low = runs[0].curve[i], high = low;
    for (const ToyResult& run : runs) {
      sum += run.curve[i];
      low = std::min(low, run.curve[i]);
      high = std::max(high, run.curve[i]);
    }
    curve.y.push_back(sum / static_cast<double>(runs.size()));
    curve.low.push_back(low);
    curve.high.push_back(high);
  }
  return curve;
}

std::string row_of(const std::string& cell, const Runs& runs) {
  std::string row = fmt::format("{:<12}{:>10}", cell, runs[0].parameters);
  for (const ToyResult& run : runs) row += fmt::format("{:>11.6f}", run.measure);
  const double seconds = std::transform_reduce(runs.begin(), runs.end(), 0.0, std::plus<>(),
                                               [](const ToyResult& run) { return run.seconds; }) /
                         static_cast<double>(runs.size());
  return row + fmt::format("{:>11.6f}{:>9.1f}\n", mean_of(runs), seconds);
}

/// Of all seeds; a single one can make a mean.
struct Spread {
  double median, best, worst;
  int64_t solved;
};

Spread spread_of(const Runs& runs, double solved) {
  std::vector<double> sorted;
  for (const ToyResult& run : runs) sorted.push_back(run.measure);
  std::ranges::sort(sorted);
  return {.median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2,
          .best = sorted.front(),
          .worst = sorted.back(),
          .solved = std::ranges::count_if(sorted, [&](double one) { return one < solved; })};
}

std::string spread_row(const std::string& cell, const Runs& runs, double solved) {
  const Spread spread = spread_of(runs, solved);
  return fmt::format("{:<12}{:>10.6f}{:>11.6f}{:>11.6f}{:>8} of {}\n", cell, spread.median,
                     spread.best, spread.worst, spread.solved, runs.size());
}

Json json_of(const std::string& cell, const Runs& runs, uint64_t first, double solved) {
  const Spread spread = spread_of(runs, solved);
  Json seeds = Json::array();
  for (const ToyResult& run : runs) {
    Json curve = Json::array();
    for (size_t i = 0; i < run.steps.size(); ++i)
      curve.push(Json::array({run.steps[i], run.curve[i]}));
    seeds.push(Json::object({{"seed", first++},
                             {"measure", run.measure},
                             {"seconds", run.seconds},
                             {"curve", std::move(curve)}}));
  }
  return Json::object({{"cell", cell},
                       {"parameters", runs[0].parameters},
                       {"mean", mean_of(runs)},
                       {"median", spread.median},
                       {"best", spread.best},
                       {"worst", spread.worst},
                       {"solved", spread.solved},
                       {"seeds", std::move(seeds)}});
}

Figure draw(const SequenceProblem& problem, const std::string& title, const Arguments& a) {
  const std::vector<Runs> runs = train_all(problem, a);
  const ToyOptions& o = a.options;
  LineChart chart{.title = title,
                  .x_label = "steps of training",
                  .y_label = problem.measure,
                  .curves = {},
                  .levels = {{.name = "chance", .y = problem.chance}},
                  .log_y = true};
  Figure figure;
  Json cells = Json::array();
  figure.text = fmt::format(
      "{}\n{} units, {} steps of {} sequences, rate {}; {} on 1000 new sequences; chance {:.4f}\n\n"
      "{:<12}{:>10}",
      title, o.hidden, o.steps, o.batch, o.rate, problem.measure, problem.chance, "cell",
      "parameters");
  for (uint64_t i = 0; i < runs[0].size(); ++i)
    figure.text += fmt::format("{:>11}", fmt::format("seed {}", o.seed + i));
  figure.text += fmt::format("{:>11}{:>9}\n", "mean", "seconds");
  std::string spreads = fmt::format("\n{:<12}{:>10}{:>11}{:>11}    below {:.2g}\n", "cell",
                                    "median", "best", "worst", problem.solved);
  for (size_t i = 0; i < runs.size(); ++i) {
    figure.text += row_of(a.cells[i], runs[i]);
    spreads += spread_row(a.cells[i], runs[i], problem.solved);
    cells.push(json_of(a.cells[i], runs[i], o.seed, problem.solved));
    chart.curves.push_back(curve_of(a.cells[i], runs[i]));
  }
  figure.text += spreads;
  figure.json = Json::object({{"problem", problem.name},
                              {"length", a.length},
                              {"measure", problem.measure},
                              {"chance", problem.chance},
                              {"solved_below", problem.solved},
                              {"hidden", o.hidden},
                              {"steps", o.steps},
                              {"batch", o.batch},
                              {"rate", o.rate},
                              {"cells", std::move(cells)}});
  figure.svg = svg(chart);
  return figure;
}

void add_options(CLI::App& verb, Arguments& a, int shortest, const std::string& length) {
  add_cells(verb, a.cells);
  add_count(verb, "--length", a.length, shortest, length);
  add_count(verb, "--hidden", a.options.hidden, 1, "units", 4096);
  add_count(verb, "--steps", a.options.steps, 1, "steps of training, the same for all", 10'000'000);
  add_count(verb, "--batch", a.options.batch, 1, "sequences of a step");
  add_real(verb, "--rate", a.options.rate, 1e-8, 10, "learning rate");
  add_real(verb, "--forget-bias", a.options.tuning.forget_bias, -100, 100,
           "first bias of gates that keep memory");
  add_count(verb, "--longest-memory", a.options.tuning.longest_memory, 0,
            "T: biases for memories of 1 to T steps, if a gate keeps");
  add_count(verb, "--seeds", a.seeds, 1, "how many seeds", 1000);
  add_count(verb, "--first-seed", a.options.seed, 0, "the first of them",
            std::numeric_limits<int>::max() / 2);
}

}  // namespace

Command add_adding(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "adding", "who learns to add two numbers far apart",
                            "cadena lecture adding --length 100 --cell elman,gru --seeds 2");
  const auto a = std::make_shared<Arguments>(
      Arguments{.length = 200, .options = {.steps = 4000, .rate = 0.01}});
  add_options(*verb, *a, 2, "steps of a sequence");
  return figure_command(verb, [a] {
    return draw(adding_problem(a->length), fmt::format("The adding problem, T = {}", a->length),
                *a);
  });
}

Command add_copy(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "copy", "who remembers ten symbols",
                            "cadena lecture copy --length 20 --cell gru --seeds 1");
  const auto a = std::make_shared<Arguments>(
      Arguments{.length = 50, .seeds = 3, .options = {.hidden = 64, .steps = 3000, .rate = 0.005}});
  add_options(*verb, *a, 1, "steps between the symbols and the answer");
  return figure_command(verb, [a] {
    return draw(copy_problem(a->length), fmt::format("The copy problem, T = {}", a->length), *a);
  });
}

Command add_timing(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "timing", "who measures the time between two spikes",
                            "cadena lecture timing --cell lstm,peephole --length 20");
  const auto a =
      std::make_shared<Arguments>(Arguments{.cells = {"lstm", "peephole"},
                                            .length = 10,
                                            .options = {.hidden = 2, .steps = 3000, .rate = 0.02}});
  add_options(*verb, *a, 1, "least steps from a spike to the next");
  add_count(*verb, "--delays", a->delays, 1, "most steps more than that");
  return figure_command(verb, [a] {
    return draw(timing_problem(a->length, a->delays),
                fmt::format("Spikes {} to {} steps apart", a->length, a->length + a->delays), *a);
  });
}

Command add_spikes(CLI::App& lecture) {
  CLI::App* verb = add_verb(lecture, "spikes", "who makes a spike every so many steps",
                            "cadena lecture spikes --cell lstm,peephole --length 20");
  const auto a = std::make_shared<Arguments>(
      Arguments{.cells = {"lstm", "peephole"},
                .length = 20,
                .options = {.hidden = 4, .steps = 20'000, .batch = 4, .rate = 0.003}});
  add_options(*verb, *a, 2, "steps from a spike to the next");
  return figure_command(verb, [a] {
    return draw(spikes_problem(a->length), fmt::format("A spike every {} steps", a->length), *a);
  });
}

}  // namespace cadena
