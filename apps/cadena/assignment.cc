// SPDX-License-Identifier: MIT
#include "assignment.h"

#include <limits>
#include <map>
#include <sstream>
#include <string_view>

#include "cadena/base/file.h"
#include "cadena/base/hash.h"

namespace cadena {
namespace {

constexpr size_t most_lines = 1000;  // files of a list that are told apart

std::string hash_of(std::string_view text) { return xxh3_128_hex(std::span(&text, 1)); }

std::map<std::string, std::string> by_name(const std::string& lines) {
  std::map<std::string, std::string> hashes;
  std::istringstream in(lines);
  for (std::string hash, name; in >> hash && std::getline(in >> std::ws, name);)
    hashes[name] = hash;
  return hashes;
}

}  // namespace

void Assignment::record(Record& r) {
  r("task", task);
  r("train", train);
  r("dev", dev);
  r("output", output);
  r("directory", directory);
  r("settings", settings);
  r("data", data);
  r("vocabularies", vocabularies);
  r("interval", interval);
  r("replaces", replaces);
}

std::string fingerprints(std::span<const std::string> files) {
  std::string lines;
  for (const std::string& file : files)
    lines += hash_of(read_file(file, std::numeric_limits<int64_t>::max())) + ' ' + file + '\n';
  if (files.size() <= most_lines) return lines;
  return hash_of(lines) + ' ' + std::to_string(files.size()) + " files\n";
}

std::string changed_files(const std::string& before, const std::string& now) {
  const std::map<std::string, std::string> old = by_name(before), current = by_name(now);
  std::string changes;
  const auto tell = [&](const std::string& name, const char* what) {
    changes += (changes.empty() ? "" : "; ") + name + what;
  };
  for (const auto& [name, hash] : old)
    if (!current.contains(name))
      tell(name, " is not read any more");
    else if (current.at(name) != hash)
      tell(name, " has changed");
  for (const auto& [name, hash] : current)
    if (!old.contains(name)) tell(name, " is new");
  return changes;
}

}  // namespace cadena
