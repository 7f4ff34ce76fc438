// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "cadena/train/trainer.h"

namespace cadena {

/// "4.2 s", "3:07" or "1:03:07".
std::string duration(double seconds);

/// Shows on stderr where a training stands: a line per epoch, but not more than one a second, and
/// on a terminal a live line for the batches.
class ProgressView {
 public:
  /// `style`: "auto", "tty", "plain" or "none". `measure`: what scores are called.
  ProgressView(const std::string& style, std::string measure);
  ~ProgressView() { clear(); }
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

  void show(const Progress& progress);
  /// A line of its own.
  void warn(const std::string& text);

 private:
  void show_batch(const Progress& progress);
  void show_epoch(const Progress& progress);
  /// Takes the live line away.
  void clear();

  bool lines_, live_;
  std::string measure_;
  bool dirty_ = false;  // there is a live line
  std::chrono::steady_clock::time_point drawn_{}, told_{};
};

}  // namespace cadena
