// SPDX-License-Identifier: MIT
#include "cadena/tasks/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/support/cells.h"
#include "tests/support/threads.h"
#include "tests/tasks/forecasts.h"

namespace cadena {
namespace {

using namespace std::string_literals;

class ForecasterTest : public testing::Test {
 protected:
  const Scratch scratch_;
  const std::string waves_ = scratch_.write("waves.csv", waves(6, 120));
};

TEST_F(ForecasterTest, LearnsWavesThatGrow) {
  Trained trained({{"train.epochs", "30"}}, waves_);
  const Report report = trained.task.evaluate(waves_);
  EXPECT_EQ(report.score, trained.result.best);
  EXPECT_EQ(report.json.find("use")->to_string(), "network");
  for (const Baseline& baseline : trained.task.baselines())
    EXPECT_LT(report.score, 0.5 * baseline.score) << baseline.name;
}

TEST_F(ForecasterTest, EveryNetworkLearns) {
  std::vector<Values> models{{{"model.layers", "2"}},       {{"model.direct", "false"}},
                             {{"data.step", "1"}},          {{"data.step", "5"}},
                             {{"data.scale", "logarithm"}}, {{"data.scale", "linear"}},
                             {{"data.past", "100"}},        {{"model.percents", "50"}}};
  for (const std::string& cell : cells_of_each_kind()) models.push_back({{"model.cell", cell}});
  for (const Values& model : models) {
    SCOPED_TRACE(model[0].first + " = " + model[0].second);
    Trained trained(model + Values{{"train.epochs", "6"}}, waves_);
    EXPECT_LT(trained.result.best, trained.task.baselines()[0].score);
    save_task(scratch_.path("m"), trained.task, trained.options, true);
    EXPECT_EQ(load_task(scratch_.path("m"))->evaluate(waves_).score, trained.result.best);
  }
}

TEST_F(ForecasterTest, SavedAndLoadedItIsTheSame) {
  const std::string dated = scratch_.write("dated.csv", days(200));
  for (const std::string& file : {waves_, dated}) {
    Trained trained({{"train.epochs", "2"}, {"model.dropout", "0.2"}}, file);
    save_task(scratch_.path("a"), trained.task, trained.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("a"));
    EXPECT_EQ(loaded->name(), "forecast");
    EXPECT_EQ(loaded->evaluate(file).json, trained.task.evaluate(file).json);
    for (const char* form : {"csv", "jsonl"})
      EXPECT_EQ(predicted(*loaded, contents(file), form),
                predicted(trained.task, contents(file), form));
  }
}

TEST_F(ForecasterTest, SameBitsForAnyNumberOfThreads) {
  std::string first;
  for (int count : {1, 2, 4}) {
    const ThreadScope scope(count);
    Trained trained({{"train.epochs", "2"}, {"model.dropout", "0.2"}}, waves_);
    save_task(scratch_.path("t"), trained.task, trained.options, true);
    const std::string bits =
        contents(scratch_.path("t")) + predicted(trained.task, contents(waves_), "csv");
    if (first.empty()) first = bits;
    EXPECT_TRUE(bits == first) << count;
  }
}

// Without training the answer is the last season, in any units.
TEST_F(ForecasterTest, BeginsWithTheLastSeason) {
  for (const char* scale : {"linear", "logarithm"}) {
    Trained trained(untrained + Values{{"data.scale", scale}}, waves_);
    const Report report = trained.task.evaluate(waves_);
    const Json& naive = report.json.find("baselines")->items()[1];
    EXPECT_EQ(naive.find("name")->to_string(), "seasonal naive");
    EXPECT_NEAR(report.score, naive.find("mase")->to_double(), 1e-4);
  }
}

TEST_F(ForecasterTest, SaysWhenABaselineWins) {
  const std::string walk = scratch_.write("walk.csv", random_walk(300));
  Trained trained(untrained + Values{{"data.period", "1"}}, walk);
  const Report report = trained.task.evaluate(walk);
  EXPECT_EQ(report.json.find("use")->to_string(), "naive") << report.text;
  EXPECT_NE(report.text.find("\nuse the naive forecast: MASE "), std::string::npos) << report.text;
}

// Against the sums over all windows, made here.
TEST_F(ForecasterTest, MeasuresTheLastWindows) {
  const std::string walk = scratch_.write("walk.csv", random_walk(100));
  Trained trained(untrained + Values{{"data.period", "1"}, {"data.windows", "3"}}, walk);
  const Report report = trained.task.evaluate(walk);
  const ForecastSet set = read_forecast_series(walk);
  const std::span<const float> values(set.items[0].values);
  double absolute = 0, square = 0;
  for (size_t origin : {82u, 88u, 94u})
    for (size_t h = 0; h < 6; ++h) {
      const double error = values[origin + h] - values[origin - 1];
      absolute += std::abs(error) / 18;
      square += error * error / 18;
    }
  EXPECT_NEAR(report.json.find("mae")->to_double(), absolute, 1e-5);
  EXPECT_NEAR(report.json.find("rmse")->to_double(), std::sqrt(square), 1e-5);
  EXPECT_EQ(report.json.find("values")->to_int(), 18);
  EXPECT_TRUE(report.text.starts_with("sMAPE  ")) << report.text;
}

TEST_F(ForecasterTest, WhatIsHeldOutIsNotLearnt) {
  std::string other = waves(6, 120);  // each line ends in 6 values that are held out
  std::istringstream in(other);
  std::string changed;
  for (std::string line; std::getline(in, line);) {
    for (int i = 0; i < 6 && line.find(',') != line.npos; ++i) line.resize(line.rfind(','));
    changed += line + ",1,2,3,4,5,6\n";
  }
  const Values same{{"train.epochs", "1"}, {"data.scale", "linear"}};
  Trained a(same, waves_), b(same, scratch_.write("changed.csv", changed));
  const std::string ask = waves(2, 50);
  EXPECT_EQ(predicted(a.task, ask, "csv"), predicted(b.task, ask, "csv"));
  Trained whole(same, waves_, waves_);
  EXPECT_NE(predicted(whole.task, ask, "csv"), predicted(a.task, ask, "csv"));
}

// What is added to all values, or what they are multiplied by, is what becomes of the answers.
TEST_F(ForecasterTest, AnswersFollowTheUnits) {
  Trained trained({{"train.epochs", "3"}, {"data.scale", "linear"}}, waves_);
  const std::vector<double> plain = numbers(predicted(trained.task, "a,3,5,2,6,4,9,3,7,8,6\n"));
  const std::vector<double> moved =
      numbers(predicted(trained.task, "a,16,20,14,22,18,28,16,24,26,22\n"));
  ASSERT_EQ(plain.size(), moved.size());
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(10 + 2 * plain[i], moved[i], 1e-3) << i;
}

TEST_F(ForecasterTest, WritesCsvThatItCanRead) {
  const std::string dated = scratch_.write("dated.csv", days(200));
  Trained trained({{"train.epochs", "1"}}, dated);
  const std::string answer = predicted(trained.task, days(60), "csv");
  EXPECT_TRUE(answer.starts_with("series,time,forecast,p10,p90\n\"a, b\",2020-03-01,")) << answer;
  const std::string path = scratch_.write("answer.csv", answer);
  const ForecastSet set = read_forecast_series(path, {.values = {"forecast"}});
  ASSERT_EQ(set.items.size(), 1u);
  EXPECT_EQ(set.items[0].values.size(), 6u);
  const ForecastSet low = read_forecast_series(path, {.values = {"p10"}});
  const ForecastSet high = read_forecast_series(path, {.values = {"p90"}});
  for (size_t h = 0; h < 6; ++h) {
    EXPECT_LE(low.items[0].values[h], set.items[0].values[h]);
    EXPECT_LE(set.items[0].values[h], high.items[0].values[h]);
  }
  const Json line = Json::parse(predicted(trained.task, days(60), "jsonl"));
  EXPECT_EQ(line.find("times")->items()[0].to_string(), "2020-03-01");
  EXPECT_EQ(line.find("quantiles")->find("p50")->items(), line.find("forecast")->items());
}

TEST_F(ForecasterTest, ShortGappyConstantAndLargeSeriesAreAnswered) {
  Trained trained({{"train.epochs", "1"}}, waves_);
  for (const char* series :
       {"a,5\n", "a,,,5,\n", "a,1,,,4,?,NA\n", "a,7,7,7,7,7,7,7,7,7\n", "a,0,0,0\n",
        "a,3e38,-3e38,3e38,1e-38,0\n", "a,1e-38,2e-38,1e-38\n", "a,-1,-2,-3,-4\n"})
    for (double x : numbers(predicted(trained.task, series)))
      EXPECT_TRUE(std::isfinite(x)) << series;
}

// What is chosen is saved, and must be allowed.
TEST_F(ForecasterTest, SizesAreChosen) {
  const Values automatic{{"data.horizon", "0"}, {"data.past", "0"}, {"data.windows", "2"}};
  const std::string monthly = scratch_.write("m.csv", months(150));
  const std::pair<const char*, const char*> cases[] = {
      {"0", "season 12; 24 values are forecast from 50, read 5 at a time; "},
      {"1", "season 1; 12 values are forecast from 50, read 5 at a time; "},
      {"5", "season 5; 10 values are forecast from 50, read 5 at a time; "}};
  for (const auto& [period, text] : cases) {
    Prepared prepared(automatic + Values{{"data.period", period}, {"data.step", "5"}}, monthly);
    EXPECT_NE(prepared.task.summary().find("a value every 1 month; "s + text), std::string::npos)
        << prepared.task.summary();
    save_task(scratch_.path("m"), prepared.task, prepared.options, true);
    EXPECT_EQ(load_task(scratch_.path("m"))->evaluate(monthly).json,
              prepared.task.evaluate(monthly).json);
  }
}

TEST_F(ForecasterTest, ChecksData) {
  const std::string path = scratch_.write("x.csv", "a,1,2,3\nb,x,2\nc,5,5\n");
  const Check check = Forecaster().check(path, {});
  EXPECT_FALSE(check.sound);
  EXPECT_EQ(check.json.find("series")->to_int(), 3);
  EXPECT_NE(check.text.find("constant"), std::string::npos) << check.text;
  const Check sound = Forecaster().check(waves_, {.against = path});
  EXPECT_TRUE(sound.sound) << sound.text;
}

}  // namespace
}  // namespace cadena
