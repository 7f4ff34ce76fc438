// SPDX-License-Identifier: MIT
#include "cadena/data/calendar.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace cadena {
namespace {

using enum CalendarInput;
constexpr std::array all = {hour_of_day, day_of_week, day_of_month, month, day_of_year};

std::vector<float> written(const char* time, std::vector<CalendarInput> inputs, CalendarForm form) {
  std::vector<float> values(static_cast<size_t>(calendar_size(inputs, form)), -9);
  write_calendar(*parse_time(time), inputs, form, values);
  return values;
}

TEST(Calendar, Places) {
  struct Case {
    const char* time;
    std::array<int, 5> places;
  };
  for (const Case& c : std::vector<Case>{{"1970-01-01", {0, 3, 0, 0, 0}},  // a Thursday
                                         {"1969-12-31 23:59:59", {23, 2, 30, 11, 365}},
                                         {"2000-02-29 12:30", {12, 1, 28, 1, 59}},
                                         {"1900-02-28", {0, 2, 27, 1, 58}},
                                         {"1900-03-01", {0, 3, 0, 2, 60}},
                                         {"2016-03-01", {0, 1, 0, 2, 60}},
                                         {"2015-12-31", {0, 3, 30, 11, 365}},
                                         {"2026-11-23 22:15", {22, 0, 22, 10, 327}},
                                         {"0001-01-01", {0, 0, 0, 0, 0}}})
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(calendar_place(all[i], *parse_time(c.time)), c.places[i]) << c.time << ' ' << i;
      EXPECT_LT(c.places[i], calendar_places(all[i]));
    }
}

TEST(Calendar, Waves) {
  const auto expect = [](const char* time, CalendarInput input, float sine, float cosine) {
    const std::vector<float> values = written(time, {input}, CalendarForm::wave);
    EXPECT_NEAR(values[0], sine, 1e-6) << time;
    EXPECT_NEAR(values[1], cosine, 1e-6) << time;
  };
  expect("1970-01-01 06:00", hour_of_day, 1, 0);
  expect("1970-01-01 07:30", hour_of_day, 0.9238795f, -0.3826834f);
  expect("1970-01-05", day_of_week, 0, 1);
  expect("1970-01-06 23:00", day_of_week, 0.7818315f, 0.6234898f);
  expect("1970-10-09", month, -1, 0);
  expect("1970-07-02", day_of_year, 0, -1);  // half of the 366 days are over
  EXPECT_EQ(written("1970-01-01", {all.begin(), all.end()}, CalendarForm::wave).size(), 10u);
}

TEST(Calendar, Choices) {
  const std::vector<float> values =
      written("1970-03-06 11:00", {all.begin(), all.end()}, CalendarForm::choice);
  ASSERT_EQ(values.size(), 24u + 7 + 31 + 12 + 366);
  for (size_t i = 0; i < values.size(); ++i) {
    const bool one = i == 11 || i == 24 + 4 || i == 31 + 5 || i == 62 + 2 || i == 74 + 65;
    EXPECT_EQ(values[i], one ? 1 : 0) << i;
  }
}

TEST(Calendar, NamesAndWhatSuitsAStep) {
  for (size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(calendar_input(calendar_input_names[i]), all[i]);
  EXPECT_FALSE(calendar_input("second"));
  using Inputs = std::vector<CalendarInput>;
  EXPECT_EQ(usual_calendar({.seconds = 3600}), (Inputs{hour_of_day, day_of_week, day_of_year}));
  EXPECT_EQ(usual_calendar({.seconds = 86400}), (Inputs{day_of_week, day_of_year}));
  EXPECT_EQ(usual_calendar({.seconds = 604800}), Inputs{day_of_year});
  EXPECT_EQ(usual_calendar({.months = 3}), Inputs{month});
  EXPECT_EQ(usual_calendar({.months = 12}), Inputs{});
  EXPECT_EQ(usual_calendar({}), Inputs{});
}

}  // namespace
}  // namespace cadena
