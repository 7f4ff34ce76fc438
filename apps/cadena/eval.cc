// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include "cadena/base/compute.h"
#include "cadena/base/json.h"
#include "cadena/tasks/task.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model, file, precision = "single";
  bool json = false;
};

Report in_precision(Task& task, const Arguments& a, const std::string& precision) {
  const ComputeScope scope({.precision = find_precision(precision)});
  return task.evaluate(a.file);
}

/// What the precision costs.
void compare(Report& report, double single, const Arguments& a, const Trainee::Measure& measure) {
  const double loss = (measure.smaller_is_better ? 1 : -1) * (report.score - single);
  const double percent = single == 0 ? 0 : 100 * loss / single;
  report.text += fmt::format("{:<19} {:.4f} {}; in single {:.4f}: {:.4f} {}, {:.3f} %\n",
                             "in " + a.precision, report.score, measure.name, single,
                             std::abs(loss), loss < 0 ? "gained" : "lost", std::abs(percent));
  report.json.push("precision", Json::object({{"name", a.precision},
                                              {"score", report.score},
                                              {"single_score", single},
                                              {"loss", loss},
                                              {"loss_percent", percent}}));
}

int run(const Arguments& a) {
  const std::unique_ptr<Task> task = load_task(a.model);
  Report report = in_precision(*task, a, a.precision);
  if (a.precision != "single")
    compare(report, in_precision(*task, a, "single").score, a, task->measure());
  if (a.json)
    std::cout << report.json.dump(2) << '\n';
  else
    std::cout << report.text;
  return 0;
}

}  // namespace

Command add_eval(CLI::App& program) {
  CLI::App* verb = add_verb(program, "eval", "compare the answers of a model with those in a file",
                            "cadena eval names.cadena test.conll");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("MODEL", a->model, "file written by 'cadena train'")->required();
  verb->add_option("FILE", a->file, "data with the right answers")->required();
  add_precision(*verb, a->precision);
  add_threads(*verb);
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
