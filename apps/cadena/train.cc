// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>

#include "cadena/base/file.h"
#include "cadena/base/json.h"
#include "cadena/tasks/task.h"
#include "command.h"
#include "interrupt.h"
#include "progress.h"

namespace cadena {
namespace {

constexpr uint64_t weights_stream = 1;  // of random numbers; training draws from stream 0

struct Arguments {
  std::string task, train, dev, output, progress = "auto";
  SettingsArguments settings;
  bool overwrite = false, quiet = false, json = false;
};

double speed(const TrainResult& result) {
  return static_cast<double>(result.tokens) / result.seconds;
}

/// What training came to, for a person.
std::string story(const Arguments& a, const std::string& measure, const TrainResult& result) {
  std::string text =
      fmt::format("best {} {:.2f} in epoch {} of {}; {}, {:.0f} tokens/s\n", measure, result.best,
                  result.best_epoch, result.epochs, duration(result.seconds), speed(result));
  if (a.output == "-") return text;
  return text +
         fmt::format("saved as {0}; next:\n  cadena eval {0} {1}\n  cadena predict {0} FILE\n",
                     a.output, a.dev.empty() ? "FILE" : a.dev);
}

/// "baselines: 5-gram, perplexity 151.42".
std::string text_of(const std::vector<Baseline>& baselines, const std::string& measure) {
  std::string text;
  for (const auto& [name, score] : baselines)
    text +=
        fmt::format("{} {}, {} {:.2f}", text.empty() ? "baselines:" : ";", name, measure, score);
  return text + '\n';
}

Json json_of(const Arguments& a, const std::string& measure, const std::vector<Baseline>& baselines,
             const TrainResult& result) {
  Json naive = Json::array();
  for (const auto& [name, score] : baselines)
    naive.push(Json::object({{"name", name}, {"score", score}}));
  return Json::object({{"schema_version", 1},
                       {"task", a.task},
                       {"model", a.output},
                       {"measure", measure},
                       {"baselines", std::move(naive)},
                       {"best_score", result.best},
                       {"best_epoch", result.best_epoch},
                       {"epochs", result.epochs},
                       {"tokens", result.tokens},
                       {"seconds", result.seconds},
                       {"tokens_per_second", speed(result)},
                       {"interrupted", result.stopped}});
}

TrainResult learn(Task& task, const TrainOptions& options, const std::string& progress,
                  const Interrupt& interrupt) {
  ProgressView view(progress, task.measure().name);
  return train(task, options, [&](const Progress& now) {
    view.show(now);
    return interrupt.signal() == 0;
  });
}

int run(const Arguments& a) {
  if (a.json && a.output == "-") throw Error("--json and -o - cannot both write to stdout");
  check_writable(a.output, a.overwrite);
  const std::unique_ptr<Task> task = make_task(a.task);
  TrainOptions options = task->train_defaults();
  Settings settings = settings_of(*task, options);
  a.settings.apply(settings);

  Rng rng(options.seed, weights_stream);
  task->prepare(a.train, a.dev.empty() ? std::nullopt : std::optional(a.dev), rng);
  const Interrupt interrupt;
  if (!a.quiet) std::cerr << task->summary() << '\n';
  const std::vector<Baseline> baselines =
      a.quiet && !a.json ? std::vector<Baseline>() : task->baselines();
  if (!a.quiet) std::cerr << text_of(baselines, task->measure().name) << std::flush;
  const TrainResult result = learn(*task, options, a.quiet ? "none" : a.progress, interrupt);
  const int code = result.stopped ? 128 + interrupt.signal() : 0;
  if (result.best_epoch == 0) {
    std::cerr << "cadena: interrupted before the first epoch was done: nothing was saved\n";
    return code;
  }
  save_task(a.output, *task, options, a.overwrite);
  if (result.stopped)
    std::cerr << fmt::format("cadena: interrupted: the model of epoch {} is saved\n",
                             result.best_epoch);
  if (!a.quiet) std::cerr << story(a, task->measure().name, result);
  if (a.json) std::cout << json_of(a, task->measure().name, baselines, result).dump(2) << '\n';
  if (result.diverged)
    throw Error(fmt::format("training diverged; the model of epoch {} is saved", result.best_epoch),
                divergence_hint, Fault::diverged);
  return code;
}

std::string list_of_tasks() {
  std::string list = "tasks:\n";
  for (const TaskInfo& task : tasks()) list += fmt::format("  {:<12} {}\n", task.name, task.help);
  return list + "'cadena config TASK' shows the settings of a task.\n";
}

}  // namespace

Command add_train(CLI::App& program) {
  CLI::App* verb = add_verb(program, "train", "learn from data and save the best model",
                            "cadena train tag train.conll --dev dev.conll -o names.cadena");
  verb->footer(list_of_tasks() + "\n" + verb->get_footer());
  const auto a = std::make_shared<Arguments>();
  verb->add_option("TASK", a->task, "what to learn, see below")->required();
  verb->add_option("TRAIN", a->train, "file to learn from")->required();
  verb->add_option("--dev", a->dev, "file to choose the best epoch by; else a part of TRAIN")
      ->type_name("FILE");
  verb->add_option("-o,--output", a->output, "file to write")->type_name("MODEL")->required();
  a->settings.add_to(*verb);
  verb->add_flag("--overwrite", a->overwrite, "replace MODEL if it exists");
  add_threads(*verb);
  add_choice(*verb, "--progress", a->progress, {"auto", "tty", "plain", "none"},
             "how to show progress on stderr");
  verb->add_flag("-q,--quiet", a->quiet, "no progress, only errors");
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
