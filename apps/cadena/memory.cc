// SPDX-License-Identifier: MIT
#include "memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <new>
#include <string_view>

#include "cadena/base/buffer_limit.h"
#include "cadena/base/error.h"
#include "cadena/base/utf8.h"
#include "cadena/train/rehearsal.h"

namespace cadena {
namespace {

// What a training took at the end was 1.0 to 1.5 times what its rehearsal took: Buffer keeps up to
// half as much again for batches of other sizes (tests/memory/estimates.py).
constexpr double growth = 1.25;

/// "300", in MiB, or with K, M, G or T after it.
int64_t size_from(const std::string& text) {
  constexpr std::string_view suffixes = "KMGT";
  const size_t suffix = text.empty() ? text.npos : suffixes.find(text.back());
  const char* const end = text.data() + text.size() - (suffix == text.npos ? 0 : 1);
  const size_t shift = 10 * (suffix == text.npos ? 2 : suffix + 1);
  int64_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end || number < 1 || number > INT64_MAX >> shift)
    throw Error(fmt::format("--max-memory expects a size, found '{}'", printable(text)),
                "a whole number of MiB, or one with K, M, G or T: 800, 2G");
  return number << shift;
}

std::string mebibytes(double bytes) { return fmt::format("{:.0f} MiB", bytes / (1 << 20)); }

/// How to need less, with the names of this task.
std::string advice(Task& task, TrainOptions& options) {
  const std::vector<std::string> keys = settings_of(task, options).keys();
  for (const char* key : {"data.batch", "data.rows", "data.lanes"})
    if (std::ranges::count(keys, key) > 0)
      return fmt::format("a smaller {} or model.hidden needs less, or train.memory={}", key, 64);
  return {};
}

}  // namespace

double resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  double whole = 0, resident = 0;
  pages >> whole >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024 * std::stod(line.substr(6));
  return 0;
}

void MemoryLimit::add_to(CLI::App& verb) {
  const auto read = [this](const std::string& text) { bytes_ = size_from(text); };
  verb.add_option_function<std::string>("--max-memory", read,
                                        "refuse what would take more: MiB, or 500M, 2G")
      ->type_name("SIZE");
}

void MemoryLimit::refuse(const std::string& what, const std::string& hint) const {
  throw Error(fmt::format("{}, more than the {} of --max-memory", what,
                          mebibytes(static_cast<double>(*bytes_))),
              hint, Fault::limit);
}

void MemoryLimit::expect_room_for(const std::string& file) const {
  std::error_code none;  // whoever reads it will tell
  const uintmax_t size = std::filesystem::file_size(file, none);
  if (bytes_ && !none && size > static_cast<uintmax_t>(*bytes_))
    refuse(fmt::format("{} has {}", printable(file), mebibytes(static_cast<double>(size))),
           "a part of the file may do");
}

void MemoryLimit::guard(const std::function<void()>& work) const {
  if (!bytes_) return work();
  const double left = static_cast<double>(*bytes_) - resident_bytes();
  const BufferLimit limit(static_cast<int64_t>(std::max(0.0, left)));
  try {
    work();
  } catch (const std::bad_alloc&) {
    refuse("the weights alone take more memory", "a smaller vocabulary or model.hidden needs less");
  }
}

double MemoryLimit::expect_training(Task& task, TrainOptions& options) const {
  try {
    guard([&] { rehearse(task, options); });
  } catch (const Error& error) {
    if (error.fault() != Fault::limit) throw;
    refuse("a step of the largest batch takes more memory", advice(task, options));
  }
  const double expected = growth * peak_bytes();
  if (bytes_ && expected > static_cast<double>(*bytes_))
    refuse("training would take about " + mebibytes(expected), advice(task, options));
  return expected;
}

}  // namespace cadena
