// SPDX-License-Identifier: MIT
#include <iostream>
#include <memory>

#include "cadena/tasks/task.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string task;
  SettingsArguments settings;
};

int run(const Arguments& a) {
  const std::unique_ptr<Task> task = make_task(a.task);
  TrainOptions train = task->train_defaults();
  Settings settings = settings_of(*task, train);
  a.settings.apply(settings);
  std::cout << settings.to_toml();
  return 0;
}

}  // namespace

Command add_config(CLI::App& program) {
  CLI::App* verb = add_verb(program, "config", "print every setting of a task, as a TOML file",
                            "cadena config tag --set model.hidden=100 > small.toml");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("TASK", a->task, "one that 'cadena train --help' lists")->required();
  a->settings.add_to(*verb);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
