// SPDX-License-Identifier: MIT
#include <iostream>
#include <memory>

#include "cadena/base/json.h"
#include "cadena/tasks/task.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string model, file;
  bool json = false;
};

int run(const Arguments& a) {
  const Report report = load_task(a.model)->evaluate(a.file);
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
  add_threads(*verb);
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
