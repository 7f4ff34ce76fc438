// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "cadena/io/record.h"

namespace cadena {

/// What a training is about: what `cadena train` was asked for, and `cadena resume` finds in a
/// checkpoint.
struct Assignment {
  std::string task, train, dev;  ///< dev: empty: a part of train
  std::string output, run;       ///< model and run folder; run is empty if there is none
  std::string directory;         ///< where relative paths begin
  std::string settings;          ///< all of them, as TOML
  std::string data;              ///< a line for each file that was read: hash and name
  std::string vocabularies;      ///< hash of what was made of the data
  std::string interval;          ///< between checkpoints
  std::string replaces;          ///< fingerprint of the file in whose place the model comes

  /// All but `run`, which may have been moved.
  void record(Record& r);
};

/// Assignment::data. Errors: as open_input.
std::string fingerprints(std::span<const std::string> files);

/// Why a training cannot go on with the data as they are now: which files are others. Empty: it
/// can.
std::string changed_files(const std::string& before, const std::string& now);

}  // namespace cadena
