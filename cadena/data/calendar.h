// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cadena/data/time_stamp.h"

namespace cadena {

/// What is known of every time to come, and may help to forecast.
enum class CalendarInput {
  hour_of_day,   ///< 24
  day_of_week,   ///< 7, from Monday
  day_of_month,  ///< 31
  month,         ///< 12
  day_of_year,   ///< 366: 1 March is the 61st in every year, 29 February is left out of most
};

inline constexpr std::array<std::string_view, 5> calendar_input_names = {
    "hour_of_day", "day_of_week", "day_of_month", "month", "day_of_year"};
std::optional<CalendarInput> calendar_input(std::string_view name);

enum class CalendarForm {
  wave,    ///< sine and cosine of the part of the cycle that is over: neighbours are near
  choice,  ///< one value for each place in the cycle: 1 at the right one, else 0
};

/// Places in the cycle of an input.
int calendar_places(CalendarInput input);
/// From 0, below calendar_places.
int calendar_place(CalendarInput input, TimeStamp time);

/// Values a time takes.
int calendar_size(std::span<const CalendarInput> inputs, CalendarForm form);
/// Those of one time, an input after the other: `values` has calendar_size of them. The wave of
/// hour_of_day counts minutes and seconds too.
void write_calendar(TimeStamp time, std::span<const CalendarInput> inputs, CalendarForm form,
                    std::span<float> values);

/// The inputs that tell times of a series apart; none if the step is unknown or of whole years.
std::vector<CalendarInput> usual_calendar(const TimeStep& step);

}  // namespace cadena
