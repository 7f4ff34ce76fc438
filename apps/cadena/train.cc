// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <system_error>

#include "cadena/base/file.h"
#include "cadena/base/stop.h"
#include "command.h"
#include "memory.h"
#include "run_facts.h"
#include "training.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string task, train, dev, output, run, checkpoint = CheckpointInterval().text();
  SettingsArguments settings;
  MemoryLimit memory;
  bool no_run = false, overwrite = false;
  ShowOptions show;
};

/// "baselines: 5-gram, perplexity 151.42".
std::string text_of(const std::vector<Baseline>& baselines, const std::string& measure) {
  std::string text;
  for (const auto& [name, score] : baselines)
    text +=
        fmt::format("{} {}, {} {:.2f}", text.empty() ? "baselines:" : ";", name, measure, score);
  return text + '\n';
}

std::vector<std::string> words_of(const Arguments& a) {
  std::vector<std::string> words{"cadena", "train", a.task, a.train};
  if (!a.dev.empty()) words.insert(words.end(), {"--dev", a.dev});
  words.insert(words.end(), {"-o", a.output});
  if (!a.settings.file.empty()) words.insert(words.end(), {"-c", a.settings.file});
  for (const std::string& change : a.settings.changes) words.insert(words.end(), {"--set", change});
  return words;
}

void expect_consistent(const Arguments& a) {
  if (a.show.json && a.output == "-")
    throw Error("--json and -o - cannot both write to stdout", "give the model a file");
  if (a.no_run && !a.run.empty())
    throw Error("--run and --no-run exclude each other", "leave one of them out");
  if (!a.run.empty() && full_path(a.run) == full_path(a.output))
    throw Error("the model and the run folder cannot have one name", "give --run another");
  std::error_code failure;  // one of them is not there
  for (const std::string& file : {a.train, a.dev, a.settings.file})
    if (fs::is_regular_file(file, failure) && fs::equivalent(file, a.output, failure))
      throw Error(Place{a.output}, "is read by this training", "give the model another name");
}

/// Fingerprint of the old file in the place of the model; empty: there is none, or nothing goes on
/// later.
std::string replaced(const Arguments& a) {
  std::error_code failure;
  return !a.run.empty() && fs::is_regular_file(a.output, failure)
             ? fingerprints(std::span(&a.output, 1))
             : "";
}

/// What was read, what naive methods reach, how much memory it will take. Errors: too much.
void tell_beforehand(const Arguments& a, Training& training) {
  Task& task = *training.task;
  if (!a.show.quiet) std::cerr << task.summary() << '\n';
  if (!a.show.quiet || a.show.json) training.baselines = task.baselines();
  if (!a.show.quiet) std::cerr << text_of(training.baselines, task.measure().name) << std::flush;
  if (a.show.quiet && !a.memory) return;
  const double memory = a.memory.expect_training(task, training.options);
  if (!a.show.quiet) std::cerr << fmt::format("memory: about {:.0f} MiB\n", memory / (1 << 20));
}

int run(Arguments a) {
  expect_consistent(a);
  const CheckpointInterval interval = CheckpointInterval::parse(a.checkpoint);
  check_writable(a.output, a.overwrite);
  if (!a.no_run && a.run.empty()) a.run = run_folder_of(a.output);
  if (!a.run.empty()) check_run_folder(a.run, a.overwrite);
  Training training{.what = {.task = a.task,
                             .train = a.train,
                             .dev = a.dev,
                             .output = a.output,
                             .run = a.run,
                             .directory = fs::current_path().string(),
                             .settings = {},
                             .data = {},
                             .vocabularies = {},
                             .interval = a.checkpoint,
                             .replaces = replaced(a)},
                    .task = make_task(a.task),
                    .options = {},
                    .overwrite = a.overwrite};
  Task& task = *training.task;
  training.options = task.train_defaults();
  Settings settings = settings_of(task, training.options);
  a.settings.apply(settings);
  training.what.settings = settings_of(task, training.options).to_toml();
  for (const std::string& file : {a.train, a.dev}) a.memory.expect_room_for(file);
  a.memory.guard([&] { prepare(training); });
  const Interrupt interrupt;
  try {
    const StopScope scope([&] { return interrupt.signal() != 0; });
    tell_beforehand(a, training);
  } catch (const Stopped&) {
    std::cerr << "cadena: interrupted before the training began\n";
    return 128 + interrupt.signal();
  }
  if (!a.run.empty()) {
    RunFacts facts = facts_of(training, settings);
    facts.command = command_line(words_of(a));
    training.record.emplace(RunFolder(a.run, a.overwrite, training.what.settings), std::move(facts),
                            task);
    training.record->begin();
    if (!training.what.data.empty()) training.checkpoints.emplace(checkpoints_of(a.run), interval);
  }
  return learn_and_save(training, a.show, interrupt);
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
  a->memory.add_to(*verb);
  verb->add_option("--checkpoint", a->checkpoint,
                   "how often to save what 'cadena resume' needs: steps or 60s")
      ->type_name("N|Ns");
  a->show.add_to(*verb);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
