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
#include "run_facts.h"
#include "run_record.h"

namespace cadena {
namespace {

struct Arguments {
  std::string task, train, dev, output, run, progress = "auto";
  SettingsArguments settings;
  bool no_run = false, overwrite = false, quiet = false, json = false;
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
  text += fmt::format("saved as {0}; next:\n  cadena eval {0} {1}\n  cadena predict {0} FILE\n",
                      a.output, a.dev.empty() ? "FILE" : a.dev);
  if (!a.run.empty()) text += fmt::format("how it went: {}/{}\n", a.run, report_file);
  return text;
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
                       {"run", a.run.empty() ? Json() : Json(a.run)},
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

TrainResult learn(Task& task, const TrainOptions& options, const Arguments& a,
                  const Interrupt& interrupt, RunRecord* record) {
  ProgressView view(a.quiet ? "none" : a.progress, task.measure().name);
  try {
    return train(task, options, [&](const Progress& now) {
      view.show(now);
      if (!now.warning.empty() && !a.quiet) view.warn(now.warning);
      if (record) record->add(now);
      return interrupt.signal() == 0;
    });
  } catch (const Error&) {
    if (record) record->finish({.diverged = true}, {});
    throw;
  }
}

std::vector<std::string> words_of(const Arguments& a) {
  std::vector<std::string> words{"cadena", "train", a.task, a.train};
  if (!a.dev.empty()) words.insert(words.end(), {"--dev", a.dev});
  words.insert(words.end(), {"-o", a.output});
  if (!a.settings.file.empty()) words.insert(words.end(), {"-c", a.settings.file});
  for (const std::string& change : a.settings.changes) words.insert(words.end(), {"--set", change});
  return words;
}

/// What the run folder begins with; `defaults`: the settings before any was set.
RunRecord begin_record(const Arguments& a, Task& task, TrainOptions& options,
                       const Settings& defaults, std::vector<Baseline> baselines) {
  const Settings values = settings_of(task, options);
  RunFacts facts{.task = a.task,
                 .model = a.output,
                 .command = command_line(words_of(a)),
                 .date = date_now(),
                 .version = "cadena " CADENA_VERSION,
                 .machine = machine(),
                 .summary = task.summary(),
                 .held_out = a.dev,
                 .measure = task.measure(),
                 .baselines = std::move(baselines),
                 .changes = changed_settings(defaults, values),
                 .clip = options.optimiser.clip};
  return RunRecord(RunFolder(a.run, a.overwrite, values.to_toml()), std::move(facts), task);
}

int run(Arguments a) {
  if (a.json && a.output == "-")
    throw Error("--json and -o - cannot both write to stdout", "give the model a file");
  check_writable(a.output, a.overwrite);
  if (a.no_run && !a.run.empty())
    throw Error("--run and --no-run exclude each other", "leave one of them out");
  if (!a.no_run && a.run.empty()) a.run = run_folder_of(a.output);
  if (!a.run.empty()) check_run_folder(a.run, a.overwrite);
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
  std::optional<RunRecord> record;
  if (!a.run.empty()) record.emplace(begin_record(a, *task, options, settings, baselines));
  const TrainResult result = learn(*task, options, a, interrupt, record ? &*record : nullptr);
  const int code = result.stopped ? 128 + interrupt.signal() : 0;
  if (result.best_epoch == 0) {
    if (record) record->finish(result, {});
    std::cerr << "cadena: interrupted before the first epoch was done: nothing was saved\n";
    return code;
  }
  save_task(a.output, *task, options, a.overwrite);
  if (record) record->finish(result, task->examples());
  if (result.stopped)
    std::cerr << fmt::format("cadena: interrupted: the model of epoch {} is saved\n",
                             result.best_epoch);
  if (!a.quiet) std::cerr << story(a, task->measure().name, result);
  if (a.json) std::cout << json_of(a, task->measure().name, baselines, result).dump(2) << '\n';
  if (result.diverged)
    throw Error(fmt::format("training diverged; the model of epoch {} is saved; {}",
                            result.best_epoch, result.warning),
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
  verb->add_option("--run", a->run, "folder for curves and a report; else MODEL.run")
      ->type_name("DIR");
  verb->add_flag("--no-run", a->no_run, "no such folder");
  verb->add_flag("--overwrite", a->overwrite, "replace MODEL and the run folder if they exist");
  add_threads(*verb);
  add_choice(*verb, "--progress", a->progress, {"auto", "tty", "plain", "none"},
             "how to show progress on stderr");
  verb->add_flag("-q,--quiet", a->quiet, "no progress, only errors");
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
