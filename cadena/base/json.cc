// SPDX-License-Identifier: MIT
#include "cadena/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("JSON: a text is not valid UTF-8");
  }
}

/// The shortest digits that read back as the same double, never those of a whole number.
std::string digits(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> buffer;
  char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void operator()(std::monostate) { text_ += "null"; }
  void operator()(bool value) { text_ += value ? "true" : "false"; }
  void operator()(int64_t value) { text_ += std::to_string(value); }
  void operator()(double value) { text_ += digits(value); }
  void operator()(const std::string& value) { text_ += quoted(value); }
  void operator()(const Json::Array& items) {
    list('[', items, ']', [this](const Json& item) { write(item); });
  }
  void operator()(const Json::Object& members) {
    list('{', members, '}', [this](const Json::Member& member) {
      text_ += quoted(member.first) + (indent_ > 0 ? ": " : ":");
      write(member.second);
    });
  }

  void write(const Json& json) { std::visit(*this, json.value()); }
  std::string take() { return std::move(text_); }

 private:
  template <class List, class Write>
  void list(char open, const List& elements, char close, Write write_element) {
    text_ += open;
    ++depth_;
    for (size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) text_ += ',';
      new_line();
      write_element(elements[i]);
    }
    --depth_;
    if (!elements.empty()) new_line();
    text_ += close;
  }

  void new_line() {
    if (indent_ > 0)
      text_.append(1, '\n').append(static_cast<size_t>(indent_) * static_cast<size_t>(depth_), ' ');
  }

  int indent_, depth_ = 0;
  std::string text_;
};

/// Receives the events of nlohmann's parser, which itself does not recurse.
class Reader {
 public:
  using Use = std::function<void(const std::string&, const Json&)>;

  /// `use` takes the members of the outermost object, if there is such a function.
  Reader(std::string_view text, JsonLimits limits, const Use& use)
      : text_(text), limits_(limits), use_(use) {}

  bool null() { return add(Json()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(int64_t value) { return add(value); }
  bool number_unsigned(uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not in JSON text

  bool start_array(size_t) { return open(Json::array()); }
  bool start_object(size_t) { return open(Json::object()); }
  bool end_array() { return close(); }
  bool end_object() { return close(); }

  bool key(std::string& name) {
    if (use_ && open_.size() == 1) values_ = 0;
    count();
    if (!open_.back().keys.insert(name).second)
      throw Error("JSON: the key \"" + printable(name) + "\" is given twice");
    open_.back().key = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) {
    const std::string_view read = text_.substr(0, position > 0 ? position - 1 : 0);
    const size_t line_start = read.rfind('\n') + 1;  // npos + 1 is 0
    // "[...] parse error at line 1, column 2: WHAT; last read: TOKEN": the token may be huge, or
    // not UTF-8.
    std::string_view what = error.what();
    what = what.substr(0, what.find("; last read"));
    if (const size_t colon = what.find(": "); colon != what.npos)
      what.remove_prefix(colon + 2);
    else
      what.remove_prefix(std::min(what.size(), what.find("] ") + 2));
    throw Error(fmt::format("JSON: line {}, column {}: {}",
                            1 + std::count(read.begin(), read.end(), '\n'),
                            1 + read.size() - line_start, what.substr(0, 120)));
  }

  Json take() { return std::move(*root_); }

 private:
  struct Level {
    Json value;
    std::string key = {};                       // of the member being read
    std::unordered_set<std::string> keys = {};  // of an object, so far
  };

  void count() {
    if (++values_ > limits_.max_values)
      throw Error(fmt::format("JSON: more than {} values", limits_.max_values));
  }

  bool open(Json empty) {
    count();
    if (static_cast<int>(open_.size()) == limits_.max_depth)
      throw Error(fmt::format("JSON: nested deeper than {} levels", limits_.max_depth));
    open_.push_back({std::move(empty)});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    place(std::move(value));
    return true;
  }

  bool add(Json value) {
    count();
    place(std::move(value));
    return true;
  }

  void place(Json value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (use_ && open_.size() == 1 && open_.back().value.is_object())
      use_(open_.back().key, value);
    else if (Level& level = open_.back(); level.value.is_array())
      level.value.push(std::move(value));
    else
      level.value.push(std::move(level.key), std::move(value));
  }

  std::string_view text_;
  JsonLimits limits_;
  const Use& use_;
  int64_t values_ = 0;
  std::vector<Level> open_;
  std::optional<Json> root_;
};

Json read(std::string_view text, JsonLimits limits, const Reader::Use& use) {
  // nlohmann's parser takes a zero byte for the end of the text and ignores the rest.
  if (text.find('\0') != text.npos) throw Error("JSON: a zero byte");
  Reader reader(text, limits, use);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

/// "a text", "an object": what a value is, for messages.
std::string_view kind(const Json::Value& value) {
  constexpr std::array<std::string_view, std::variant_size_v<Json::Value>> kinds = {
      "null", "true or false", "a whole number", "a number", "a text", "an array", "an object"};
  return kinds[value.index()];
}

template <class T>
const T& get(const Json::Value& value) {
  if (const T* found = std::get_if<T>(&value)) return *found;
  throw Error(fmt::format("JSON: expected {}, found {}", kind(Json::Value(T{})), kind(value)));
}

}  // namespace

Json Json::array(Array items) {
  Json json;
  json.value_ = std::move(items);
  return json;
}

Json Json::object(Object members) {
  Json json;
  json.value_ = std::move(members);
  return json;
}

void Json::push(Json item) {
  assert(is_array());
  std::get<Array>(value_).push_back(std::move(item));
}

void Json::push(std::string key, Json value) {
  assert(is_object());
  std::get<Object>(value_).emplace_back(std::move(key), std::move(value));
}

bool Json::to_bool() const { return get<bool>(value_); }
int64_t Json::to_int() const { return get<int64_t>(value_); }

double Json::to_double() const {
  if (const int64_t* whole = std::get_if<int64_t>(&value_)) return static_cast<double>(*whole);
  return get<double>(value_);
}

const std::string& Json::to_string() const { return get<std::string>(value_); }
const Json::Array& Json::items() const { return get<Array>(value_); }
const Json::Object& Json::members() const { return get<Object>(value_); }

const Json* Json::find(std::string_view key) const {
  for (const Member& member : members())
    if (member.first == key) return &member.second;
  return nullptr;
}

std::string Json::dump(int indent) const {
  Writer writer(indent);
  writer.write(*this);
  return writer.take();
}

Json Json::parse(std::string_view text, JsonLimits limits) { return read(text, limits, {}); }

void Json::parse_members(std::string_view text, JsonLimits limits,
                         const std::function<void(const std::string&, const Json&)>& use) {
  get<Object>(read(text, limits, use).value());
}

}  // namespace cadena
