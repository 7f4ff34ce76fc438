// SPDX-License-Identifier: MIT
#include "run_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/report/event_file.h"
#include "cadena/train/checkpoints.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view events_prefix = "events.out.tfevents.";

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

[[noreturn]] void throw_unwritable(const std::string& path, const std::string& why) {
  throw Error(Place{path}, "cannot be written: " + why,
              "--run DIR names another folder, --no-run writes none", Fault::environment);
}

bool is_ours(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == metrics_file || name == config_file || name == report_file ||
         name == rescued_file || name.starts_with(events_prefix);
}

void append(std::ofstream& stream, const std::string& path, std::string_view text) {
  stream << text << std::flush;
  if (!stream) throw_unwritable(path, "is the disk full?");
}

}  // namespace

std::string run_folder_of(const std::string& model) {
  std::error_code none;
  const fs::file_status status = fs::status(model, none);
  if (model == "-" || (fs::exists(status) && !fs::is_regular_file(status))) return {};
  fs::path folder = fs::path(model).replace_extension(".run");
  if (folder == model) folder += ".run";
  return folder.string();
}

std::string full_path(const std::string& path) {
  const fs::path full = fs::absolute(path).lexically_normal();
  return (full.has_filename() ? full : full.parent_path()).string();
}

void check_run_folder(const std::string& path, bool overwrite) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(Place{path}, "is no folder", "--run DIR names another, --no-run writes none");
  if (!overwrite && !fs::is_empty(path, failure))
    throw Error(
        Place{path}, "exists already",
        fmt::format(
            "{}--overwrite replaces it, --run DIR names another, --no-run writes none",
            fs::exists(checkpoints_of(path), failure) ? "'cadena resume' goes on with it; " : ""));
}

RunFolder::RunFolder(std::string path, bool overwrite, const std::string& config)
    : path_(std::move(path)) {
  check_run_folder(path_, overwrite);
  std::error_code failure;
  fs::create_directories(path_, failure);
  if (failure) throw_unwritable(path_, failure.message());
  lock_.emplace(path_);
  for (const fs::directory_entry& old : fs::directory_iterator(path_, failure))
    if (is_ours(old.path())) fs::remove(old.path(), failure);
  Checkpoints(checkpoints_of(path_), {}).remove();  // of the run that is replaced
  write_file_atomically(path_of(config_file), config, true);
  write_file_atomically(path_of(metrics_file), "", true);
  open();
}

RunFolder RunFolder::go_on(std::string path, const std::string& lines) {
  RunFolder folder(std::move(path));
  folder.lock_.emplace(folder.path_);
  write_file_atomically(folder.path_of(metrics_file), lines, true);
  folder.open();
  return folder;
}

void RunFolder::open() {
  metrics_.open(path_of(metrics_file), std::ios::binary | std::ios::app);
  const auto begun = static_cast<int64_t>(now());
  const std::string name = fmt::format("{}{}.{}.cadena", events_prefix, begun, ::getpid());
  events_.open(path_of(name), std::ios::binary);
  append(events_, path_of(name), event_file_head(now()));
}

void RunFolder::add(const Json& line) {
  append(metrics_, path_of(metrics_file), line.dump() + '\n');
}

void RunFolder::add(int64_t step, std::span<const std::pair<std::string, double>> scalars) {
  append(events_, path_of(std::string(events_prefix)), event_record(now(), step, scalars));
}

void RunFolder::set_report(const std::string& html) {
  write_file_atomically(path_of(report_file), html, true);
}

}  // namespace cadena
