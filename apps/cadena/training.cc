// SPDX-License-Identifier: MIT
#include "training.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/hash.h"
#include "cadena/base/input.h"
#include "cadena/base/json.h"
#include "command.h"
#include "progress.h"
#include "run_facts.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

double speed(const TrainResult& result) {
  return static_cast<double>(result.tokens) / result.seconds;
}

/// What training came to, for a person.
std::string story(const Assignment& a, const std::string& measure, const TrainResult& result) {
  std::string text =
      fmt::format("best {} {:.2f} in epoch {} of {}; {}, {:.0f} tokens/s\n", measure, result.best,
                  result.best_epoch, result.epochs, duration(result.seconds), speed(result));
  if (a.output == "-") return text;
  const auto word = [](const std::string& path) { return escaped(command_line({path})); };
  text += fmt::format("saved as {0}; next:\n  cadena eval {0} {1}\n  cadena predict {0} FILE\n",
                      word(a.output), a.dev.empty() ? "FILE" : word(a.dev));
  if (!a.run.empty()) text += fmt::format("how it went: {}/{}\n", word(a.run), report_file);
  return text;
}

Json json_of(const Assignment& a, const std::string& measure,
             const std::vector<Baseline>& baselines, const TrainResult& result) {
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

/// `unsaved`: the checkpoint that failed, at which the training stops.
TrainResult learn(Training& t, const ShowOptions& show, const Interrupt& interrupt,
                  std::optional<Error>& unsaved) {
  ProgressView view(show.quiet ? "none" : show.progress, t.task->measure().name);
  const auto stops = [&] { return interrupt.signal() != 0 || unsaved; };
  const auto watch = [&](const Progress& now) {
    view.show(now);
    if (!now.warning.empty() && !show.quiet) view.warn(now.warning);
    if (t.record) t.record->add(now);
    return !stops();
  };
  Continuation continuation{.stop = stops, .from = t.from};
  if (t.checkpoints) {
    continuation.due = [&](int64_t step) { return t.checkpoints->due(step); };
    continuation.save = [&](Record& record, int64_t step) {
      if (unsaved) return;
      t.what.record(record);
      try {
        t.checkpoints->save(record, step);
      } catch (const Error& error) {
        unsaved = error;
      }
    };
  }
  try {
    return train(*t.task, t.options, watch, continuation);
  } catch (const Error& error) {
    if (t.record) t.record->finish({.diverged = error.fault() == Fault::diverged}, {});
    throw;
  }
}

/// What became of an interrupted training, for a person.
std::string farewell(const Training& t, const TrainResult& result) {
  const bool learned = result.best_epoch > 0;
  std::string text = learned ? fmt::format("cadena: interrupted: the model of epoch {} is saved",
                                           result.best_epoch)
                             : "cadena: interrupted before the first epoch was done";
  if (t.checkpoints)
    text += "; go on with\n  " + escaped(command_line({"cadena", "resume", t.what.run}));
  else if (!learned)
    text += ": nothing was saved";
  return text + '\n';
}

/// Errors: a disk is too full.
void expect_room_for(const Training& t) {
  const int64_t weights = count_parameters(*t.task) * static_cast<int64_t>(sizeof(float));
  // Of a checkpoint: the weights, the best ones, their mean and two moments. Two are kept while
  // another one is written.
  constexpr int64_t in_checkpoint = 5, checkpoints = 3;
  expect_room(t.what.output, weights);
  if (!t.what.run.empty()) expect_room(t.what.run, in_checkpoint * checkpoints * weights);
}

}  // namespace

void ShowOptions::add_to(CLI::App& verb) {
  add_threads(verb);
  add_choice(verb, "--progress", progress, {"auto", "tty", "plain", "none"},
             "how to show progress on stderr");
  verb.add_flag("-q,--quiet", quiet, "no progress, only errors");
  add_json(verb, json);
}

void prepare(Training& t) {
  const InputLog log;
  Rng rng(t.options.seed, weights_stream);
  t.task->prepare(t.what.train, t.what.dev.empty() ? std::nullopt : std::optional(t.what.dev), rng);
  expect_room_for(t);
  if (t.what.run.empty()) return;  // nothing goes on later
  const std::vector<std::string> files = log.paths();
  const auto once = [](const std::string& file) { return !fs::is_regular_file(file); };
  t.what.data = std::ranges::any_of(files, once) ? "" : fingerprints(files);
  std::vector<std::string_view> texts;
  const std::map<std::string, std::string> vocabularies = t.task->vocabularies();
  for (const auto& [key, text] : vocabularies) texts.insert(texts.end(), {key, "\n", text, "\n"});
  t.what.vocabularies = xxh3_128_hex(texts);
}

RunFacts facts_of(Training& t, const Settings& defaults) {
  return {.task = t.what.task,
          .model = t.what.output,
          .command = {},
          .date = date_now(),
          .version = "cadena " CADENA_VERSION,
          .machine = machine(),
          .summary = t.task->summary(),
          .held_out = t.what.dev,
          .measure = t.task->measure(),
          .baselines = t.baselines,
          .changes = changed_settings(defaults, settings_of(*t.task, t.options)),
          .clip = t.options.optimiser.clip};
}

/// The model, to its place; if that is lost meanwhile, into the run folder. Errors: neither.
void save_somewhere(Training& t) {
  try {
    save_task(t.what.output, *t.task, t.options, t.overwrite);
  } catch (const Error& error) {
    const std::string other = t.what.run + '/' + rescued_file;
    if (t.what.run.empty() || error.fault() == Fault::diverged) throw;
    save_task(other, *t.task, t.options, true);
    throw Error(error.place(), error.message(), "the model is in " + other, error.fault());
  }
}

int learn_and_save(Training& t, const ShowOptions& show, const Interrupt& interrupt) {
  std::optional<Error> unsaved;
  const TrainResult result = learn(t, show, interrupt, unsaved);
  const int code = result.stopped ? 128 + interrupt.signal() : 0;
  const bool learned = result.best_epoch > 0;
  if (learned) save_somewhere(t);
  if (t.record)
    t.record->finish(result, learned ? t.task->examples() : std::vector<ShownExample>());
  if (unsaved && result.stopped)
    throw Error(unsaved->place(), unsaved->message(),
                learned ? "the best model so far is saved; 'cadena resume' goes on from the last "
                          "checkpoint, if there is one"
                        : unsaved->hint(),
                unsaved->fault());
  if (!result.stopped && t.checkpoints) t.checkpoints->remove();
  if (result.stopped) std::cerr << farewell(t, result);
  if (!learned) return code;
  const std::string measure = t.task->measure().name;
  if (!show.quiet) std::cerr << story(t.what, measure, result);
  if (show.json) std::cout << json_of(t.what, measure, t.baselines, result).dump(2) << '\n';
  if (result.diverged)
    throw Error(fmt::format("training diverged; the model of epoch {} is saved; {}",
                            result.best_epoch, result.warning),
                divergence_hint, Fault::diverged);
  return code;
}

}  // namespace cadena
