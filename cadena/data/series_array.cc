// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "cadena/base/input.h"
#include "cadena/base/utf8.h"
#include "cadena/data/idx.h"
#include "cadena/data/npy.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

/// `name` in the folder of `path`.
std::string beside(const std::string& path, const std::string& name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

/// The first of the files that there is, also if only with .gz.
std::optional<std::string> existing(const std::vector<std::string>& files) {
  std::error_code ignored;
  for (const std::string& file : files)
    for (const char* ending : {"", ".gz"})
      if (std::filesystem::exists(file + ending, ignored)) return file + ending;
  return std::nullopt;
}

void check_count(const std::string& file, size_t labels, int64_t series) {
  if (labels != static_cast<size_t>(series))
    throw Error(Place{file}, fmt::format("expected {} labels, found {}", series, labels),
                "each series has its label, in the same order");
}

/// The name with its last 'X' or 'x' that stands alone as 'y'; nothing if there is none.
std::optional<std::string> label_name(std::string name) {
  const auto ends = [&](size_t at) {
    return at >= name.size() || name[at] == '_' || name[at] == '-';
  };
  for (size_t at = name.size(); at-- > 0;)
    if ((name[at] == 'X' || name[at] == 'x') && ends(at + 1) && (at == 0 || ends(at - 1))) {
      name[at] = 'y';
      return name;
    }
  return std::nullopt;
}

std::vector<std::string> npy_labels(const std::string& file) {
  const std::string bytes = read_input(file, largest_series_file);
  const NpyArray array = parse_npy(bytes, file);
  if (array.shape.size() != 1 || !array.integers())
    throw Error(Place{file}, "labels are an array of one dimension, of integers",
                "save y.ravel().astype('int64'), or names one a line in a .txt file");
  std::vector<std::string> labels;
  for (int64_t i = 0; i < array.size(); ++i) labels.push_back(std::to_string(array.integer(i)));
  return labels;
}

std::vector<std::string> text_labels(const std::string& file) {
  LineReader lines(file);
  std::vector<std::string> labels;
  while (const std::optional<Line> line = lines.next()) {
    const Place place{file, line->number};
    if (const std::optional<LineFault> fault = line_fault(*line))
      throw Error(place, fault->what, fault->hint);
    labels.emplace_back(trim(line->text));
    if (labels.back().empty()) throw Error(place, "no label", "expected a label on each line");
  }
  return labels;
}

/// The labels of X_train.npy from y_train.npy or y_train.txt.
std::vector<std::string> labels_of_npy(const std::string& path, int64_t count) {
  const std::string stem = std::filesystem::path(without_gz(path)).stem().string();
  const std::optional<std::string> name = label_name(stem);
  if (!name)
    throw Error(Place{path}, "has no file of labels: no X stands alone in its name",
                "name it X.npy or X_train.npy; its labels are in y.npy or y_train.npy");
  const std::string labels = beside(path, *name);
  const std::optional<std::string> file = existing({labels + ".npy", labels + ".txt"});
  if (!file)
    throw Error(Place{path}, fmt::format("there is no file of labels \"{}.npy\"", printable(*name)),
                fmt::format("save the labels as integers in {0}.npy or one a line in {0}.txt, in "
                            "the same folder",
                            printable(*name)));
  std::vector<std::string> found = suffix(*file) == ".txt" ? text_labels(*file) : npy_labels(*file);
  check_count(*file, found.size(), count);
  return found;
}

bool replace(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

/// The labels of train-images-idx3-ubyte from train-labels-idx1-ubyte.
std::vector<std::string> labels_of_idx(const std::string& path, int64_t count) {
  std::string name = std::filesystem::path(without_gz(path)).filename().string();
  if (!replace(name, "images", "labels") || !replace(name, "idx3", "idx1"))
    throw Error(Place{path}, "has no file of labels: no \"images\" and \"idx3\" in its name",
                "name it as MNIST does: train-images-idx3-ubyte and train-labels-idx1-ubyte");
  const std::optional<std::string> file = existing({beside(path, name)});
  if (!file)
    throw Error(Place{path}, fmt::format("there is no file of labels \"{}\"", printable(name)),
                "put the labels in the same folder");
  const std::string bytes = read_input(*file, largest_series_file);
  const IdxArray array = parse_idx(bytes, 1, *file);
  check_count(*file, array.data.size(), count);
  std::vector<std::string> labels;
  for (unsigned char label : array.data) labels.push_back(std::to_string(label));
  return labels;
}

/// Steps times dimension of a series; the parsers saw that they fit into the file.
void check_sizes(const std::string& path, int64_t steps, int64_t dimension) {
  if (steps > std::numeric_limits<int>::max() || dimension > std::numeric_limits<int>::max())
    throw Error(Place{path}, fmt::format("series of {} steps of {} values", steps, dimension),
                "cut the series into shorter ones");
}

}  // namespace

SeriesSet read_npy_series(const std::string& path, const SeriesOptions& options,
                          const OnFault& on_fault) {
  const std::string bytes = read_input(path, largest_series_file);
  const NpyArray array = parse_npy(bytes, path);
  const size_t rank = array.shape.size();
  if (rank != 2 && rank != 3)
    throw Error(Place{path}, fmt::format("expected 2 or 3 dimensions, found {}", rank),
                "the shape is [series, steps, values], or [series, values] of one step each");
  const int64_t count = array.shape[0], steps = rank == 3 ? array.shape[1] : 1,
                dimension = array.shape[rank - 1];
  check_sizes(path, steps, dimension);
  std::vector<std::string> labels(static_cast<size_t>(count));
  if (options.label_column != 0) labels = labels_of_npy(path, count);
  SeriesSet set{.file = path,
                .kind = rank == 3 ? SeriesKind::npy : SeriesKind::table,
                .dimension = static_cast<int>(dimension),
                .items = {}};
  for (int64_t i = 0; i < count; ++i) {
    std::optional<std::vector<float>> values =
        array.floats(i * steps * dimension, steps * dimension);
    if (values)
      set.items.push_back({.label = std::move(labels[static_cast<size_t>(i)]),
                           .line = 0,
                           .steps = static_cast<int>(steps),
                           .values = std::move(*values)});
    else
      on_fault(Error(Place{path}, fmt::format("series {}: a value is not finite", i + 1),
                     "fill in missing values, or leave out what has them"));
  }
  return set;
}

SeriesSet read_idx_series(const std::string& path, const SeriesOptions& options) {
  const std::string bytes = read_input(path, largest_series_file);
  const IdxArray images = parse_idx(bytes, 3, path);
  const int64_t count = images.shape[0], pixels = images.shape[1] * images.shape[2],
                dimension = options.pixels ? 1 : images.shape[2];
  check_sizes(path, pixels / dimension, dimension);
  std::vector<std::string> labels(static_cast<size_t>(count));
  if (options.label_column != 0) labels = labels_of_idx(path, count);
  SeriesSet set{
      .file = path, .kind = SeriesKind::idx, .dimension = static_cast<int>(dimension), .items = {}};
  const char* pixel = images.data.data();
  for (std::string& label : labels) {
    Series& series = set.items.emplace_back();
    series.label = std::move(label);
    series.steps = static_cast<int>(pixels / dimension);
    series.values.reserve(static_cast<size_t>(pixels));
    for (const char* end = pixel + pixels; pixel != end; ++pixel)
      series.values.push_back(static_cast<float>(static_cast<unsigned char>(*pixel)) / 255);
  }
  return set;
}

}  // namespace cadena
