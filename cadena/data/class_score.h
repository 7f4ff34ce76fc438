// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "cadena/base/json.h"

namespace cadena {

/// How often which class was taken for which.
class ClassScore {
 public:
  void add(const std::string& gold, const std::string& predicted);

  int64_t items() const { return items_; }
  /// In per cent; 0 without items.
  double accuracy() const;
  /// Mean over the classes of the gold labels, in per cent.
  double macro_f1() const;

  /// Accuracy and macro F1; precision, recall and F1 of each class; for a few classes the confusion
  /// matrix, a gold label a line.
  std::string report() const;
  Json json() const;

 private:
  struct Class {
    int64_t gold = 0, predicted = 0, correct = 0;
    double precision() const { return percent(correct, predicted); }
    double recall() const { return percent(correct, gold); }
    double f1() const { return percent(2 * correct, gold + predicted); }
  };
  static double percent(int64_t part, int64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  }
  std::string confusion() const;

  int64_t items_ = 0, correct_ = 0;
  std::map<std::string, Class> classes_;
  std::map<std::pair<std::string, std::string>, int64_t> pairs_;  // gold, predicted
};

}  // namespace cadena
