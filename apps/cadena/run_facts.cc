// SPDX-License-Identifier: MIT
#include "run_facts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <memory>

#include "cadena/base/parallel.h"

namespace cadena {

std::string command_line(const std::vector<std::string>& words) {
  constexpr const char* plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (char letter : word) line += letter == '\'' ? "'\\''" : std::string(1, letter);
    line += '\'';
  }
  return line;
}

std::string date_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string machine() {
  std::ifstream processors("/proc/cpuinfo");
  std::string processor = "unknown processor";
  for (std::string line; std::getline(processors, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      processor = line.substr(line.find(": ") + 2);
      break;
    }
  return fmt::format("{}, {} threads", processor, threads());
}

std::vector<Settings::Entry> entries_of(const std::string& task, const std::string& toml,
                                        const std::string& file) {
  const std::unique_ptr<Task> empty = make_task(task);
  TrainOptions train = empty->train_defaults();
  settings_of(*empty, train).read_toml(toml, file);
  return settings_of(*empty, train).entries();
}

std::vector<ChangedSetting> changed_settings(const Settings& defaults, const Settings& values) {
  const std::vector<Settings::Entry> before = defaults.entries(), now = values.entries();
  std::vector<ChangedSetting> changes;
  for (size_t i = 0; i < now.size(); ++i)
    if (now[i].by_default != before[i].by_default)
      changes.push_back({now[i].key, now[i].by_default, before[i].by_default, now[i].help});
  return changes;
}

}  // namespace cadena
