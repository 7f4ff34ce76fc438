// SPDX-License-Identifier: MIT
#include <iostream>
#include <limits>
#include <memory>

#include "cadena/data/series.h"
#include "cadena/tasks/task.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string file, task;
  CheckOptions options;
  SettingsArguments settings;
  bool json = false;
};

/// The one that reads such a file; what is no file of series by its name is taken for CoNLL.
std::string task_for(const std::string& file) { return series_kind(file) ? "classify" : "tag"; }

int run(const Arguments& a) {
  const std::unique_ptr<Task> task = make_task(a.task.empty() ? task_for(a.file) : a.task);
  TrainOptions train = task->train_defaults();
  Settings settings = settings_of(*task, train);
  a.settings.apply(settings);
  const Check check = task->check(a.file, a.options);
  std::cout << (a.json ? check.json.dump(2) + '\n' : check.text);
  return check.sound ? 0 : 2;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskInfo& task : tasks()) names.emplace_back(task.name);
  return names;
}

}  // namespace

Command add_data_check(CLI::App& data) {
  CLI::App* verb = add_verb(data, "check", "count what a file holds and find its faults",
                            "cadena data check train.conll --against dev.conll");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("FILE", a->file, "what a task would learn from")->required();
  add_choice(*verb, "--task", a->task, task_names(),
             "what FILE is for; else classify for a file of series, or tag");
  verb->get_option("--task")->type_name("TASK");
  verb->add_option("--against", a->options.against, "tell how much of this file is seen in FILE")
      ->type_name("OTHER");
  add_number(*verb, "--most", 0, std::numeric_limits<int>::max(),
             "problems to write out, 20 by default; JSON has all",
             [a](int n) { a->options.most_problems = static_cast<size_t>(n); });
  a->settings.add_to(*verb);
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
