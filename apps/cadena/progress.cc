// SPDX-License-Identifier: MIT
#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

#include "terminal.h"

namespace cadena {
namespace {

constexpr std::chrono::milliseconds between_drawings(100);
constexpr std::chrono::seconds between_lines(1);
constexpr const char* erase_line = "\r\x1b[K";

/// "epoch  3/20".
std::string epoch_of(const Progress& progress) {
  const std::string total = std::to_string(progress.epochs);
  return fmt::format("epoch {:>{}}/{}", progress.epoch, total.size(), total);
}

/// Seconds to go if every epoch is trained and takes as long as those so far.
double seconds_left(const Progress& progress) {
  const double part = static_cast<double>(progress.batch) / static_cast<double>(progress.batches);
  const double done = (progress.epoch - 1 + part) / progress.epochs;
  return progress.seconds * (1 - done) / done;
}

}  // namespace

std::string duration(double seconds) {
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{:.1f} s", seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

ProgressView::ProgressView(const std::string& style, std::string measure)
    : lines_(style != "none"),
      live_(style == "tty" || (style == "auto" && is_terminal(STDERR_FILENO))),
      measure_(std::move(measure)) {}

void ProgressView::show(const Progress& progress) {
  if (progress.epoch_done)
    show_epoch(progress);
  else
    show_batch(progress);
}

void ProgressView::warn(const std::string& text) {
  clear();
  std::cerr << fmt::format("cadena: warning: {}\n", text);
}

void ProgressView::show_batch(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (!live_ || now - drawn_ < between_drawings) return;
  drawn_ = now;
  std::string line =
      fmt::format("{}  {:>3}%  loss {:.4f}  {:.0f} tokens/s  rate {:.3g}  ETA {}",
                  epoch_of(progress), 100 * progress.batch / progress.batches, progress.loss,
                  progress.tokens_per_second, progress.rate, duration(seconds_left(progress)));
  const auto width = static_cast<size_t>(terminal_width(STDERR_FILENO));
  line.resize(std::min(line.size(), width - 1));  // a wrapped line could not be erased
  std::cerr << erase_line + line;
  dirty_ = true;
}

void ProgressView::show_epoch(const Progress& progress) {
  clear();
  const auto now = std::chrono::steady_clock::now();
  const bool soon = progress.epoch > 1 && now - told_ < between_lines;
  if (!lines_ || (soon && progress.epoch < progress.epochs)) return;
  told_ = now;
  std::cerr << fmt::format("{}  loss {:.4f}  {} {:.2f}{}  {:.0f} tokens/s  {}\n",
                           epoch_of(progress), progress.loss, measure_, progress.score,
                           progress.best_epoch == progress.epoch ? " best" : "     ",
                           progress.tokens_per_second, duration(progress.seconds));
}

void ProgressView::clear() {
  if (dirty_) std::cerr << erase_line;
  dirty_ = false;
}

}  // namespace cadena
