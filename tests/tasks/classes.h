// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cadena/tasks/classifier.h"
#include "tests/tasks/tiny.h"

namespace cadena {

/// Settings of a classifier that learns what is below in a blink.
inline const Values small_classifier{{"model.word_size", "8"},      {"model.hidden", "8"},
                                     {"model.character_size", "4"}, {"model.character_hidden", "4"},
                                     {"model.dropout", "0"},        {"train.rate", "0.03"},
                                     {"train.average", "0.5"},      {"train.patience", "0"},
                                     {"train.decay", "constant"},   {"data.batch", "8"},
                                     {"train.epochs", "100"},       {"train.steps", "0"}};

inline const Values two_passes{{"train.epochs", "2"}};

/// A classifier that is trained from files.
struct Classification {
  Classifier task;
  TrainOptions options = task.train_defaults();
  TrainResult result;

  Classification(const Values& values, const std::string& file,
                 const std::optional<std::string>& held_out = {},
                 const Watch& watch = until_perfect) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : values) settings.set(key, value);
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
    result = train(task, options, watch);
  }

  /// The bytes of its model file.
  std::string saved() {
    const Scratch scratch;
    save_task(scratch.path("model"), task, options, false);
    return contents(scratch.path("model"));
  }
};

/// All that a task answers.
inline std::string answers(
    Task& task, const std::string& input, const PredictOptions& options,
    const std::function<bool()>& ready = [] { return true; }) {
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, ready, out}, options);
  return out.str();
}

struct Opinion {
  std::string label, text;
};

/// Three classes, 12 texts of "bien", 15 of "mal", 10 of "nada".
inline std::vector<Opinion> opinions() {
  const char* things[] = {"la película", "el libro", "este café", "la Música", "Lima"};
  std::vector<Opinion> all;
  for (size_t i = 0; i < 15; ++i) {
    const std::string thing = things[i % 5];
    if (i < 12) all.push_back({"bien", (i < 6 ? "me gusta " : "qué bueno es ") + thing});
    all.push_back({"mal", (i < 8 ? "no me gusta " : "qué malo es ") + thing + " ."});
    if (i < 10) all.push_back({"nada", i < 5 ? thing : thing + " está ahí"});
  }
  return all;
}

inline std::string to_lines(const std::vector<Opinion>& all, const std::string& before = "",
                            const std::string& after = "\t") {
  std::string text;
  for (const auto& [label, words] : all) text += before + label + after + words + "\n";
  return text;
}

/// Two clouds far apart, and not in the same units; a column that never changes.
inline std::string two_clouds(size_t each = 20) {
  Rng rng(4);
  std::string text = "width,age,one,class\n";
  for (size_t i = 0; i < 2 * each; ++i) {
    const float side = i % 2 == 0 ? -1.0f : 1.0f;
    text += std::to_string(0.01f * (rng.normal() + 4 * side)) + "," +
            std::to_string(500 - 100 * (rng.normal() + 4 * side)) + ",7," +
            (i % 2 == 0 ? "left" : "right") + "\n";
  }
  return text;
}

/// Sequences of vectors, [steps][dimension].
struct Path {
  std::string label;
  std::vector<std::vector<float>> steps;
};

/// Pairs of sequences, of 3 to 9 steps of two values: one that rises, and the same backwards.
inline std::vector<Path> slopes(size_t pairs = 15) {
  Rng rng(5);
  std::vector<Path> all;
  for (size_t i = 0; i < pairs; ++i) {
    Path rising{"rises", {}};
    const float start = rng.normal();
    for (size_t t = 0; t < 3 + i % 7; ++t)
      rising.steps.push_back({start + static_cast<float>(t), 0.3f * rng.normal()});
    all.push_back(rising);
    all.push_back({"falls", {rising.steps.rbegin(), rising.steps.rend()}});
  }
  return all;
}

/// Sequences of such lengths that stand above 0, or below.
inline std::vector<Path> levels(size_t pairs = 15) {
  std::vector<Path> all = slopes(pairs);
  for (Path& path : all) {
    const bool high = path.label == "rises";
    path.label = high ? "high" : "low";
    for (std::vector<float>& step : path.steps) step[1] += high ? 4.0f : -4.0f;
  }
  return all;
}

inline std::string to_ts_case(const Path& path) {
  std::string text;
  for (size_t d = 0; d < 2; ++d)
    for (size_t t = 0; t < path.steps.size(); ++t)
      text += std::to_string(path.steps[t][d]) + (t + 1 < path.steps.size() ? "," : ":");
  return text;
}

inline std::string to_ts(const std::vector<Path>& paths) {
  std::string text =
      "# made up\n@problemName tiny\n@timeStamps false\n@dimensions 2\n"
      "@classLabel true rises falls high low\n@data\n";
  for (const Path& path : paths) text += to_ts_case(path) + path.label + "\n";
  return text;
}

/// A list, and a CSV file for each sequence beside it.
inline std::string write_list(const Scratch& scratch, const std::vector<Path>& paths) {
  std::string list;
  for (size_t i = 0; i < paths.size(); ++i) {
    std::string rows;
    for (const std::vector<float>& step : paths[i].steps)
      rows += std::to_string(step[0]) + "," + std::to_string(step[1]) + "\n";
    const std::string name = "path_" + std::to_string(i) + ".csv";
    scratch.write(name, rows);
    list += paths[i].label + "\t" + name + "\n";
  }
  return scratch.write("paths.tsv", list);
}

}  // namespace cadena
