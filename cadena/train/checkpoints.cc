// SPDX-License-Identifier: MIT
#include "cadena/train/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view before_step = "step-", after_step = ".checkpoint";
constexpr size_t kept = 2;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number < 0) return {};
  return number;
}

std::optional<int64_t> step_of(std::string_view name) {
  if (!name.starts_with(before_step) || !name.ends_with(after_step)) return {};
  name.remove_prefix(before_step.size());
  name.remove_suffix(after_step.size());
  return number_in<int64_t>(name);
}

/// Paths by step.
std::map<int64_t, std::string> checkpoints_in(const std::string& folder) {
  std::map<int64_t, std::string> all;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure))
    if (const auto step = step_of(entry.path().filename().string()))
      all[*step] = entry.path().string();
  return all;
}

/// Of saves that were killed.
void remove_leftovers(const std::string& folder) {
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') && name.find(".checkpoint.tmp-") != name.npos)
      remove_file(entry.path().string());
  }
}

}  // namespace

CheckpointInterval CheckpointInterval::parse(const std::string& text) {
  const bool timed = text.ends_with('s');
  if (const auto seconds = number_in<double>(text.substr(0, text.size() - 1));
      timed && seconds && std::isfinite(*seconds))
    return {.steps = 0, .seconds = *seconds};
  if (const auto steps = number_in<int64_t>(text)) return {.steps = *steps, .seconds = 0};
  throw Error(
      fmt::format("expected steps or seconds between checkpoints, found '{}'", printable(text)),
      "500 is so many steps, 60s so many seconds, 0 none before the training is stopped");
}

std::string CheckpointInterval::text() const {
  return seconds > 0 ? fmt::format("{}s", seconds) : std::to_string(steps);
}

bool Checkpoints::due(int64_t step) {
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> waited = now - saved_;
  const bool time = interval_.seconds > 0 && waited.count() >= interval_.seconds;
  return time || (interval_.steps > 0 && step - saved_step_ >= interval_.steps);
}

void Checkpoints::save(const Record& record, int64_t step) {
  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure)
    throw Error(Place{folder_}, "cannot be made: " + failure.message(), {}, Fault::environment);
  record.save(fmt::format("{}/{}{}{}", folder_, before_step, step, after_step));
  saved_step_ = step;
  saved_ = std::chrono::steady_clock::now();
  std::map<int64_t, std::string> all = checkpoints_in(folder_);
  for (; all.size() > kept; all.erase(all.begin())) remove_file(all.begin()->second);
  remove_leftovers(folder_);
}

void Checkpoints::remove() {
  std::error_code failure;
  for (const auto& [step, path] : checkpoints_in(folder_)) remove_file(path);
  remove_leftovers(folder_);
  fs::remove(folder_, failure);  // unless somebody else has put something there
}

Checkpoints::Found Checkpoints::newest(const std::string& folder) {
  const std::map<int64_t, std::string> all = checkpoints_in(folder);
  std::vector<std::string> damaged;
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    try {
      return {Record(it->second), it->second, damaged};
    } catch (const Error& error) {
      damaged.emplace_back(error.what());
    }
  }
  if (!damaged.empty())
    throw Error(Place{folder}, "no checkpoint can be read; " + damaged.front(),
                "train again: nothing else was kept");
  throw Error(Place{folder}, "there is no checkpoint",
              "a training leaves some until it is done; 'cadena runs list' tells which are");
}

}  // namespace cadena
