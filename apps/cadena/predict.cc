// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cadena/base/suggest.h"
#include "cadena/tasks/task.h"
#include "command.h"
#include "input.h"
#include "terminal.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model, file = "-", input, output, colour = "auto";
};

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
  const std::vector<std::string> inputs = task->inputs(), outputs = task->outputs();
  const PredictOptions options{
      .input = form("--input", a.input, inputs, inputs.front()),
      .output = form("--output", a.output, outputs, default_output(outputs)),
      .file = a.file == "-" ? "stdin" : a.file,
      .colour = wants_colour(a.colour, STDOUT_FILENO)};
  Input input(a.file);
  std::istream in(&input);
  if (a.file == "-" && is_terminal(STDIN_FILENO))
    std::cerr << "reads what you type; Ctrl-D ends it\n";
  task->predict({in, [&] { return input.line_ready(); }, std::cout}, options);
  return 0;
}

/// "help; for tag: text, conll", with every task.
std::string with_forms(std::string help, std::vector<std::string> (Task::*forms)() const) {
  for (const TaskInfo& task : tasks())
    help += fmt::format("; for {}: {}", task.name, joined((*task.make().*forms)()));
  return help;
}

}  // namespace

Command add_predict(CLI::App& program) {
  CLI::App* verb = add_verb(program, "predict", "answer a stream line by line",
                            "echo 'Ana vive en Sevilla.' | cadena predict names.cadena");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("MODEL", a->model, "file written by 'cadena train'")->required();
  verb->add_option("FILE", a->file, "what to answer; '-', the default, is stdin");
  verb->add_option("--input", a->input, with_forms("form of what is read", &Task::inputs))
      ->type_name("FORM");
  verb->add_option("--output", a->output, with_forms("form of the answers", &Task::outputs))
      ->type_name("FORM");
  add_choice(*verb, "--color", a->colour, {"auto", "always", "never"}, "colours in text");
  add_threads(*verb);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
