// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include "cadena/base/input.h"
#include "cadena/base/utf8.h"
#include "cadena/data/mel.h"
#include "cadena/data/npy.h"
#include "cadena/data/series_lines.h"
#include "cadena/data/wav.h"

namespace cadena {

namespace {

/// A sequence in a file of its own: [values.size() / dimension, dimension].
struct Sequence {
  int dimension = 0;
  std::vector<float> values;
};

/// A step a line.
Sequence read_csv(const std::string& path) {
  SeriesReader reader(path, SeriesKind::table, {.label_column = 0}, 0);
  Sequence sequence;
  while (const std::optional<Series> step = reader.next()) {
    sequence.dimension = static_cast<int>(step->values.size());
    sequence.values.insert(sequence.values.end(), step->values.begin(), step->values.end());
  }
  if (sequence.values.empty())
    throw Error(Place{path}, "no values in it",
                "expected a step a line, its values separated by commas");
  return sequence;
}

/// [steps], or [steps, values].
Sequence read_npy(const std::string& path) {
  const std::string bytes = read_input(path, largest_series_file);
  const NpyArray array = parse_npy(bytes, path);
  const size_t rank = array.shape.size();
  if (rank != 1 && rank != 2)
    throw Error(Place{path}, fmt::format("expected 1 or 2 dimensions, found {}", rank),
                "in a list each file is one sequence: [steps] or [steps, values]");
  const int64_t dimension = rank == 2 ? array.shape[1] : 1;
  std::optional<std::vector<float>> values = array.floats(0, array.size());
  if (!values) throw Error(Place{path}, "a value is not finite", "fill in missing values");
  if (dimension > std::numeric_limits<int>::max())
    throw Error(Place{path}, fmt::format("steps of {} values", dimension), "transpose the array");
  return {static_cast<int>(dimension), std::move(*values)};
}

Sequence read_sequence(const std::string& path, const std::string& kind, int mel_bands) {
  if (kind == ".csv") return read_csv(path);
  if (kind == ".npy") return read_npy(path);
  return {mel_bands, log_mel(parse_wav(read_input(path, largest_series_file), path), mel_bands)};
}

class ListLines {
 public:
  ListLines(std::string folder, const SeriesOptions& options, int dimension)
      : folder_(std::move(folder)),
        mel_bands_(options.mel_bands),
        needs_label_(dimension == 0 && options.label_column != 0),
        dimension_(dimension) {}

  std::optional<Series> operator()(std::string_view line) {
    if (trim(line).empty()) return std::nullopt;
    const size_t tab = line.find('\t');
    const bool labelled = tab != std::string_view::npos;
    Series series;
    if (labelled) series.label = trim(line.substr(0, tab));
    if (series.label.empty() && (labelled || needs_label_))
      throw Error(fmt::format("no label before the path: \"{}\"", printable(line)),
                  "expected a label, a tab and the path of a .wav, .csv or .npy file");
    const std::string path{trim(labelled ? line.substr(tab + 1) : line)};
    const std::string kind = suffix(path);
    if (kind != ".csv" && kind != ".npy" && kind != ".wav")
      throw Error(fmt::format("\"{}\" is no sequence by its name", printable(path)),
                  "expected a .wav, .csv or .npy file");
    Sequence sequence = read_sequence((folder_ / path).string(), kind, mel_bands_);
    if (dimension_ != 0 && sequence.dimension != dimension_)
      throw Error(fmt::format("expected {} values a step, found {}: \"{}\"", dimension_,
                              sequence.dimension, printable(path)),
                  "all sequences have as many as the first, and as those of the training");
    dimension_ = sequence.dimension;
    const size_t steps = sequence.values.size() / static_cast<size_t>(sequence.dimension);
    if (steps > static_cast<size_t>(std::numeric_limits<int>::max()))
      throw Error(fmt::format("\"{}\" has {} steps", printable(path), steps),
                  "cut it into shorter ones");
    series.steps = static_cast<int>(steps);
    series.values = std::move(sequence.values);
    return series;
  }

 private:
  std::filesystem::path folder_;
  int mel_bands_;
  bool needs_label_;
  int dimension_;
};

}  // namespace

SeriesLine list_lines(const std::string& folder, const SeriesOptions& options, int dimension) {
  return ListLines(folder, options, dimension);
}

}  // namespace cadena
