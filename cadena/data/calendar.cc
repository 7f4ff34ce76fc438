// SPDX-License-Identifier: MIT
#include "cadena/data/calendar.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace cadena {

std::optional<CalendarInput> calendar_input(std::string_view name) {
  const auto found = std::ranges::find(calendar_input_names, name);
  if (found == calendar_input_names.end()) return std::nullopt;
  return static_cast<CalendarInput>(found - calendar_input_names.begin());
}

int calendar_places(CalendarInput input) {
  constexpr std::array<int, calendar_input_names.size()> places = {24, 7, 31, 12, 366};
  return places[static_cast<size_t>(input)];
}

int calendar_place(CalendarInput input, TimeStamp time) {
  using namespace std::chrono;
  const local_days midnight = floor<days>(time);
  const year_month_day date(midnight);
  switch (input) {
    case CalendarInput::hour_of_day:
      return static_cast<int>((time - midnight).count() / 3600);
    case CalendarInput::day_of_week:
      return static_cast<int>(weekday(midnight).iso_encoding()) - 1;
    case CalendarInput::day_of_month:
      return static_cast<int>(static_cast<unsigned>(date.day())) - 1;
    case CalendarInput::month:
      return static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    case CalendarInput::day_of_year: {
      constexpr year leap(2000);
      const auto past = local_days(leap / date.month() / date.day()) - local_days(leap / 1 / 1);
      return static_cast<int>(past.count());
    }
  }
  assert(false);
  return 0;
}

int calendar_size(std::span<const CalendarInput> inputs, CalendarForm form) {
  int size = 0;
  for (CalendarInput input : inputs)
    size += form == CalendarForm::wave ? 2 : calendar_places(input);
  return size;
}

void write_calendar(TimeStamp time, std::span<const CalendarInput> inputs, CalendarForm form,
                    std::span<float> values) {
  assert(std::ssize(values) == calendar_size(inputs, form));
  std::ranges::fill(values, 0.0f);
  for (CalendarInput input : inputs) {
    const int places = calendar_places(input), place = calendar_place(input, time);
    if (form == CalendarForm::choice) {
      values[static_cast<size_t>(place)] = 1;
      values = values.subspan(static_cast<size_t>(places));
      continue;
    }
    double part = place;
    if (input == CalendarInput::hour_of_day)
      part +=
          static_cast<double>((time - std::chrono::floor<std::chrono::hours>(time)).count()) / 3600;
    const double angle = 2 * std::numbers::pi * part / places;
    values[0] = static_cast<float>(std::sin(angle));
    values[1] = static_cast<float>(std::cos(angle));
    values = values.subspan(2);
  }
}

std::vector<CalendarInput> usual_calendar(const TimeStep& step) {
  using enum CalendarInput;
  if (step.months > 0)
    return step.months % 12 == 0 ? std::vector<CalendarInput>{} : std::vector{month};
  if (step.seconds == 0) return {};
  std::vector<CalendarInput> inputs;
  if (step.seconds % day_seconds != 0) inputs.push_back(hour_of_day);
  if (step.seconds % (7 * day_seconds) != 0) inputs.push_back(day_of_week);
  inputs.push_back(day_of_year);
  return inputs;
}

}  // namespace cadena
