// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/json.h"
#include "cadena/base/utf8.h"
#include "cadena/tasks/task.h"
#include "command.h"
#include "metrics.h"
#include "progress.h"
#include "run_facts.h"
#include "run_folder.h"
#include "run_report.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

constexpr int64_t most_bytes = int64_t{1} << 30;  // of a file in a run folder

struct Arguments {
  std::vector<std::string> folders;
  bool json = false;
};

/// What a run folder tells in short.
struct Run {
  std::string folder, task, measure, date, state = "cut off";
  std::optional<double> best;
  int64_t best_epoch = 0, epochs = 0;
  double seconds = 0;
  bool smaller_is_better = false;
};

/// Adds what a line of the metrics tells. Errors: without a place.
void add(Run& run, const Json& line) {
  const std::string kind = text_in(line, "kind");
  if (kind == "start") {
    run.task = text_in(line, "task");
    run.measure = text_in(line, "measure");
    run.date = text_in(line, "date");
    run.smaller_is_better = flag_in(line, "smaller_is_better");
  } else if (kind == "epoch") {
    const double score = number_in(line, score_key(run.measure).c_str());
    run.epochs = count_in(line, "epoch");
    run.seconds = number_in(line, "seconds");
    if (run.best && (run.smaller_is_better ? score > *run.best : score < *run.best)) return;
    run.best = score;
    run.best_epoch = run.epochs;
  } else if (kind == "end") {
    run.state = flag_in(line, "diverged")      ? "diverged"
                : flag_in(line, "interrupted") ? "interrupted"
                                               : "done";
  }
}

Run read_run(const std::string& folder) {
  Run run;
  run.folder = folder;
  const std::string path = read_metrics(folder, [&](std::string_view line, int64_t number) {
    if (number == 1 || !line.starts_with(R"({"kind":"step")")) add(run, Json::parse(line));
  });
  if (run.task.empty()) throw Error(Place{path}, "tells of no run", metrics_hint);
  return run;
}

/// Run folders among these, and right within the others.
std::vector<std::string> find_runs(const std::vector<std::string>& folders) {
  std::vector<std::string> found;
  for (const std::string& folder : folders) {
    std::error_code failure;
    if (fs::exists(fs::path(folder) / metrics_file, failure)) {
      found.push_back(folder);
      continue;
    }
    std::vector<std::string> inner;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure))
      if (fs::exists(entry.path() / metrics_file, failure))
        inner.push_back(folder == "." ? entry.path().filename().string() : entry.path().string());
    if (failure && inner.empty() && !fs::is_directory(folder, failure))
      throw Error(Place{folder}, "no such folder",
                  "give folders that 'cadena train' wrote, or that hold some");
    std::ranges::sort(inner);
    found.insert(found.end(), inner.begin(), inner.end());
  }
  return found;
}

Json json_of(const Run& run) {
  return Json::object({{"run", run.folder},
                       {"task", run.task},
                       {"measure", run.measure},
                       {"best", run.best ? Json(*run.best) : Json()},
                       {"best_epoch", run.best_epoch},
                       {"epochs", run.epochs},
                       {"seconds", run.seconds},
                       {"date", run.date},
                       {"state", run.state}});
}

/// Columns as wide as they must be.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t k = 0; k < row.size(); ++k)
      widths[k] = std::max(widths[k], code_points(row[k]).size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t k = 0; k < row.size(); ++k)
      line += row[k] + std::string(widths[k] + 2 - code_points(row[k]).size(), ' ');
    text += line.erase(line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string score_of(const Run& run) { return run.best ? fmt::format("{:.2f}", *run.best) : "-"; }

int list(const Arguments& a) {
  Json runs = Json::array();
  std::vector<std::vector<std::string>> rows{
      {"run", "task", "measure", "best", "epoch", "time", "date", "state"}};
  for (const std::string& folder :
       find_runs(a.folders.empty() ? std::vector<std::string>{"."} : a.folders)) {
    const Run run = read_run(folder);
    runs.push(json_of(run));
    rows.push_back({printable(run.folder), printable(run.task), printable(run.measure),
                    score_of(run), fmt::format("{}/{}", run.best_epoch, run.epochs),
                    duration(run.seconds), printable(run.date), run.state});
  }
  if (a.json)
    std::cout << Json::object({{"schema_version", 1}, {"runs", std::move(runs)}}).dump(2) << '\n';
  else if (rows.size() == 1)
    std::cerr << "no runs here\n";
  else
    std::cout << table(rows);
  return 0;
}

/// Settings of a run as TOML writes them, in their order.
std::vector<std::pair<std::string, std::string>> settings_in(const Run& run) {
  const std::string path = run.folder + '/' + config_file;
  std::vector<std::pair<std::string, std::string>> values;
  for (const Settings::Entry& entry : entries_of(run.task, read_file(path, most_bytes), path))
    values.emplace_back(entry.key, entry.by_default);
  return values;
}

int compare(const Arguments& a) {
  std::vector<Run> runs;
  std::vector<std::string> keys;
  std::vector<std::map<std::string, std::string>> values;  // [run]
  for (const std::string& folder : a.folders) {
    runs.push_back(read_run(folder));
    for (const auto& [key, value] : settings_in(runs.back())) {
      if (runs.size() == 1 || !std::ranges::count(keys, key)) keys.push_back(key);
      values.resize(runs.size());
      values.back()[key] = value;
    }
  }
  std::vector<std::vector<std::string>> rows{{""},      {"task"}, {"best"}, {"measure"},
                                             {"epoch"}, {"time"}, {"state"}};
  for (const Run& run : runs) {
    const std::string cells[] = {printable(run.folder),
                                 printable(run.task),
                                 score_of(run),
                                 printable(run.measure),
                                 fmt::format("{}/{}", run.best_epoch, run.epochs),
                                 duration(run.seconds),
                                 run.state};
    for (size_t i = 0; i < rows.size(); ++i) rows[i].push_back(cells[i]);
  }
  Json changes = Json::object(), list = Json::array();
  for (const Run& run : runs) list.push(json_of(run));
  for (const std::string& key : keys) {
    std::vector<std::string> row{key};
    for (const auto& own : values) row.push_back(own.contains(key) ? own.at(key) : "-");
    if (std::ranges::count(row, row[1]) == std::ssize(row) - 1) continue;
    Json cells = Json::array();
    for (size_t i = 1; i < row.size(); ++i)
      cells.push(row[i] == "-" ? Json() : Json::parse(row[i]));
    changes.push(key, std::move(cells));
    rows.push_back(std::move(row));
  }
  if (a.json)
    std::cout << Json::object({{"schema_version", 1},
                               {"runs", std::move(list)},
                               {"settings", std::move(changes)}})
                     .dump(2)
              << '\n';
  else
    std::cout << table(rows);
  return 0;
}

}  // namespace

Command add_runs_list(CLI::App& runs) {
  CLI::App* verb = add_verb(runs, "list", "tell what trainings came to", "cadena runs list");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("DIR", a->folders, "run folders, or folders that hold some; else this one");
  add_json(*verb, a->json);
  return {verb, [a] { return list(*a); }};
}

Command add_runs_compare(CLI::App& runs) {
  CLI::App* verb = add_verb(runs, "compare", "tell how trainings differ: settings and scores",
                            "cadena runs compare small.run large.run");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("DIR", a->folders, "run folders, two or more")->required()->expected(2, 64);
  add_json(*verb, a->json);
  return {verb, [a] { return compare(*a); }};
}

}  // namespace cadena
