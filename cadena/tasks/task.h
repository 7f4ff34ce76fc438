// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/json.h"
#include "cadena/base/settings.h"
#include "cadena/io/model_file.h"
#include "cadena/tasks/inspection.h"
#include "cadena/train/trainer.h"

namespace cadena {

/// What an evaluation found.
struct Report {
  double score = 0;    ///< the measure that training goes by
  std::string text{};  ///< as the field prints it
  Json json{};
};

/// A naive method and its score, in the measure of the task.
struct Baseline {
  std::string name;
  double score;
};

/// What `data check` asks and tells.
struct CheckOptions {
  std::string against;        ///< another file to compare with; empty: none
  size_t most_problems = 20;  ///< written out in the text
};
struct Check {
  bool sound = true;  ///< without problems
  std::string text;   ///< for a person
  Json json;
};

/// A held-out example for a report.
struct ShownExample {
  std::string place, truth, answer;
  bool good;  ///< one of those that went best; else of the worst
};

/// How `predict` reads and writes. Names as in Task::inputs() and Task::outputs().
struct PredictOptions {
  std::string input, output;
  std::string file = "-";  ///< name of the input in errors
  bool colour = false;
};

/// A stream to answer, and whether more of it can be had without waiting: what is there is answered
/// in one batch, and every answer is out before the next wait.
struct Stream {
  std::istream& in;
  std::function<bool()> ready;
  std::ostream& out;
};

/// What can be learned from a kind of file: data, network and measure. A task starts empty and is
/// then either prepared from data or restored from a model file.
class Task : public Trainee {
 public:
  virtual std::string_view name() const = 0;

  /// Its settings, under "data." and "model.".
  virtual void add_to(Settings& settings) = 0;
  /// How it is trained unless the user says otherwise.
  virtual TrainOptions train_defaults() const { return {}; }

  /// Reads data, makes vocabularies and a network with random weights. Without `held_out` a part of
  /// the training data is kept back. Errors: with file and line.
  virtual void prepare(const std::string& train, const std::optional<std::string>& held_out,
                       Rng& rng) = 0;

  /// Lines that tell what was read and built, for a person.
  virtual std::string summary() const = 0;
  /// What naive methods score on the data that held_out_score() is about, so that nobody is fooled
  /// by the score of a network.
  virtual std::vector<Baseline> baselines() const = 0;

  /// Beside settings and weights, what a model file must hold.
  virtual std::map<std::string, std::string> vocabularies() const = 0;
  /// The network that the vocabularies of a file belong to; its weights are loaded afterwards.
  /// Errors: damaged text, settings that ask for more weights than the file has.
  virtual void restore(const ModelFile& file) = 0;

  /// Reads a file to its end, faults and all. Errors: a file cannot be opened or read.
  virtual Check check(const std::string& path, const CheckOptions& options) const = 0;

  /// Errors: with file and line.
  virtual Report evaluate(const std::string& path) = 0;

  /// The first is the default.
  virtual std::vector<std::string> inputs() const = 0;
  virtual std::vector<std::string> outputs() const = 0;
  /// What else can be chosen for predict(), if anything: keys without a table.
  virtual void add_answer_settings(Settings&) {}
  /// Answers a stream to its end. Errors: with file and line.
  virtual void predict(const Stream& stream, const PredictOptions& options) = 0;

  /// The held-out examples that the prepared task answers best and worst, a few of each, if it can
  /// tell.
  virtual std::vector<ShownExample> examples() { return {}; }

  /// What the network does with one input of a stream: gates, states and gradients of each step.
  /// Errors: a task that cannot tell; with file and line, an input that is not there, empty, or
  /// longer than most_inspected.
  Inspection inspect(std::istream& in, const InspectOptions& options);

 protected:
  /// inspect(), which clears what gradients the weights are left with.
  virtual Inspection look(std::istream& in, const InspectOptions& options);
};

/// Of random numbers, for the first weights; training draws from stream 0.
inline constexpr uint64_t weights_stream = 1;

/// Where a model file keeps the name of its task, and all settings as TOML.
inline constexpr const char *task_key = "cadena.task", *settings_key = "cadena.settings";

struct TaskInfo {
  std::string_view name, help;
  std::unique_ptr<Task> (*make)();
};

/// Every task, in the order of help pages.
std::span<const TaskInfo> tasks();

/// An empty task. Errors: there is none of that name.
std::unique_ptr<Task> make_task(std::string_view name);

/// Settings of a task and of its training, in the order in which they are written.
Settings settings_of(Task& task, TrainOptions& train);

/// What the file of a task holds beside its weights: its name, its settings, its vocabularies.
std::map<std::string, std::string> metadata_of(Task& task, TrainOptions& train);

/// A task with its weights in one file. Errors: as write_file_atomically.
void save_task(const std::string& path, Task& task, TrainOptions& train, bool overwrite);

/// Errors: the file is no model, or damaged, or of a newer cadena.
std::unique_ptr<Task> load_task(const std::string& path);

}  // namespace cadena
