// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <limits>
#include <memory>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/json.h"
#include "cadena/base/utf8.h"
#include "cadena/io/model_file.h"
#include "cadena/tasks/task.h"
#include "command.h"
#include "input.h"
#include "inspect_views.h"
#include "terminal.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model, file, input, html, colour = "auto";
  int number = 1;
  bool json = false, overwrite = false;
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

/// What the file holds.
int tell(const Arguments& a) {
  if (!a.html.empty() || !a.input.empty() || a.number != 1)
    throw Error("--html, --input and --line are about an INPUT", "'-' reads it from stdin");
  const ModelFile file = read_model(a.model);
  const std::vector<Change> changes = changes_in(file);
  if (a.json)
    std::cout << json_of(file, changes).dump(2) << '\n';
  else
    std::cout << text_of(file, changes);
  return 0;
}

/// What the network does with an input.
int look(const Arguments& a) {
  if (!a.html.empty()) check_writable(a.html, a.overwrite);
  const std::unique_ptr<Task> task = load_task(a.model);
  const std::vector<std::string> inputs = task->inputs();
  if (!a.input.empty()) expect_choice("--input", a.input, inputs);
  Input input(a.file);
  std::istream in(&input);
  const Inspection seen = task->inspect(in, {.input = a.input.empty() ? inputs.front() : a.input,
                                             .file = a.file == "-" ? "stdin" : a.file,
                                             .number = a.number});
  const Subject subject{a.model, std::string(task->name())};
  if (!a.html.empty()) write_file_atomically(a.html, inspection_page(subject, seen), a.overwrite);
  if (a.json)
    std::cout << inspection_json(subject, seen).dump() << '\n';
  else if (a.html.empty())
    std::cout << inspection_text(subject, seen, wants_colour(a.colour, STDOUT_FILENO));
  return 0;
}

}  // namespace

Command add_inspect(CLI::App& program) {
  CLI::App* verb =
      add_verb(program, "inspect", "tell what a model file holds, or what it does with one input",
               "echo 'Ana vive en Sevilla.' | cadena inspect names.cadena -");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("MODEL", a->model, "file written by 'cadena train'")->required();
  verb->add_option("INPUT", a->file, "file, or '-' for stdin: show each step of one input");
  verb->add_option("--input", a->input, "form of INPUT, as 'cadena predict --help' lists them")
      ->type_name("FORM");
  add_number(*verb, "--line", 1, std::numeric_limits<int>::max(),
             "which line, sentence or series of INPUT; by default the first",
             [a](int number) { a->number = number; });
  add_json(*verb, a->json);
  verb->add_option("--html", a->html, "write a page with figures instead of text")
      ->type_name("FILE");
  verb->add_flag("--overwrite", a->overwrite, "replace the file of --html if there is one");
  add_choice(*verb, "--color", a->colour, {"auto", "always", "never"}, "colours in text");
  add_threads(*verb);
  return {verb, [a] { return a->file.empty() ? tell(*a) : look(*a); }};
}

}  // namespace cadena
