// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <vector>

#include "cadena/base/json.h"
#include "cadena/base/utf8.h"
#include "cadena/io/model_file.h"
#include "cadena/tasks/task.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model;
  bool json = false;
};

/// A setting that differs from its default; values as TOML and JSON both write them.
struct Change {
  std::string key, value, by_default;
};

std::vector<Change> changes_in(const ModelFile& file) {
  const std::unique_ptr<Task> task = make_task(file.text(task_key));
  TrainOptions train = task->train_defaults();
  Settings settings = settings_of(*task, train);
  settings.read_toml(file.text(settings_key), file.path);
  const std::vector<Settings::Entry> defaults = settings.entries();
  // A table made now takes the values that were read for the defaults.
  const std::vector<Settings::Entry> values = settings_of(*task, train).entries();
  std::vector<Change> changes;
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].by_default != defaults[i].by_default)
      changes.push_back({values[i].key, values[i].by_default, defaults[i].by_default});
  return changes;
}

std::string text_of(const ModelFile& file, const std::vector<Change>& changes) {
  std::string text = fmt::format("{}\n", file.path);
  for (const char* key : {"task", "format", "checksum"})
    text += fmt::format("  {:<12}{}\n", key, file.text(fmt::format("cadena.{}", key)));
  text += fmt::format("  {:<12}{}\n\n", "bytes", file.bytes->size());
  text += "settings that differ from the defaults\n";
  for (const Change& change : changes)
    text += fmt::format("  {} = {}  (default: {})\n", change.key, change.value, change.by_default);
  if (changes.empty()) text += "  none\n";
  text += fmt::format("\nparameters: {} numbers\n", file.values());
  for (const ModelFile::Parameter& parameter : file.parameters)
    text += fmt::format("  {:<40} {}\n", printable(parameter.name), to_string(parameter.shape));
  return text;
}

Json json_of(const ModelFile& file, const std::vector<Change>& changes) {
  Json settings = Json::object(), parameters = Json::array();
  for (const Change& change : changes) settings.push(change.key, Json::parse(change.value));
  for (const ModelFile::Parameter& parameter : file.parameters) {
    Json shape = Json::array();
    for (int64_t extent : parameter.shape) shape.push(extent);
    parameters.push(Json::object({{"name", parameter.name}, {"shape", std::move(shape)}}));
  }
  return Json::object({{"schema_version", 1},
                       {"model", file.path},
                       {"task", file.text(task_key)},
                       {"format", file.text("cadena.format")},
                       {"checksum", file.text("cadena.checksum")},
                       {"bytes", file.bytes->size()},
                       {"values", file.values()},
                       {"settings", std::move(settings)},
                       {"parameters", std::move(parameters)}});
}

int run(const Arguments& a) {
  const ModelFile file = read_model(a.model);
  const std::vector<Change> changes = changes_in(file);
  if (a.json)
    std::cout << json_of(file, changes).dump(2) << '\n';
  else
    std::cout << text_of(file, changes);
  return 0;
}

}  // namespace

Command add_inspect(CLI::App& program) {
  CLI::App* verb =
      add_verb(program, "inspect", "tell what a model file holds", "cadena inspect names.cadena");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("MODEL", a->model, "file written by 'cadena train'")->required();
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
