// SPDX-License-Identifier: MIT
#include "cadena/data/class_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace cadena {
namespace {

// A wider matrix says nothing to an eye.
constexpr size_t most_confused = 20;

// In a terminal, as far as a column per code point goes.
size_t width_of(const std::string& label) {
  return static_cast<size_t>(
      std::ranges::count_if(label, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& label, size_t width) {
  return label + std::string(width - std::min(width, width_of(label)), ' ');
}

}  // namespace

void ClassScore::add(const std::string& gold, const std::string& predicted) {
  ++items_;
  ++classes_[gold].gold;
  ++classes_[predicted].predicted;
  ++pairs_[{gold, predicted}];
  if (gold != predicted) return;
  ++correct_;
  ++classes_[gold].correct;
}

double ClassScore::accuracy() const { return percent(correct_, items_); }

double ClassScore::macro_f1() const {
  double sum = 0;
  int64_t count = 0;
  for (const auto& [label, part] : classes_) {
    if (part.gold == 0) continue;
    sum += part.f1();
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

std::string ClassScore::report() const {
  size_t width = 5;
  for (const auto& [label, part] : classes_) width = std::max(width, width_of(label));
  std::string text = fmt::format(
      "accuracy  {:6.2f} %  ({} of {})\nmacro F1  {:6.2f} %\n\n{}  precision  recall      F1  "
      "items\n",
      accuracy(), correct_, items_, macro_f1(), padded("class", width));
  for (const auto& [label, part] : classes_)
    text += fmt::format("{}  {:9.2f}  {:6.2f}  {:6.2f}  {:5}\n", padded(label, width),
                        part.precision(), part.recall(), part.f1(), part.gold);
  return classes_.size() <= most_confused ? text + confusion() : text;
}

std::string ClassScore::confusion() const {
  size_t label_width = 0, width = 3;
  for (const auto& [label, part] : classes_) label_width = std::max(label_width, width_of(label));
  for (const auto& [pair, count] : pairs_) width = std::max(width, std::to_string(count).size());
  std::string text = "\nconfusion: a line for each right class, a column for each answer\n";
  for (const auto& [gold, part] : classes_) {
    text += padded(gold, label_width);
    for (const auto& [predicted, other] : classes_) {
      const auto found = pairs_.find({gold, predicted});
      text += fmt::format(" {:>{}}", found == pairs_.end() ? 0 : found->second, width);
    }
    text += '\n';
  }
  return text;
}

Json ClassScore::json() const {
  Json classes = Json::object(), confusion = Json::array();
  for (const auto& [label, part] : classes_)
    classes.push(label, Json::object({{"precision", part.precision() / 100},
                                      {"recall", part.recall() / 100},
                                      {"f1", part.f1() / 100},
                                      {"items", part.gold}}));
  for (const auto& [pair, count] : pairs_)
    confusion.push(
        Json::object({{"gold", pair.first}, {"predicted", pair.second}, {"items", count}}));
  return Json::object({{"items", items_},
                       {"accuracy", accuracy() / 100},
                       {"macro_f1", macro_f1() / 100},
                       {"classes", std::move(classes)},
                       {"confusion", std::move(confusion)}});
}

}  // namespace cadena
