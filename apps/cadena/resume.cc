// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <span>
#include <system_error>

#include "cadena/base/file.h"
#include "cadena/io/model_file.h"
#include "command.h"
#include "run_facts.h"
#include "run_history.h"
#include "training.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

constexpr int64_t max_settings_bytes = 1 << 20;
constexpr const char* settings_name = "the settings of the checkpoint";

struct Arguments {
  std::string run, checkpoint;
  bool overwrite = false;
  ShowOptions show;
};

/// Relative paths begin where they began, unless that folder is gone.
void return_to(const std::string& directory, bool quiet) {
  std::error_code failure;
  if (fs::current_path() == directory) return;
  fs::current_path(directory, failure);
  if (!failure && !quiet) std::cerr << fmt::format("in {}\n", escaped(directory));
}

/// Errors: the settings in the run folder are not those that the training began with.
void expect_settings(const std::string& path, const Assignment& before) {
  const auto now = entries_of(before.task, read_file(path, max_settings_bytes), path);
  const auto then = entries_of(before.task, before.settings, settings_name);
  for (size_t i = 0; i < now.size(); ++i)
    if (now[i].by_default != then[i].by_default)
      throw Error(Place{path},
                  fmt::format("{} is {} here, the training began with {}", now[i].key,
                              now[i].by_default, then[i].by_default),
                  "put it back, or train a new model with 'cadena train -c'");
}

/// Errors: what was made of the data is not what it was.
void expect_data(const Assignment& before, const Assignment& now) {
  const char* const hint = "put the data back as they were, or train again";
  if (const std::string changes = changed_files(before.data, now.data); !changes.empty())
    throw Error("the training cannot go on: " + changes, hint);
  if (before.vocabularies != now.vocabularies)
    throw Error("the training cannot go on: this cadena makes other vocabularies of the data",
                "go on with the version that began it");
}

/// Whether the file is a model that this training saved when it was interrupted.
bool is_own(const std::string& path, Training& training) {
  try {
    const ModelFile model = read_model(path);
    return std::ranges::includes(model.metadata, metadata_of(*training.task, training.options));
  } catch (const Error&) {
    return false;
  }
}

/// Errors: in the place of the model stands what the training was not asked to replace.
void expect_free(const std::string& path, Training& training) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return;
  if (training.what.replaces == fingerprints(std::span(&path, 1))) return;
  if (!is_own(path, training))
    throw Error(Place{path}, "exists already and is not of this training",
                "move it away, or --overwrite replaces it");
}

/// The record of the run up to `step`. One that cannot be read is put aside, and another begins:
/// the training needs none.
RunSoFar read_or_begin(const std::string& folder, int64_t step) {
  try {
    return read_run_so_far(folder, step);
  } catch (const Error& error) {
    const std::string record = folder + '/' + metrics_file;
    std::error_code failure;  // it is not there
    fs::rename(record, record + ".damaged", failure);
    std::cerr << fmt::format("cadena: warning: {}; another record begins\n", escaped(error.what()));
    return {};
  }
}

int run(const Arguments& a) {
  const std::string folder = full_path(a.run);
  Checkpoints::Found found = Checkpoints::newest(checkpoints_of(folder));
  for (const std::string& damaged : found.damaged)
    std::cerr << fmt::format("cadena: warning: {}; going on from the checkpoint before\n",
                             escaped(damaged));
  Training training{
      .what = {}, .task = nullptr, .options = {}, .from = &found.record, .overwrite = true};
  training.what.record(found.record);
  training.what.run = folder;
  if (!a.checkpoint.empty()) training.what.interval = a.checkpoint;
  const CheckpointInterval interval = CheckpointInterval::parse(training.what.interval);
  int64_t step = 0;
  found.record("step", step);
  return_to(training.what.directory, a.show.quiet);

  const Assignment before = training.what;
  training.task = make_task(before.task);
  training.options = training.task->train_defaults();
  Settings settings = settings_of(*training.task, training.options);
  expect_settings(folder + '/' + config_file, before);
  settings.read_toml(before.settings, settings_name);
  check_writable(before.output, true);
  prepare(training);
  const Interrupt interrupt;
  expect_data(before, training.what);
  if (!a.overwrite) expect_free(before.output, training);

  RunSoFar so_far = read_or_begin(folder, step);
  const bool begins = so_far.lines.empty();
  training.baselines = so_far.baselines;
  if (!a.show.quiet)
    std::cerr << fmt::format("{}\ngoing on after step {}\n", training.task->summary(), step);
  RunFacts facts = facts_of(training, settings);
  if (!begins) {
    facts.command = so_far.command;
    facts.date = so_far.date;
  }
  training.record.emplace(RunFolder::go_on(folder, so_far.lines), std::move(facts), *training.task,
                          std::move(so_far.history), step);
  if (begins) training.record->begin();
  training.checkpoints.emplace(checkpoints_of(folder), interval, step);
  return learn_and_save(training, a.show, interrupt);
}

}  // namespace

Command add_resume(CLI::App& program) {
  CLI::App* verb = add_verb(program, "resume", "go on with a training that was cut off",
                            "cadena resume names.run");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("RUN", a->run, "run folder of the training")->required();
  verb->add_option("--checkpoint", a->checkpoint,
                   "how often to save: steps, or seconds as 60s; else as before")
      ->type_name("N|Ns");
  verb->add_flag("--overwrite", a->overwrite, "replace a file that stands in the place of MODEL");
  a->show.add_to(*verb);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
