// SPDX-License-Identifier: MIT
#include "cadena/base/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>

#include "cadena/base/json.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr size_t max_text = 1024;
constexpr size_t max_numbers = 64;

/// A text as TOML writes it. TOML knows the escapes of JSON, and wants one for DEL as well.
std::string quoted(std::string_view text) {
  std::string result = Json(text).dump();
  for (size_t at = 0; (at = result.find('\x7f', at)) != result.npos;)
    result.replace(at, 1, "\\u007F");
  return result;
}

/// The whole text as a number, or nothing.
template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// "2" or "2,3".
std::optional<std::vector<int64_t>> numbers_from(std::string_view text) {
  std::vector<int64_t> numbers;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const auto number = number_from<int64_t>(text.substr(begin, end - begin));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    begin = end + 1;
  }
  return numbers;
}

/// The double that a reader of TOML is given for a float: the one of the shortest digits that
/// mean this float ("0.1"), if it rounds back.
double shown(float value) {
  const double shortest = number_from<double>(fmt::format("{}", value)).value_or(value);
  return static_cast<float>(shortest) == value ? shortest : value;
}

/// The member as `value` may set it, or nothing if it is of another type or does not fit.
template <class T, class Value>
std::optional<T> converted(const Value& value) {
  const auto* whole = std::get_if<int64_t>(&value);
  if constexpr (std::same_as<T, bool> || std::same_as<T, std::string>) {
    const T* same = std::get_if<T>(&value);
    return same ? std::optional(*same) : std::nullopt;
  } else if constexpr (std::same_as<T, std::vector<int>>) {
    const auto* several = std::get_if<std::vector<int64_t>>(&value);
    if (!whole && !several) return std::nullopt;
    T numbers;
    for (int64_t number : several ? *several : std::vector{*whole}) {
      if (!std::in_range<int>(number)) return std::nullopt;
      numbers.push_back(static_cast<int>(number));
    }
    return numbers;
  } else if constexpr (std::integral<T>) {
    if (!whole || !std::in_range<T>(*whole)) return std::nullopt;
    return static_cast<T>(*whole);
  } else {
    const auto* real = std::get_if<double>(&value);
    if (!whole && !real) return std::nullopt;
    const double number = whole ? static_cast<double>(*whole) : *real;
    if (!(std::abs(number) <= std::numeric_limits<T>::max())) return std::nullopt;
    return static_cast<T>(number);
  }
}

std::string_view table_of(std::string_view key) {
  const size_t dot = key.find('.');
  return dot == key.npos ? std::string_view() : key.substr(0, dot);
}

}  // namespace

void Settings::add(std::string key, bool& member, std::string help) {
  add_item({{std::move(key), std::move(help)}, &member, {}, {}});
}

void Settings::add(std::string key, std::vector<int>& member, std::string help, Range range) {
  add_item({{std::move(key), std::move(help)}, &member, range, {}});
}

void Settings::add(std::string key, std::string& member, std::string help,
                   std::vector<std::string> choices) {
  add_item({{std::move(key), std::move(help)}, &member, {}, std::move(choices)});
}

void Settings::add_item(Item item) {
  assert(std::count(item.entry.key.begin(), item.entry.key.end(), '.') <= 1);
  assert(item.entry.help.find('\n') == std::string::npos);
  assert(std::ranges::count(keys(), item.entry.key) == 0);
  item.entry.expected = expectation(item);
  item.entry.by_default = toml_value(item.member);
  assert(item.entry.by_default != "null");  // not finite
  items_.push_back(std::move(item));
}

std::string Settings::expectation(const Item& item) {
  if (!item.choices.empty())
    return fmt::format("{} {}", item.choices.size() > 1 ? "one of" : "only", joined(item.choices));
  return std::visit(
      [&]<class T>(T*) -> std::string {
        if constexpr (std::same_as<T, bool>) return "true or false";
        if constexpr (std::same_as<T, std::string>)
          return fmt::format("a UTF-8 text of at most {} bytes", max_text);
        constexpr bool several = std::same_as<T, std::vector<int>>;
        if constexpr (several || (std::is_arithmetic_v<T> && !std::same_as<T, bool>)) {
          const std::string kind = several ? fmt::format("1 to {} whole numbers", max_numbers)
                                   : std::integral<T> ? "a whole number"
                                                      : "a number";
          const double least = std::unsigned_integral<T> ? 0 : -INFINITY;
          const double min = std::max(item.range.min, least), max = item.range.max;
          if (std::isinf(min))
            return std::isinf(max) ? kind : fmt::format("{} up to {}", kind, max);
          return std::isinf(max) ? fmt::format("{} from {}", kind, min)
                                 : fmt::format("{} from {} to {}", kind, min, max);
        }
      },
      item.member);
}

