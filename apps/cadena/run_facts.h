// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "run_report.h"

namespace cadena {

/// A command line that a shell reads back as these words.
std::string command_line(const std::vector<std::string>& words);

/// This moment: "2026-11-24T02:30:00Z".
std::string date_now();

/// Processor and threads, for a person.
std::string machine();

/// The settings of a task and its training, with values out of TOML as defaults; `file` is for
/// messages. Errors: as Settings::read_toml.
std::vector<Settings::Entry> entries_of(const std::string& task, const std::string& toml,
                                        const std::string& file);

/// Both are of the same task, `values` made after the values of `defaults` were set.
std::vector<ChangedSetting> changed_settings(const Settings& defaults, const Settings& values);

}  // namespace cadena
