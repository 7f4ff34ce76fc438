// SPDX-License-Identifier: MIT
#include "cadena/data/naive_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "cadena/data/calendar.h"
#include "cadena/data/forecast_score.h"
#include "tests/support/checkout.h"
#include "tests/support/refused.h"

namespace cadena {
namespace {

using Values = std::vector<float>;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(NaiveForecast, LastValueLastSeasonLine) {
  EXPECT_EQ(naive_forecast(Values{1, 5, 3}, 2).mean, (Values{3, 3}));
  EXPECT_EQ(naive_forecast(Values{1, 5, nan}, 2).mean, (Values{5, 5}));
  EXPECT_EQ(seasonal_naive_forecast(Values{9, 1, 2, 3}, 3, 5).mean, (Values{1, 2, 3, 1, 2}));
  EXPECT_EQ(seasonal_naive_forecast(Values{7, 8, 9, 1, nan, 3}, 3, 3).mean, (Values{1, 8, 3}));
  EXPECT_EQ(seasonal_naive_forecast(Values{1, 2}, 3, 4).mean, (Values{2, 1, 2, 2}));
  EXPECT_EQ(drift_forecast(Values{1, 9, 5}, 2).mean, (Values{7, 9}));
  EXPECT_EQ(drift_forecast(Values{nan, 1, 9, 5, nan}, 2).mean, (Values{9, 11}));
  EXPECT_EQ(drift_forecast(Values{4}, 2).mean, (Values{4, 4}));
  EXPECT_EQ(naive2_forecast(Values{1, 5, 3}, 1, 2).mean, (Values{3, 3}));
  EXPECT_TRUE(naive_forecast(Values{1}, 2).quantiles.empty());
  expect_refused("no value", {}, [] { naive_forecast(Values{nan, nan}, 1); });
}

TEST(NaiveForecast, QuantilesOfThePastErrorsOfTheSameStep) {
  const std::vector<double> levels = {0.25, 0.5, 1 - 1e-12};
  // Changes of one step 1, 2, 4 and of two steps 3, 6; of three 7, which then stays.
  EXPECT_EQ(naive_forecast(Values{0, 1, 3, 7}, 4, levels).quantiles,
            (Values{8.5, 9, 11, 10.75, 11.5, 13, 14, 14, 14, 14, 14, 14}));
  // Over a season of two: 3 and 6, then none for two seasons.
  EXPECT_EQ(seasonal_naive_forecast(Values{0, 1, 3, 7}, 2, 3, levels).quantiles,
            (Values{6.75, 7.5, 9, 10.75, 11.5, 13, 6.75, 7.5, 9}));
  // Around a line of slope 1: 1, -2, 1 in one step.
  EXPECT_EQ(drift_forecast(Values{0, 2, 1, 3}, 1, levels).quantiles, (Values{3.5, 5, 5}));
  EXPECT_EQ(naive_forecast(Values{3}, 1, levels).quantiles, (Values{3, 3, 3}));
}

TEST(NaiveForecast, SeasonTest) {
  std::vector<double> wave, noise, line;
  for (int t = 0; t < 72; ++t) {
    wave.push_back(10 + std::sin(2 * std::numbers::pi * t / 12));
    noise.push_back(10 + (t * t * 7 % 11));
    line.push_back(1 + t);
  }
  EXPECT_TRUE(is_seasonal(wave, 12));
  EXPECT_FALSE(is_seasonal(wave, 1));
  EXPECT_FALSE(is_seasonal(std::span(wave).first(35), 12));
  EXPECT_FALSE(is_seasonal(noise, 12));
  EXPECT_TRUE(is_seasonal(noise, 11));
  EXPECT_FALSE(is_seasonal(line, 12));
  EXPECT_FALSE(is_seasonal(std::vector<double>(36, 5.0), 12));
  wave[3] = 0;
  EXPECT_FALSE(is_seasonal(wave, 12));
}

TEST(NaiveForecast, IndicesOfAProduct) {
  for (int period : {3, 4}) {
    std::vector<double> factors = {0.5, 1, 1.5}, past;
    if (period == 4) factors = {0.5, 1, 1.25, 1.25};
    for (int t = 0; t < 4 * period + 1; ++t)
      past.push_back(8 * factors[static_cast<size_t>(t % period)]);
    const std::vector<double> indices = seasonal_indices(past, period);
    for (size_t i = 0; i < factors.size(); ++i) EXPECT_NEAR(indices[i], factors[i], 1e-12);
  }
}

TEST(NaiveForecast, Naive2PutsTheSeasonBack) {
  const Values season = {2, 4, 8, 2};
  Values past = {nan};
  for (size_t t = 0; t < 18; ++t) past.push_back(season[t % 4]);
  const Forecast forecast = naive2_forecast(past, 4, 4, std::vector{0.5});
  for (size_t h = 0; h < 4; ++h) {
    EXPECT_NEAR(forecast.mean[h], season[(18 + h) % 4], 1e-5);
    EXPECT_NEAR(forecast.quantiles[h], season[(18 + h) % 4], 1e-5);
  }
  past.back() = nan;  // the value before, in its place, tells as much
  past[6] = nan;
  EXPECT_NEAR(naive2_forecast(past, 4, 4).mean[0], 8, 1.5);
}

ForecastSeries daily(const char* start, Values values) {
  return {.id = "",
          .line = 1,
          .start = parse_time(start),
          .step = {.seconds = 86400},
          .values = std::move(values)};
}

TEST(Climatology, DayOfYear) {
  Values values;
  const ForecastSeries empty = daily("2019-01-01", {});
  for (int64_t t = 0; t < 365 + 366 + 365; ++t) {  // through the leap year 2020
    const auto place =
        calendar_place(CalendarInput::day_of_year, time_after(*empty.start, empty.step, t));
    values.push_back(static_cast<float>(place + (t < 365 ? 3 : 0)));
  }
  const Forecast forecast =
      climatology_forecast(daily("2019-01-01", values), 1, 60, std::vector{0.5});
  EXPECT_EQ(forecast.mean[0], 1);    // 1 January: 3, 0, 0
  EXPECT_EQ(forecast.mean[58], 59);  // 28 February
  EXPECT_EQ(forecast.mean[59], 61);  // 1 March, though a leap day was in between once
  EXPECT_EQ(forecast.quantiles[0], 0);
  // The only leap day stands alone; without any, its neighbours do for it.
  EXPECT_EQ(climatology_forecast(daily("2019-01-01", values), 1, 850).mean[789], 59);
  values.resize(365);
  EXPECT_EQ(climatology_forecast(daily("2019-01-01", values), 1, 60).mean[59], 59 + 3);
}

TEST(Climatology, DaysOfAWeekAreOne) {
  ForecastSeries weekly = daily("2021-01-01", {});
  weekly.step = {.seconds = 7 * day_seconds};
  for (int t = 0; t < 52; ++t) weekly.values.push_back(static_cast<float>(t));
  EXPECT_EQ(climatology_forecast(weekly, 1, 2).mean, (Values{0, 1}));  // 31 December, 7 January
}

TEST(Climatology, WindowAndPlaces) {
  const ForecastSeries plain{
      .id = "", .line = 1, .start = {}, .step = {}, .values = {1, 2, 6, 3, nan, 8}};
  const Forecast exact = climatology_forecast(plain, 3, 4, std::vector{0.5, 0.75});
  EXPECT_EQ(exact.mean, (Values{2, 2, 7, 2}));
  EXPECT_EQ(exact.quantiles, (Values{2, 3, 2, 3, 7, 8, 2, 3}));
  EXPECT_EQ(climatology_forecast(plain, 3, 1, {}, 1).mean, (Values{4}));
  EXPECT_EQ(climatology_forecast(plain, 1, 2).mean, (Values{4, 4}));
}

struct M4Row {
  const char* method;
  double smape, mase, owa;
};

/// The rows of the official table that no network is in.
void expect_m4(const std::string& group, int horizon, int period, const std::vector<M4Row>& rows) {
  const std::string folder = corpus("m4-hourly-weekly").string() + "/";
  const ForecastSet train = read_forecast_series(folder + group + "-train.csv.gz");
  const ForecastSet test = read_forecast_series(folder + group + "-test.csv");
  ASSERT_EQ(train.items.size(), test.items.size());
  ForecastScore naive, seasonal, naive2;
  for (size_t i = 0; i < train.items.size(); ++i) {
    ASSERT_EQ(train.items[i].id, test.items[i].id);
    const Values &past = train.items[i].values, &actual = test.items[i].values;
    ASSERT_EQ(std::ssize(actual), horizon);
    naive.add(past, period, actual, naive_forecast(past, horizon));
    seasonal.add(past, period, actual, seasonal_naive_forecast(past, period, horizon));
    naive2.add(past, period, actual, naive2_forecast(past, period, horizon));
  }
  const ForecastMeasures reference = naive2.measures();
  const ForecastMeasures found[] = {naive.measures(), seasonal.measures(), reference};
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(*found[i].smape, rows[i].smape, 0.0005) << group << rows[i].method;
    EXPECT_NEAR(*found[i].mase, rows[i].mase, 0.0005) << group << rows[i].method;
    // The table has it from rounded measures.
    EXPECT_NEAR(*owa(found[i], reference), rows[i].owa, 0.001) << group << rows[i].method;
    EXPECT_EQ(found[i].unscaled + found[i].missing, 0);
  }
}

TEST(NaiveForecast, RowsOfM4) {
  if (!std::filesystem::exists(corpus("m4-hourly-weekly"))) GTEST_SKIP() << "no M4 data";
  expect_m4("Hourly", 48, 24,
            {{"naive", 43.003, 11.608, 3.593},
             {"seasonal naive", 13.912, 1.193, 0.627},
             {"naive2", 18.383, 2.395, 1.000}});
  expect_m4("Weekly", 13, 1,
            {{"naive", 9.161, 2.777, 1.000},
             {"seasonal naive", 9.161, 2.777, 1.000},
             {"naive2", 9.161, 2.777, 1.000}});
}

}  // namespace
}  // namespace cadena
