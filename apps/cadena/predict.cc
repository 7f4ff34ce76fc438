// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cadena/base/compute.h"
#include "cadena/base/suggest.h"
#include "cadena/tasks/task.h"
#include "command.h"
#include "input.h"
#include "terminal.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model, file = "-", input, output, colour = "auto", precision = "single";
  std::vector<std::pair<std::string, std::string>> answers;  // settings of the task, as given
};

/// "--top-k" of the setting "top_k".
std::string option_of(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

std::vector<Settings::Entry> answer_settings(Task& task) {
  Settings settings;
  task.add_answer_settings(settings);
  return settings.entries();
}

void apply_answers(const Arguments& a, Task& task) {
  Settings settings;
  task.add_answer_settings(settings);
  for (const auto& [key, value] : a.answers) {
    const std::string option = option_of(key);
    if (std::ranges::count(settings.keys(), key) == 0)
      throw Error(fmt::format("a model of '{}' has no {}", task.name(), option),
                  "'cadena predict --help' tells what each task has");
    settings.set(key, value, Place{option});
  }
}

/// `chosen` if it was given. Errors: it is not one of `known`.
std::string form(const std::string& option, const std::string& chosen,
                 const std::vector<std::string>& known, const std::string& by_default) {
  if (chosen.empty()) return by_default;
  expect_choice(option, chosen, known);
  return chosen;
}

/// A person reads text, a program the first form.
std::string default_output(const std::vector<std::string>& known) {
  const bool text = is_terminal(STDOUT_FILENO) && std::ranges::count(known, "text") > 0;
  return text ? "text" : known.front();
}

int run(const Arguments& a) {
  const std::unique_ptr<Task> task = load_task(a.model);
  apply_answers(a, *task);
  const std::vector<std::string> inputs = task->inputs(), outputs = task->outputs();
  const PredictOptions options{
      .input = form("--input", a.input, inputs, inputs.front()),
      .output = form("--output", a.output, outputs, default_output(outputs)),
      .file = a.file == "-" ? "stdin" : a.file,
      .colour = wants_colour(a.colour, STDOUT_FILENO)};
  const ComputeScope scope({.precision = find_precision(a.precision)});
  Input input(a.file);
  std::istream in(&input);
  if (a.file == "-" && is_terminal(STDIN_FILENO))
    std::cerr << "reads what you type; Ctrl-D ends it\n";
  task->predict({in, [&] { return input.line_ready(); }, std::cout}, options);
  return 0;
}

/// What each task reads and writes, the default first.
std::string list_of_forms() {
  std::string list = "forms, the first by default:\n";
  for (const TaskInfo& info : tasks()) {
    const std::unique_ptr<Task> task = info.make();
    list += fmt::format("  {:<12} --input {}; --output {}\n", info.name,
                        joined(task->inputs(), "|"), joined(task->outputs(), "|"));
  }
  return list;
}

/// An option for each setting that a task has for its answers; tasks may share one.
void add_answers(CLI::App& verb, const std::shared_ptr<Arguments>& a) {
  std::vector<std::pair<Settings::Entry, std::vector<std::string>>> all;  // with their tasks
  for (const TaskInfo& info : tasks())
    for (Settings::Entry& entry : answer_settings(*info.make())) {
      const auto same = std::ranges::find_if(
          all, [&](const auto& other) { return other.first.key == entry.key; });
      if (same == all.end())
        all.emplace_back(std::move(entry), std::vector{std::string(info.name)});
      else
        same->second.emplace_back(info.name);
    }
  for (const auto& [entry, names] : all) {
    const auto take = [a, key = entry.key](const std::string& value) {
      a->answers.emplace_back(key, value);
    };
    verb.add_option_function<std::string>(
            option_of(entry.key), take,
            fmt::format("{}: {} ({})", joined(names), entry.help, entry.by_default))
        ->type_name("VALUE");
  }
}

}  // namespace

Command add_predict(CLI::App& program) {
  CLI::App* verb = add_verb(program, "predict", "answer a stream line by line",
                            "echo 'Ana vive en Sevilla.' | cadena predict names.cadena");
  verb->footer(list_of_forms() + "\n" + verb->get_footer());
  const auto a = std::make_shared<Arguments>();
  verb->add_option("MODEL", a->model, "file written by 'cadena train'")->required();
  verb->add_option("FILE", a->file, "what to answer; '-', the default, is stdin");
  verb->add_option("--input", a->input, "form of what is read, see below")->type_name("FORM");
  verb->add_option("--output", a->output, "form of the answers, see below")->type_name("FORM");
  add_choice(*verb, "--color", a->colour, {"auto", "always", "never"}, "colours in text");
  add_answers(*verb, a);
  add_precision(*verb, a->precision);
  add_threads(*verb);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
