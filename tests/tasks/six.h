// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cadena/tasks/task.h"
#include "tests/tasks/captioned.h"
#include "tests/tasks/forecasts.h"

namespace cadena {

/// A task with a file that it learns from in a blink, and something to answer.
struct Sample {
  std::string name;
  Values settings;
  std::string train;  ///< path
  std::string input;  ///< as the first of Task::inputs()
};

/// One of every task.
inline std::vector<Sample> samples(const Scratch& scratch) {
  const Values plain{{"model.hidden", "6"}, {"train.epochs", "2"}, {"model.dropout", "0.1"}};
  const Values words{
      {"model.word_size", "6"}, {"model.character_size", "4"}, {"model.character_hidden", "4"}};
  std::string texts, pairs, prose;
  for (int i = 0; i < 30; ++i) {
    const std::string word = i % 2 == 0 ? "gato" : "perro", other = i % 2 == 0 ? "cat" : "dog";
    const std::string number = std::to_string(i % 7);
    texts += other + "\tel " + word + " " + number + "\n";
    pairs += "el " + word + " " + number + "\tthe " + other + " " + number + "\n";
    prose += "el " + word + " " + number + " duerme y sueña .\n";
  }
  return {
      {"tag", plain + words + Values{{"data.rows", "60"}},
       scratch.write("tag.conll", to_conll(tiny_corpus())), "Ana vive en Lima.\nHoy no.\n"},
      {"classify", plain + words + Values{{"data.batch", "8"}},
       scratch.write("classify.tsv", texts), "el gato 3\n"},
      {"generate", plain + Values{{"model.size", "6"}, {"data.lanes", "2"}, {"data.steps", "8"}},
       scratch.write("generate.txt", prose), "el gato\n"},
      {"translate",
       plain + Values{{"data.unit", "word"}, {"data.min_count", "1"}, {"data.batch", "8"}},
       scratch.write("translate.tsv", pairs), "el gato 3\n"},
      {"describe", small_describer + plain, write_corners(scratch, "describe", 1, 2),
       scratch.path("describe0.ppm") + "\n"},
      {"forecast", blink + plain, scratch.write("forecast.csv", waves(2, 80)), waves(1, 40)},
  };
}

/// A task that has read its file.
struct Ready {
  std::unique_ptr<Task> task;
  TrainOptions options;

  explicit Ready(const Sample& sample, const Values& values = {})
      : task(make_task(sample.name)), options(task->train_defaults()) {
    Settings settings = settings_of(*task, options);
    for (const auto& [key, value] : sample.settings + values) settings.set(key, value);
    Rng rng(options.seed, weights_stream);
    task->prepare(sample.train, std::nullopt, rng);
  }
};

/// What it answers to the input of its sample.
inline std::string answer(Task& task, const Sample& sample) {
  std::istringstream in(sample.input);
  std::ostringstream out;
  task.predict({in, [] { return true; }, out},
               {.input = task.inputs().front(), .output = task.outputs().front(), .file = "stdin"});
  if (!out) throw Error("the answer cannot be written");
  return out.str();
}

}  // namespace cadena
