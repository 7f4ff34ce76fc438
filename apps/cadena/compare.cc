// SPDX-License-Identifier: MIT
#include "cadena/tasks/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <sstream>

#include "cadena/base/file.h"
#include "cadena/base/json.h"
#include "cadena/report/chart.h"
#include "command.h"
#include "interrupt.h"
#include "progress.h"

namespace cadena {
namespace {

struct Arguments {
  std::string task, train, dev, cells = "lstm,gru,elman", figure;
  int seeds = 5;
  SettingsArguments settings;
  bool overwrite = false, json = false;
};

CompareOptions options_of(const Arguments& a) {
  CompareOptions options{.task = a.task,
                         .train = a.train,
                         .configure = [&a](Settings& settings) { a.settings.apply(settings); },
                         .cells = {},
                         .seeds = a.seeds};
  if (!a.dev.empty()) options.held_out = a.dev;
  std::istringstream cells(a.cells == "all" ? "" : a.cells);
  for (std::string cell; std::getline(cells, cell, ',');) options.cells.push_back(cell);
  return options;
}

/// Tells of each run on stderr.
bool train_all(Comparison& comparison, int seeds, const Interrupt& interrupt) {
  const std::string& measure = comparison.measure().name;
  const size_t total = comparison.contestants().size() * static_cast<size_t>(seeds);
  size_t run = 0;
  auto view = std::make_unique<ProgressView>("auto", measure);
  const auto watch = [&](const Progress& now) {
    if (!now.epoch_done) view->show(now);  // a live line, on terminals only
    return interrupt.signal() == 0;
  };
  return comparison.run(watch, [&](const Contestant& one) {
    view = std::make_unique<ProgressView>("auto", measure);  // clears the line
    const auto& [seed, result] = one.runs.back();
    const std::string score =
        result.best_epoch == 0
            ? "diverged"
            : fmt::format("{} {:.2f} in epoch {} of {}{}", measure, result.best, result.best_epoch,
                          result.epochs, result.diverged ? ", then diverged" : "");
    std::cerr << fmt::format("{}/{}  {}, hidden {}, seed {}: {}; {}\n", ++run, total, one.cell,
                             one.hidden, seed, score, duration(result.seconds));
  });
}

/// A number, or "-" if there is none.
std::string text_of(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  return std::abs(value) < 1e6 ? fmt::format("{:.{}f}", value, decimals)
                               : fmt::format("{:.1e}", value);
}

/// The largest mean that has a place in the picture: beside a perplexity beyond all bounds nothing
/// else could be seen.
double largest_drawn(const std::vector<Standing>& all) {
  std::vector<double> means;
  for (const Standing& s : all)
    if (std::isfinite(s.score.mean)) means.push_back(s.score.mean);
  std::ranges::sort(means);
  return means.empty() ? 0 : 10 * means[means.size() / 2];
}

std::string table(const Comparison& comparison, const std::vector<Standing>& all) {
  std::string text = fmt::format(
      "  {:<12} {:>6} {:>10} {:>10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>4}\n", "cell", "hidden",
      "parameters", "mean", "± 95 %", "best", "worst", "s/epoch", "tokens/s", "runs");
  bool marked = false;
  for (const Standing& s : all) {
    const Contestant& one = s.contestant;
    text += fmt::format("{} {:<12} {:>6} {:>10} {:>10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>4}{}\n",
                        s.near_best ? '*' : ' ', one.cell, one.hidden, one.parameters,
                        text_of(s.score.mean, 2), text_of(s.score.half, 2), text_of(s.best, 2),
                        text_of(s.worst, 2), text_of(s.seconds_per_epoch, 2),
                        text_of(s.tokens_per_second, 0), one.runs.size(),
                        s.diverged > 0 ? fmt::format(", {} diverged", s.diverged) : "");
    marked = marked || s.near_best;
  }
  text += fmt::format("{} of the held-out data, {} is better; one training for each seed\n",
                      comparison.measure().name,
                      comparison.measure().smaller_is_better ? "smaller" : "larger");
  if (marked) text += "* cannot be told from the best: the 95 % intervals of the means overlap\n";
  return text;
}

Json json_of(const Arguments& a, const Comparison& comparison, const std::vector<Standing>& all,
             bool whole) {
  Json cells = Json::array(), naive = Json::array();
  for (const auto& [name, score] : comparison.baselines())
    naive.push(Json::object({{"name", name}, {"score", score}}));
  for (const Standing& s : all) {
    Json runs = Json::array();
    for (const auto& [seed, result] : s.contestant.runs)
      runs.push(Json::object({{"seed", seed},
                              {"score", result.best_epoch > 0 ? Json(result.best) : Json()},
                              {"best_epoch", result.best_epoch},
                              {"epochs", result.epochs},
                              {"seconds", result.seconds},
                              {"diverged", result.diverged}}));
    cells.push(Json::object({{"cell", s.contestant.cell},
                             {"hidden", s.contestant.hidden},
                             {"parameters", s.contestant.parameters},
                             {"mean", s.score.mean},
                             {"half_interval", s.score.half},
                             {"best", s.best},
                             {"worst", s.worst},
                             {"near_best", s.near_best},
                             {"diverged", s.diverged},
                             {"seconds_per_epoch", s.seconds_per_epoch},
                             {"tokens_per_second", s.tokens_per_second},
                             {"runs", std::move(runs)}}));
  }
  return Json::object({{"schema_version", 1},
                       {"task", a.task},
                       {"measure", comparison.measure().name},
                       {"smaller_is_better", comparison.measure().smaller_is_better},
                       {"baselines", std::move(naive)},
                       {"cells", std::move(cells)},
                       {"interrupted", !whole}});
}

std::string figure(const Arguments& a, const Comparison& comparison,
                   const std::vector<Standing>& all) {
  BarChart chart{.title = fmt::format("{}: cells of about {} parameters", a.task,
                                      comparison.contestants().front().parameters),
                 .y_label = comparison.measure().name,
                 .names = {},
                 .values = {}};
  const double most = largest_drawn(all);
  for (const Standing& s : all) {
    if (!std::isfinite(s.score.mean)) continue;
    if (s.score.mean > most) {
      chart.title += fmt::format("; beyond: {} {:.1e}", s.contestant.cell, s.score.mean);
      continue;
    }
    chart.names.push_back(s.contestant.cell);
    chart.values.push_back(s.score.mean);
    chart.errors.push_back(std::isfinite(s.score.half) ? s.score.half : 0);
  }
  for (const auto& [name, score] : comparison.baselines()) chart.levels.push_back({name, score});
  return svg(chart);
}

int run(const Arguments& a) {
  if (!a.figure.empty()) check_writable(a.figure, a.overwrite);
  Comparison comparison(options_of(a));
  const Interrupt interrupt;
  std::cerr << comparison.summary() << '\n';
  for (const Contestant& one : comparison.contestants())
    std::cerr << fmt::format("{}: hidden {}, {} parameters\n", one.cell, one.hidden,
                             one.parameters);
  for (const auto& [name, score] : comparison.baselines())
    std::cerr << fmt::format("baseline: {}, {} {:.2f}\n", name, comparison.measure().name, score);
  const bool whole = train_all(comparison, a.seeds, interrupt);
  const std::vector<Standing> all =
      standings(comparison.contestants(), comparison.measure().smaller_is_better);
  if (a.json)
    std::cout << json_of(a, comparison, all, whole).dump(2) << '\n';
  else
    std::cout << table(comparison, all);
  if (!a.figure.empty()) write_file_atomically(a.figure, figure(a, comparison, all), a.overwrite);
  if (!whole) std::cerr << "cadena: interrupted: these are the runs that were done\n";
  if (whole && std::isnan(all.front().score.mean))
    throw Error("every training diverged", divergence_hint, Fault::diverged);
  return whole ? 0 : 128 + interrupt.signal();
}

}  // namespace

Command add_compare(CLI::App& program) {
  CLI::App* verb = add_verb(program, "compare", "train one task with several cells of equal size",
                            "cadena compare tag train.conll --dev dev.conll --cells lstm,gru");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("TASK", a->task, "what to learn, see 'cadena train --help'")->required();
  verb->add_option("TRAIN", a->train, "file to learn from")->required();
  verb->add_option("--dev", a->dev, "file to measure by; else a part of TRAIN")->type_name("FILE");
  verb->footer(
      "The first cell has model.hidden units, each other one as many as bring the network\n"
      "nearest to the same number of parameters.\n\n" +
      verb->get_footer());
  verb->add_option("--cells", a->cells, "with commas between, or all; else lstm,gru,elman")
      ->type_name("NAMES");
  add_number(*verb, "--seeds", 1, 1000, "trainings of each cell, from 1 to 1000; else 5",
             [a](int seeds) { a->seeds = seeds; });
  a->settings.add_to(*verb);
  verb->add_option("--figure", a->figure, "write a bar chart as SVG")->type_name("FILE");
  verb->add_flag("--overwrite", a->overwrite, "replace FILE of --figure if it exists");
  add_threads(*verb);
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
