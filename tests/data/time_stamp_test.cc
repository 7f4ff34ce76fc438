// SPDX-License-Identifier: MIT
#include "cadena/data/time_stamp.h"

#include <gtest/gtest.h>

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace cadena {
namespace {

constexpr TimeStep day{.seconds = 86400}, hour{.seconds = 3600}, month{.months = 1},
    quarter{.months = 3}, year{.months = 12};

TimeStamp at(const char* text) {
  const std::optional<TimeStamp> time = parse_time(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(TimeStamp());
}

TEST(TimeStamp, EveryForm) {
  for (const auto& [text, seconds] :
       std::vector<std::pair<const char*, int64_t>>{{"1970-01-01", 0},
                                                    {"1970-1-2", 86400},
                                                    {"19700102", 86400},
                                                    {"1970-01-01 00:01", 60},
                                                    {"1970-01-01T23:59:59Z", 86399},
                                                    {"1969-12-31 23:59:59", -1},
                                                    {"2000-02-29", 951782400},
                                                    {"2016-07-01 13:00:00", 1467378000},
                                                    {"1970-02", 31 * day_seconds},
                                                    {"1970Q2", 90 * day_seconds},
                                                    {"1970 Q2", 90 * day_seconds},
                                                    {"1970-Q2", 90 * day_seconds},
                                                    {"1971", 365 * day_seconds},
                                                    {"0001-01-01", -62135596800},
                                                    {"1-01", -62135596800},
                                                    {"9999-12-31T23:59", 253402300740}})
    EXPECT_EQ(at(text).time_since_epoch().count(), seconds) << text;
}

TEST(TimeStamp, Refused) {
  for (const char* text : {"",
                           "1",
                           "70",
                           "197",
                           "12345",
                           "0",
                           "0000",
                           "0-01",
                           "1970-00",
                           "1970-13",
                           "1970-02-29",
                           "1900-02-29",
                           "19700229",
                           "1970-01-32",
                           "1970-01-01 ",
                           "1970-01-01 24:00",
                           "1970-01-01 1",
                           "1970-01-01 10:60",
                           "1970-01-01 10:00:60",
                           "1970-01-01 10:00:00.5",
                           "1970-01-01 10:00+01:00",
                           "1970 Q",
                           "1970Q0",
                           "1970Q5",
                           "1970Q12",
                           "1970 01",
                           "1970-",
                           "-1970",
                           "1970-01-",
                           "1970Z",
                           "1970-001",
                           "1970/01/01",
                           "Jan-1-1995",
                           "1970.5",
                           "1970-01-01-01",
                           "123456789",
                           "\xff"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(TimeStamp, WrittenAsShortAsTheStepAllows) {
  for (const auto& [text, step, expected] :
       std::vector<std::tuple<const char*, TimeStep, const char*>>{
           {"1700", year, "1700"},
           {"1970-Q3", quarter, "1970-Q3"},
           {"1970-08", quarter, "1970-08"},
           {"1970-12", month, "1970-12"},
           {"1-01", month, "0001-01"},
           {"1970-01-31", month, "1970-01-31"},
           {"1970-01-31", day, "1970-01-31"},
           {"1970-01-01 06:00", day, "1970-01-01 06:00:00"},
           {"1970-01-01", hour, "1970-01-01 00:00:00"}})
    EXPECT_EQ(format_time(at(text), step), expected);
  for (const auto& [step, expected] :
       std::vector<std::pair<TimeStep, const char*>>{{year, "1 year"},
                                                     {quarter, "3 months"},
                                                     {month, "1 month"},
                                                     {{.months = 24}, "2 years"},
                                                     {day, "1 day"},
                                                     {{.seconds = 14 * day_seconds}, "2 weeks"},
                                                     {{.seconds = 129600}, "36 hours"},
                                                     {{.seconds = 90}, "90 seconds"},
                                                     {{.seconds = 900}, "15 minutes"},
                                                     {{}, "unknown"}})
    EXPECT_EQ(format_step(step), expected);
}

TEST(TimeStamp, Steps) {
  struct Case {
    const char* from;
    TimeStep step;
    int64_t count;
    const char* to;
  };
  for (const Case& c : std::vector<Case>{{"2016-02-28", day, 2, "2016-03-01"},
                                         {"2015-02-28", day, 1, "2015-03-01"},
                                         {"2016-12-31 23:00", hour, 2, "2017-01-01 01:00"},
                                         {"1969-11", month, 14, "1971-01"},
                                         {"1700", year, 300, "2000"},
                                         {"1970-Q4", quarter, 1, "1971-Q1"},
                                         {"2016-01-31", month, 1, "2016-02-29"},
                                         {"2016-02-29", month, 1, "2016-03-31"},
                                         {"2015-02-28", month, 12, "2016-02-29"},
                                         {"2016-01-30", month, 2, "2016-03-30"},
                                         {"2016-01-30", month, 1, "2016-02-29"},
                                         {"1970-01-15 06:00", month, 1, "1970-02-15 06:00"},
                                         {"1970", day, 0, "1970"}}) {
    EXPECT_EQ(time_after(at(c.from), c.step, c.count), at(c.to)) << c.from;
    EXPECT_EQ(steps_between(at(c.from), at(c.to), c.step), c.count) << c.from;
  }
  EXPECT_FALSE(steps_between(at("1970-01-01"), at("1970-01-02"), {.seconds = 7 * day_seconds}));
  EXPECT_FALSE(steps_between(at("1970-01-01"), at("1970-02-02"), month));
  EXPECT_FALSE(steps_between(at("1970-01"), at("1970-03"), quarter));
}

TEST(TimeStamp, Season) {
  for (const auto& [step, length] : std::vector<std::pair<TimeStep, int>>{{{}, 1},
                                                                          {year, 1},
                                                                          {{.months = 24}, 1},
                                                                          {quarter, 4},
                                                                          {month, 12},
                                                                          {{.months = 5}, 1},
                                                                          {{.seconds = 604800}, 1},
                                                                          {day, 1},
                                                                          {hour, 24},
                                                                          {{.seconds = 900}, 96},
                                                                          {{.seconds = 7}, 1}})
    EXPECT_EQ(season_length(step), length) << format_step(step);
}

}  // namespace
}  // namespace cadena
