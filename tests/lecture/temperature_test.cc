// SPDX-License-Identifier: MIT
// The slide "sequential data": temperature. The coldest of each of the next seven days in
// Melbourne, asked for every week of a year from what was known then (examples/temperature.sh).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/checkout.h"
#include "tests/tasks/forecasts.h"

namespace cadena {
namespace {

constexpr size_t weeks = 52, week = 7;

/// The lines of the file, with their ends, behind the header.
struct Days {
  std::string header;
  std::vector<std::string> lines;
  std::vector<double> degrees;

  explicit Days(const std::string& path) {
    std::istringstream in(contents(path));
    std::getline(in, header);
    for (std::string line; std::getline(in, line) && !line.empty();) {
      degrees.push_back(std::stod(line.substr(line.find(',') + 1)));
      lines.push_back(line + "\n");
    }
  }
  std::string first(size_t count) const {
    std::string text = header + "\n";
    for (size_t i = 0; i < count; ++i) text += lines[i];
    return text;
  }
};

/// What was asked in the last year, week by week: what `forecast` of the days before a week is
/// wrong by, squared, on average, and its root.
template <class Forecast>
double rolling_rmse(const Days& days, const Forecast& forecast) {
  double squares = 0;
  for (size_t at = days.degrees.size() - weeks * week; at < days.degrees.size(); at += week) {
    const std::vector<double> said = forecast(at);
    for (size_t h = 0; h < week; ++h)
      squares += std::pow(said.at(h) - days.degrees[at + h], 2) / (weeks * week);
  }
  return std::sqrt(squares);
}

double baseline(const Report& report, const std::string& name) {
  for (const Json& one : report.json.find("baselines")->items())
    if (one.find("name")->to_string() == name) return one.find("rmse")->to_double();
  ADD_FAILURE() << "no baseline " << name;
  return 0;
}

TEST(Lecture, D8_TheTemperatureIsForecast) {
  const std::filesystem::path file = corpus("timeseries/daily-min-temperatures.csv");
  if (!exists(file)) GTEST_SKIP() << "no " << file;
  const Days days(file);
  ASSERT_EQ(days.degrees.size(), 3650u);
  const Scratch scratch;
  Forecaster task;
  TrainOptions options = task.train_defaults();
  Settings settings = settings_of(task, options);
  for (const auto& [key, value] : {std::pair("data.horizon", "7"),
                                   {"data.windows", "52"},
                                   {"data.past", "28"},
                                   {"train.epochs", "16"}})
    settings.set(key, value);
  Rng rng(options.seed);
  task.prepare(scratch.write("train.csv", days.first(days.lines.size() - weeks * week)), {}, rng);
  train(task, options, [](const Progress&) { return true; });

  const Report report = task.evaluate(file);
  const double network = report.json.find("rmse")->to_double(), naive = baseline(report, "naive"),
               climatology = baseline(report, "climatology");
  std::cout << "RMSE: network " << network << ", last value " << naive << ", same days of the year "
            << climatology << "\n";
  EXPECT_LT(network, naive);
  EXPECT_LT(network, climatology);
  EXPECT_EQ(report.json.find("use")->to_string(), "network");

  // The origin rolls: each week is told from the days before it and nothing else.
  EXPECT_NEAR(rolling_rmse(days,
                           [&](size_t at) {
                             std::vector<double> said;
                             const std::vector<double> all =
                                 numbers(predicted(task, days.first(at)));
                             for (size_t h = 0; h < week; ++h) said.push_back(all.at(3 * h));
                             return said;
                           }),
              network, 1e-5);
  EXPECT_NEAR(rolling_rmse(
                  days, [&](size_t at) { return std::vector<double>(week, days.degrees[at - 1]); }),
              naive, 1e-5);
}

}  // namespace
}  // namespace cadena