std::string Settings::toml_value(const Member& member) {
  return std::visit(
      []<class T>(const T* value) {
        if constexpr (std::same_as<T, std::string>) return quoted(*value);
        if constexpr (std::same_as<T, float>) return Json(shown(*value)).dump();
        if constexpr (std::same_as<T, std::vector<int>>) {
          if (value->size() == 1) return Json(value->front()).dump();
          return fmt::format("[{}]", fmt::join(*value, ", "));
        } else {
          return Json(*value).dump();
        }
      },
      member);
}

std::vector<std::string> Settings::keys() const {
  std::vector<std::string> keys;
  for (const Item& item : items_) keys.push_back(item.entry.key);
  return keys;
}

std::vector<Settings::Entry> Settings::entries() const {
  std::vector<Entry> entries;
  for (const Item& item : items_) entries.push_back(item.entry);
  return entries;
}

std::vector<std::string> Settings::tables() const {
  std::vector<std::string> tables;
  for (const Item& item : items_) {
    const std::string table(table_of(item.entry.key));
    if (!table.empty() && std::ranges::count(tables, table) == 0) tables.push_back(table);
  }
  return tables;
}

const Settings::Item& Settings::find(std::string_view key, const Place& place) const {
  for (const Item& item : items_)
    if (item.entry.key == key) return item;
  const std::vector<std::string> known = keys();
  const std::optional<std::string> close = nearest(key, known);
  throw Error(place, fmt::format("unknown setting '{}'", printable(key)),
              close ? fmt::format("did you mean '{}'?", *close)
                    : fmt::format("the settings are: {}", joined(known)));
}

void Settings::set(std::string_view key, std::string_view value, const Place& place) {
  const Item& item = find(key, place);
  const Value typed = std::visit(
      [&]<class T>(T*) -> Value {
        if constexpr (std::same_as<T, bool>) {
          if (value == "true" || value == "false") return value == "true";
        } else if constexpr (std::integral<T>) {
          if (const auto number = number_from<int64_t>(value)) return *number;
        } else if constexpr (std::floating_point<T>) {
          if (const auto number = number_from<double>(value)) return *number;
        } else if constexpr (std::same_as<T, std::vector<int>>) {
          if (auto numbers = numbers_from(value)) return *std::move(numbers);
        }
        return std::string(value);
      },
      item.member);
  assign(item, typed, fmt::format("'{}'", printable(value)), place);
}

void Settings::assign(const Item& item, const Value& value, const std::string& found,
                      const Place& place) {
  const auto fits = [&]<class T>(const T& candidate) {
    if constexpr (std::same_as<T, std::string>) {
      if (!item.choices.empty()) return std::ranges::count(item.choices, candidate) > 0;
      return candidate.size() <= max_text && !invalid_utf8(candidate);
    } else if constexpr (std::same_as<T, std::vector<int>>) {
      return !candidate.empty() && candidate.size() <= max_numbers &&
             std::ranges::all_of(candidate, [&](int number) {
               return item.range.min <= number && number <= item.range.max;
             });
    } else if (const auto* real = std::get_if<double>(&value)) {
      return item.range.min <= *real && *real <= item.range.max;  // as written: 0.1 is 0.1
    } else {
      const auto number = static_cast<double>(candidate);
      return item.range.min <= number && number <= item.range.max;
    }
  };
  std::visit(
      [&]<class T>(T* member) {
        const std::optional<T> candidate = converted<T>(value);
        if (candidate && fits(*candidate)) {
          *member = *candidate;
          return;
        }
        const auto* text = std::get_if<std::string>(&value);
        const auto close = text ? nearest(*text, item.choices) : std::nullopt;
        throw Error(
            place,
            fmt::format("'{}' expects {}, found {}", item.entry.key, item.entry.expected, found),
            close ? fmt::format("did you mean '{}'?", *close)
                  : fmt::format("the default is {}", item.entry.by_default));
      },
      item.member);
}

std::string Settings::to_toml() const {
  std::string text;
  const auto append = [&](std::string_view table) {
    for (const auto& [entry, member, range, choices] : items_) {
      if (table_of(entry.key) != table) continue;
      const size_t name = table.empty() ? 0 : table.size() + 1;
      text +=
          fmt::format("# {}{}\n{} = {}\n", entry.help, choices.empty() ? "" : ": " + entry.expected,
                      entry.key.substr(name), toml_value(member));
    }
  };
  append("");
  for (const std::string& table : tables()) {
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table);
    append(table);
  }
  return text;
}

}  // namespace cadena
