// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cadena/tasks/forecaster.h"
#include "tests/tasks/tiny.h"

namespace cadena {

/// Series, a line each, of seasons of 5 values that grow.
inline std::string waves(int series, int length) {
  std::string text;
  for (int s = 0; s < series; ++s) {
    text += "s" + std::to_string(s);
    for (int t = 0; t < length; ++t)
      text += "," + std::to_string((10.0 + s) * std::exp(0.01 * t) *
                                   (2 + std::sin(2 * 3.14159265 * (t + s) / 5)));
    text += '\n';
  }
  return text;
}

inline std::string random_walk(int length) {
  Rng rng(3);
  std::string text = "walk";
  for (double x = 100; length > 0; --length, x += rng.normal()) text += "," + std::to_string(x);
  return text + '\n';
}

/// Values at equal steps from the beginning of 2020.
inline std::string dated(int count, const TimeStep& step) {
  std::string text = "date,\"a, b\"\n";
  for (int t = 0; t < count; ++t)
    text += format_time(time_after(*parse_time("2020-01-01"), step, t), step) + "," +
            std::to_string(std::sin(t / 5.0) + t % 3) + "\n";
  return text;
}
inline std::string days(int count) { return dated(count, {.seconds = day_seconds}); }
inline std::string months(int count) { return dated(count, {.months = 1}); }

/// Settings of a forecaster that learns in a blink.
inline const Values blink{
    {"data.horizon", "6"},       {"data.period", "5"},   {"data.past", "15"},
    {"data.draws", "256"},       {"data.batch", "16"},   {"model.hidden", "8"},
    {"model.dropout", "0"},      {"train.rate", "0.01"}, {"train.average", "0"},
    {"train.decay", "constant"}, {"train.patience", "0"}};
inline const Values untrained{{"train.epochs", "1"}, {"train.rate", "0"}};

/// A forecaster that reads its data.
struct Prepared {
  Forecaster task;
  TrainOptions options = task.train_defaults();

  Prepared(const Values& values, const std::string& file,
           const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : blink + values) settings.set(key, value, {"--set"});
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
  }
};

/// And learns.
struct Trained : Prepared {
  TrainResult result;

  Trained(const Values& values, const std::string& file,
          const std::optional<std::string>& held_out = {})
      : Prepared(values, file, held_out) {
    result = train(task, options, [](const Progress&) { return true; });
  }
};

inline std::string predicted(Task& task, const std::string& text, const std::string& form = "csv") {
  std::istringstream in(text);
  std::ostringstream out;
  task.predict({in, [] { return true; }, out}, {.input = "csv", .output = form, .file = "stdin"});
  return out.str();
}

/// Forecasts and quantiles in lines of CSV.
inline std::vector<double> numbers(const std::string& csv) {
  std::istringstream lines(csv);
  std::vector<double> all;
  std::string line, one;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    for (int i = 0; std::getline(fields, one, ','); ++i)
      if (i > 1) all.push_back(std::stod(one));
  }
  return all;
}

}  // namespace cadena
