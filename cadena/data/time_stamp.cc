// SPDX-License-Identifier: MIT
#include "cadena/data/time_stamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cadena {

namespace {

using std::chrono::local_days;
using std::chrono::seconds;
using std::chrono::year_month;
using std::chrono::year_month_day;

/// Takes parts of a text off its front.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// All digits there are, if their number is right.
  std::optional<unsigned> number(size_t least, size_t most) {
    const size_t size = std::min(text_.find_first_not_of("0123456789"), text_.size());
    if (size < least || size > most) return std::nullopt;
    unsigned value = 0;
    for (char c : text_.substr(0, size)) value = value * 10 + static_cast<unsigned>(c - '0');
    text_.remove_prefix(size);
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<TimeStamp> date(unsigned year, std::optional<unsigned> month,
                              std::optional<unsigned> day) {
  if (year == 0 || !month || !day) return std::nullopt;
  const year_month_day date(std::chrono::year(static_cast<int>(year)), std::chrono::month(*month),
                            std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return TimeStamp(local_days(date));
}

std::optional<seconds> clock(Scan& scan) {
  const std::optional<unsigned> hour = scan.number(1, 2);
  if (!scan.take(':')) return std::nullopt;
  const std::optional<unsigned> minute = scan.number(2, 2);
  const std::optional<unsigned> second = scan.take(':') ? scan.number(2, 2) : 0;
  scan.take('Z');
  if (!scan.done() || !hour || *hour > 23 || !minute || *minute > 59 || !second || *second > 59)
    return std::nullopt;
  return seconds(int64_t{*hour} * 3600 + int64_t{*minute} * 60 + *second);
}

std::optional<TimeStamp> quarter(unsigned year, Scan& scan) {
  const std::optional<unsigned> quarter = scan.number(1, 1);
  if (!quarter || *quarter == 0 || !scan.done()) return std::nullopt;
  return date(year, *quarter * 3 - 2, 1);
}

bool at_month_end(const year_month_day& date) {
  return date.day() == (date.year() / date.month() / std::chrono::last).day();
}

int64_t months_of(const year_month_day& date) {
  return int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month()) - 1;
}

}  // namespace

std::optional<TimeStamp> parse_time(std::string_view text) {
  if (text.size() == 8)
    if (const auto digits = Scan(text).number(8, 8))
      return date(*digits / 10000, *digits / 100 % 100, *digits % 100);
  Scan scan(text);
  const std::optional<unsigned> year = scan.number(1, 4);
  if (!year) return std::nullopt;
  if (scan.done()) return text.size() == 4 ? date(*year, 1, 1) : std::nullopt;
  const bool dash = scan.take('-');
  if (!dash) scan.take(' ');
  if (scan.take('Q')) return quarter(*year, scan);
  const std::optional<unsigned> month = dash ? scan.number(1, 2) : std::nullopt;
  if (scan.done()) return date(*year, month, 1);
  const std::optional<unsigned> day = scan.take('-') ? scan.number(1, 2) : std::nullopt;
  const std::optional<TimeStamp> midnight = date(*year, month, day);
  if (scan.done() || !midnight) return midnight;
  if (!scan.take('T') && !scan.take(' ')) return std::nullopt;
  const std::optional<seconds> time = clock(scan);
  return time ? std::optional(*midnight + *time) : std::nullopt;
}

std::string format_time(TimeStamp time, const TimeStep& step) {
  const local_days midnight = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(midnight);
  const int year = static_cast<int>(date.year());
  const unsigned month = static_cast<unsigned>(date.month());
  const int64_t second = (time - midnight).count();
  if (second == 0 && static_cast<unsigned>(date.day()) == 1 && step.months > 0) {
    if (step.months % 12 == 0 && month == 1) return fmt::format("{:04}", year);
    if (step.months % 3 == 0 && month % 3 == 1)
      return fmt::format("{:04}-Q{}", year, month / 3 + 1);
    return fmt::format("{:04}-{:02}", year, month);
  }
  const std::string day =
      fmt::format("{:04}-{:02}-{:02}", year, month, static_cast<unsigned>(date.day()));
  if (second == 0 && step.seconds % day_seconds == 0) return day;
  return fmt::format("{} {:02}:{:02}:{:02}", day, second / 3600, second / 60 % 60, second % 60);
}

std::string format_step(const TimeStep& step) {
  using Unit = std::pair<const char*, int64_t>;
  const auto text = [](int64_t count, const Unit& unit) {
    return fmt::format("{} {}{}", count / unit.second, unit.first, count == unit.second ? "" : "s");
  };
  if (step.months > 0)
    return text(step.months, step.months % 12 == 0 ? Unit("year", 12) : Unit("month", 1));
  for (const Unit& unit : {Unit("week", 7 * day_seconds), Unit("day", day_seconds),
                           Unit("hour", 3600), Unit("minute", 60)})
    if (step.seconds >= unit.second && step.seconds % unit.second == 0)
      return text(step.seconds, unit);
  return step.known() ? text(step.seconds, {"second", 1}) : "unknown";
}

TimeStamp time_after(TimeStamp time, const TimeStep& step, int64_t count) {
  if (step.months == 0) return time + seconds(step.seconds * count);
  const local_days midnight = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(midnight);
  const year_month month =
      year_month(date.year(), date.month()) + std::chrono::months(step.months * count);
  const std::chrono::day last = (month / std::chrono::last).day();
  const std::chrono::day day = at_month_end(date) ? last : std::min(date.day(), last);
  return local_days(month / day) + (time - midnight);
}

std::optional<int64_t> steps_between(TimeStamp from, TimeStamp to, const TimeStep& step) {
  const auto whole = [](int64_t distance, int64_t size) {
    return distance % size == 0 ? std::optional(distance / size) : std::nullopt;
  };
  if (step.months == 0) return whole((to - from).count(), step.seconds);
  const auto months = [](TimeStamp time) {
    return months_of(year_month_day(std::chrono::floor<std::chrono::days>(time)));
  };
  const std::optional<int64_t> count = whole(months(to) - months(from), step.months);
  return count && time_after(from, step, *count) == to ? count : std::nullopt;
}

int season_length(const TimeStep& step) {
  const int64_t unit = step.months > 0 ? 12 : day_seconds;
  const int64_t part = step.months > 0 ? step.months : step.seconds;
  return part > 0 && part < unit && unit % part == 0 ? static_cast<int>(unit / part) : 1;
}

}  // namespace cadena
