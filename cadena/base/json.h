// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cadena {

/// What Json::parse accepts at most.
struct JsonLimits {
  int max_depth = 32;              ///< arrays and objects within each other
  int64_t max_values = 1'000'000;  ///< values of every kind, and keys
};

/// A JSON value (RFC 8259). Objects keep the order of insertion; whole numbers that fit an int64_t
/// are exact, all others are doubles.
///     Json::object({{"f1", 0.8}, {"types", Json::array({"PER", "LOC"})}}).dump()
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;
  using Value = std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object>;

  Json() = default;
  Json(std::nullptr_t) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> Json(Number value) {
    if constexpr (std::same_as<Number, bool>)
      value_ = value;
    else if constexpr (std::floating_point<Number>)
      value_ = double{value};
    else if (std::in_range<int64_t>(value))
      value_ = static_cast<int64_t>(value);
    else
      value_ = static_cast<double>(value);
  }
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}

  static Json array(Array items = {});
  /// The keys must differ.
  static Json object(Object members = {});

  /// Appends to an array, or to an object under a new key.
  void push(Json item);
  void push(std::string key, Json value);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// For std::visit.
  const Value& value() const { return value_; }

  /// The value. Error: of another type, saying which; to_double() takes whole numbers too.
  bool to_bool() const;
  int64_t to_int() const;
  double to_double() const;
  const std::string& to_string() const;
  const Array& items() const;
  const Object& members() const;

  /// The member of an object, null if it has none. Error: not an object.
  const Json* find(std::string_view key) const;

  /// In one line, or with `indent` spaces per level. Numbers read back equal; those that are not
  /// finite become null. Error: text that is not UTF-8.
  std::string dump(int indent = 0) const;

  /// Error, with line and column: not JSON, not UTF-8, a key given twice, beyond the limits.
  static Json parse(std::string_view text, JsonLimits limits = {});
  /// Hands on each member of an object as soon as it is read, so that a long one is never in memory
  /// as a whole; the limit of values holds for a member. Error: as parse, and not an object.
  static void parse_members(std::string_view text, JsonLimits limits,
                            const std::function<void(const std::string&, const Json&)>& use);

  friend bool operator==(const Json&, const Json&) = default;

 private:
  Value value_;
};

}  // namespace cadena
