// SPDX-License-Identifier: MIT
#include "cadena/data/series.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

/// Whether the second field of the first line is the path of a sequence.
bool is_list(const std::string& path) {
  std::error_code ignored;  // what is no file, a pipe say, would lose its first line
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  LineReader lines(path);
  const std::optional<Line> line = lines.next();
  if (!line) return false;
  const size_t tab = line->text.find('\t');
  if (tab == std::string_view::npos) return false;
  const std::string_view second = line->text.substr(tab + 1);
  const std::string kind = suffix(trim(second.substr(0, second.find('\t'))));
  return kind == ".wav" || kind == ".csv" || kind == ".npy";
}

bool is_idx(std::string_view name) {
  for (size_t at = name.find("idx"); at != std::string_view::npos; at = name.find("idx", at + 1))
    if (name.substr(at).size() > 4 && name.substr(at + 4).starts_with("-ubyte")) return true;
  return false;
}

SeriesLine line_parser(const std::string& file, SeriesKind kind, const SeriesOptions& options,
                       int dimension) {
  switch (kind) {
    case SeriesKind::table:
      return table_lines(options, dimension);
    case SeriesKind::ts:
      return ts_lines(options, dimension);
    case SeriesKind::list:
      return list_lines(std::filesystem::path(file).parent_path().string(), options, dimension);
    case SeriesKind::npy:
    case SeriesKind::idx:
      break;
  }
  throw Error(Place{file}, "an array cannot be read line by line",
              "give series as lines of a .csv, .ts or list file");
}

SeriesSet read_lines(const std::string& path, SeriesKind kind, const SeriesOptions& options,
                     const OnFault& on_fault) {
  SeriesReader reader(path, kind, options, 0);
  SeriesSet set{.file = reader.file(), .kind = kind, .dimension = 0, .items = {}};
  bool faults = false;
  const OnFault noted = [&](const Error& error) {
    faults = true;
    on_fault(error);
  };
  while (std::optional<Series> series = reader.next(noted)) set.items.push_back(std::move(*series));
  if (!set.items.empty()) {
    const Series& first = set.items.front();
    set.dimension = static_cast<int>(first.values.size() / static_cast<size_t>(first.steps));
  } else if (!faults) {
    throw Error(Place{set.file}, "no series in it",
                "expected a .csv table, a .ts file, or a list of labels and paths");
  }
  return set;
}

/// The error of a line with its place; of a file that the line names, with that besides.
Error placed(const Error& error, const Place& line) {
  if (error.place().file.empty()) return {line, error.message(), error.hint(), error.fault()};
  return {error.place(), error.message(),
          error.hint() + " (named in " + line.file + ":" + std::to_string(line.line) + ")",
          error.fault()};
}

}  // namespace

std::optional<SeriesKind> series_kind(const std::string& path) {
  const std::string kind = suffix(path);
  if (kind == ".csv") return SeriesKind::table;
  if (kind == ".ts") return SeriesKind::ts;
  if (kind == ".npy") return SeriesKind::npy;
  if (is_idx(std::filesystem::path(path).filename().string())) return SeriesKind::idx;
  if ((kind == ".tsv" || kind == ".txt" || kind == ".list") && is_list(path))
    return SeriesKind::list;
  return std::nullopt;
}

SeriesSet read_series(const std::string& path, const SeriesOptions& options,
                      const OnFault& on_fault) {
  const std::optional<SeriesKind> kind = series_kind(path);
  if (!kind)
    throw Error(Place{path}, "is no file of series by its name",
                "expected .csv, .ts, .npy, *idx3-ubyte, or a .tsv list of labels and paths");
  if (*kind == SeriesKind::npy) return read_npy_series(path, options, on_fault);
  if (*kind == SeriesKind::idx) return read_idx_series(path, options);
  return read_lines(path, *kind, options, on_fault);
}

SeriesReader::SeriesReader(std::istream& in, const std::string& file, SeriesKind kind,
                           const SeriesOptions& options, int dimension)
    : lines_(in, file), parse_(line_parser(file, kind, options, dimension)) {}

SeriesReader::SeriesReader(const std::string& path, SeriesKind kind, const SeriesOptions& options,
                           int dimension)
    : lines_(path), parse_(line_parser(path, kind, options, dimension)) {}

std::optional<Series> SeriesReader::next(const OnFault& on_fault) {
  while (const std::optional<Line> line = lines_.next()) {
    try {
      if (const std::optional<LineFault> fault = line_fault(*line))
        throw Error(fault->what, line->cut ? "write long series as .npy files" : fault->hint);
      if (std::optional<Series> series = parse_(line->text)) {
        series->line = line->number;
        return series;
      }
    } catch (const Error& error) {
      on_fault(placed(error, Place{file(), line->number}));
    }
  }
  return std::nullopt;
}

}  // namespace cadena
