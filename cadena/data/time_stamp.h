// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cadena {

/// A date and time of day as calendar (Gregorian, also before 1582) and clock show them: no zone,
/// no summer time.
using TimeStamp = std::chrono::local_seconds;
inline constexpr int64_t day_seconds = 86400;

/// Time between two values of a series: months or seconds, one of the two; neither if unknown.
struct TimeStep {
  int64_t months = 0;
  int64_t seconds = 0;

  bool known() const { return months > 0 || seconds > 0; }
  bool operator==(const TimeStep&) const = default;
};

/// What parse_time takes, for hints.
inline constexpr std::string_view time_forms =
    "dates are 2016-07-01, 20160701, 2016-07-01 13:00, 2016-07-01T13:00:00, 2016-07, 2016 Q3, "
    "2016-Q3 or 2016";

/// The beginning of what is named, if it is one of time_forms and exists; years 1 to 9999. A "Z" at
/// the end of a time is passed over; other zones are refused.
std::optional<TimeStamp> parse_time(std::string_view text);

/// As short as the step allows: "2016", "2016-Q3", "2016-07", "2016-07-01", "2016-07-01 13:00:00".
std::string format_time(TimeStamp time, const TimeStep& step);
/// "3 months", "1 day": the largest unit of which it is a multiple.
std::string format_step(const TimeStep& step);

/// `count` steps later, for a known step and a year up to 32767. Steps of months go from the last
/// day of a month to the last day of another; other days stay, as far as the month has them.
TimeStamp time_after(TimeStamp time, const TimeStep& step, int64_t count);
/// The count for which time_after(from, step, count) is `to`, if there is one, from <= to.
std::optional<int64_t> steps_between(TimeStamp from, TimeStamp to, const TimeStep& step);

/// Steps in the season that forecasters usually look for, as in M4: a day of parts of it, a year of
/// months or quarters, else none, which is 1.
int season_length(const TimeStep& step);

}  // namespace cadena
