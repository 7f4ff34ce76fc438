// SPDX-License-Identifier: MIT
#include "cadena/tasks/task.h"

#include <string>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"

namespace cadena {
std::unique_ptr<Task> make_task(std::string_view name) {
  std::vector<std::string> known;
  for (const TaskInfo& info : tasks()) {
    if (info.name == name) return info.make();
    known.emplace_back(info.name);
  }
  const auto near = nearest(name, known);
  throw Error("there is no task '" + printable(name) + "'",
              near ? "did you mean '" + *near + "'?" : "tasks: " + joined(known));
}

Settings settings_of(Task& task, TrainOptions& train) {
  Settings settings;
  task.add_to(settings);
  train.add_to(settings);
  return settings;
}

std::map<std::string, std::string> metadata_of(Task& task, TrainOptions& train) {
  std::map<std::string, std::string> metadata = task.vocabularies();
  metadata[task_key] = task.name();
  metadata[settings_key] = settings_of(task, train).to_toml();
  return metadata;
}

void save_task(const std::string& path, Task& task, TrainOptions& train, bool overwrite) {
  save_model(
      path, metadata_of(task, train), [&](Visitor& v) { task.visit(v); }, overwrite);
}

std::unique_ptr<Task> load_task(const std::string& path) {
  const ModelFile file = read_model(path);
  try {
    std::unique_ptr<Task> task = make_task(file.text(task_key));
    TrainOptions train = task->train_defaults();
    settings_of(*task, train).read_toml(file.text(settings_key), "its settings");
    task->restore(file);
    load_parameters(file, [&](Visitor& v) { task->visit(v); });
    for (const Tensor& weights : parameters(*task)) weights.freeze();
    return task;
  } catch (const Error& error) {  // some tell a line within a part of the file
    const bool whole = error.place().file == path;
    throw Error(Place{path}, whole ? error.message() : error.what(),
                error.hint().empty() ? "the model is damaged, or of another version: train it again"
                                     : error.hint(),
                error.fault());
  }
}

}  // namespace cadena
