// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "cadena/base/json.h"
#include "folder_lock.h"

namespace cadena {

/// Names of the files in a run folder.
inline constexpr const char *metrics_file = "metrics.jsonl", *config_file = "config.toml",
                            *report_file = "report.html", *rescued_file = "model.cadena";

/// Where a training of this model is written down: "names.run" beside "names.cadena"; nothing for
/// what is no file in a folder: "-", devices, pipes.
std::string run_folder_of(const std::string& model);

/// Absolute, without dots and without a slash at its end: two names of one place are the same.
std::string full_path(const std::string& path);

/// Folder of checkpoints in a run folder.
inline std::string checkpoints_of(const std::string& run) { return run + "/checkpoints"; }

/// What would stop a RunFolder. Errors: as there.
void check_run_folder(const std::string& path, bool overwrite);

/// A folder that tells how a training went. Whatever is added is out at once, so that a training
/// that is cut off leaves a folder that can be read.
class RunFolder {
 public:
  /// Errors: `path` exists, is not empty, and not `overwrite`; is no folder; cannot be written;
  /// another training writes there.
  RunFolder(std::string path, bool overwrite, const std::string& config);

  /// Of a training that goes on: `lines` is what stands in metrics.jsonl so far.
  /// Errors: cannot be written; another training writes there.
  static RunFolder go_on(std::string path, const std::string& lines);

  /// A line of metrics.jsonl. Errors: cannot be written.
  void add(const Json& line);
  /// The numbers of a step for TensorBoard. Errors: cannot be written.
  void add(int64_t step, std::span<const std::pair<std::string, double>> scalars);
  /// Errors: cannot be written.
  void set_report(const std::string& html);

  const std::string& path() const { return path_; }

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  void open();
  std::string path_of(const std::string& file) const { return path_ + '/' + file; }

  std::string path_;
  std::optional<FolderLock> lock_;
  std::ofstream metrics_, events_;
};

}  // namespace cadena
