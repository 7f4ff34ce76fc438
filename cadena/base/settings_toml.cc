// SPDX-License-Identifier: MIT
// Settings::read_toml: the home of toml++.
#define TOML_HEADER_ONLY 1
#define TOML_FLOAT_CHARCONV 1     // its other way calls what is no number if there is no memory
#define TOML_MAX_NESTED_VALUES 8  // with max_line below: toml++ destroys nested values by recursion
// Files can break what toml++ 3.3 asserts; an error follows. With NDEBUG clang takes it for true.
#define TOML_ASSERT(condition) static_assert(true)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/impl/forward_declarations.h>
// Files do reach what it calls unreachable where it looks for white space: U+00A1 to U+0499.
#pragma push_macro("TOML_UNREACHABLE")
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return false
#include <toml++/impl/unicode.h>
#pragma pop_macro("TOML_UNREACHABLE")
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "cadena/base/json.h"
#include "cadena/base/settings.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr size_t max_bytes = 1 << 20;
constexpr size_t max_line = 8192;  // bounds the depth of "a.a.a...a = 1"

bool is_forbidden(char c) { return (c >= 0 && c < ' ' && c != '\t' && c != '\r') || c == 0x7f; }

toml::table parse(std::string_view text, const std::string& file) {
  if (text.size() > max_bytes)
    throw Error(Place{file}, fmt::format("is larger than the limit of {} bytes", max_bytes),
                "is this a file of settings?");
  int64_t line = 1;
  for (size_t start = 0; start < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > max_line)
      throw Error(Place{file, line}, fmt::format("the line is longer than {} bytes", max_line),
                  "is this a file of settings?");
    // TOML has none; toml++ meets some of them with an assert.
    if (std::ranges::any_of(text.substr(start, end - start), is_forbidden))
      throw Error(Place{file, line}, "a control character", "is this a text file?");
    start = end + 1;
  }
  try {
    return toml::parse(text);  // it would copy a name of the file where it may not throw
  } catch (const toml::parse_error& error) {
    throw Error(Place{file, error.source().begin.line}, std::string(error.description()),
                "settings are TOML: tables like [model], lines like hidden = 200");
  }
}

std::string show(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  const auto* const real = node.as_floating_point();
  if (real && std::isfinite(real->get())) return Json(real->get()).dump();
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return printable(text.str());
}

struct Leaf {
  std::string key;
  const toml::node* node;
  int64_t line;
};

/// The values of the top and of the tables that `known` names, by line: toml++ sorts by name, but
/// the first error of the file is the one to tell.
std::vector<Leaf> leaves_of(const toml::table& root, const std::vector<std::string>& known) {
  std::vector<Leaf> leaves;
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    if (node.is_table() && std::ranges::count(known, name) > 0) {
      for (const auto& [inner, value] : *node.as_table())
        leaves.push_back(
            {name + "." + std::string(inner.str()), &value, inner.source().begin.line});
    } else {
      // A dot here was written in quotes and separates nothing.
      const bool dotted = name.find('.') != name.npos;
      leaves.push_back({dotted ? '"' + name + '"' : name, &node, key.source().begin.line});
    }
  }
  std::ranges::stable_sort(leaves, {}, &Leaf::line);
  return leaves;
}

}  // namespace

void Settings::read_toml(std::string_view text, const std::string& file) {
  const toml::table root = parse(text, file);
  const std::vector<std::string> known = tables();
  const std::vector<std::string> all = keys();
  for (const auto& [key, node, line] : leaves_of(root, known)) {
    const Place place{file, line};
    if (node->is_table() && std::ranges::count(all, key) == 0) {
      const std::optional<std::string> close = nearest(key, known);
      throw Error(place, fmt::format("unknown table [{}]", printable(key)),
                  close ? fmt::format("did you mean [{}]?", *close)
                        : fmt::format("the tables are: {}", joined(known)));
    }
    const Item& item = find(key, place);
    Value value;
    if (const auto* whole = node->as_integer()) value = whole->get();
    if (const auto* real = node->as_floating_point()) value = real->get();
    if (const auto* truth = node->as_boolean()) value = truth->get();
    if (const auto* words = node->as_string()) value = words->get();
    if (const auto* array = node->as_array(); array && array->is_homogeneous<int64_t>()) {
      std::vector<int64_t>& numbers = value.emplace<std::vector<int64_t>>();
      for (const toml::node& number : *array) numbers.push_back(number.as_integer()->get());
    }
    assign(item, value, show(*node), place);
  }
}

}  // namespace cadena
