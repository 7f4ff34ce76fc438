// SPDX-License-Identifier: MIT
#include "cadena/data/captions.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "cadena/base/input.h"
#include "cadena/base/utf8.h"
#include "cadena/data/lines.h"
#include "cadena/data/npy.h"
#include "cadena/data/series_lines.h"

namespace cadena {

namespace {

// A picture of most_pixels in three raw channels of 16 bits has less.
constexpr int64_t largest_image_file = int64_t{1} << 29, largest_vector_file = int64_t{1} << 26;

constexpr const char* list_hint =
    "expected lines of the path of a picture or vector, a tab and a sentence";

const char* name_of(FeatureKind kind) {
  return kind == FeatureKind::image ? "a picture" : "a vector";
}

std::vector<float> read_vector(const std::string& path) {
  const std::string bytes = read_input(path, largest_vector_file);
  const NpyArray array = parse_npy(bytes, path);
  if (array.shape.size() != 1)
    throw Error(Place{path}, fmt::format("expected 1 dimension, found {}", array.shape.size()),
                "in a list each file is one vector: save array.ravel()");
  std::optional<std::vector<float>> values = array.floats(0, array.size());
  if (!values) throw Error(Place{path}, "a value is not finite", "fill in missing values");
  return std::move(*values);
}

class ListReader {
 public:
  ListReader(const std::string& path, const CaptionOptions& options)
      : options_(options), folder_(std::filesystem::path(path).parent_path()) {}

  /// Errors: without a place.
  void add(std::string_view line, int64_t number) {
    const size_t tab = line.find('\t');
    const bool has_sentence = tab != std::string_view::npos;
    const std::string_view path = trim(line.substr(0, tab)),
                           sentence = has_sentence ? trim(line.substr(tab + 1)) : "";
    if (path.empty()) throw Error(fmt::format("no path: \"{}\"", printable(line)), list_hint);
    if (sentence.find('\t') != std::string_view::npos)
      throw Error(fmt::format("more than one tab: \"{}\"", printable(line)), list_hint);
    if (sentence.empty() && (has_sentence || options_.sentences))
      throw Error(fmt::format("no sentence after the path \"{}\"", printable(path)), list_hint);
    const auto [place, is_new] = items_.emplace(path, std::nullopt);
    if (is_new) place->second = add_item(place->first, number);
    if (place->second && has_sentence) set_.items[*place->second].sentences.emplace_back(sentence);
  }

  CaptionSet take() { return std::move(set_); }

 private:
  size_t add_item(const std::string& path, int64_t number) {
    Features features = read_features(path, folder_.string(), options_);
    set_.kind = features.kind;
    options_.kind = features.kind;
    set_.dimension = std::ssize(features.values);
    if (features.kind == FeatureKind::vector) options_.dimension = set_.dimension;
    set_.items.push_back(
        {.name = path, .line = number, .values = std::move(features.values), .sentences = {}});
    return set_.items.size() - 1;
  }

  CaptionOptions options_;
  std::filesystem::path folder_;
  CaptionSet set_;
  std::map<std::string, std::optional<size_t>> items_;  // by path; nothing where it was refused
};

/// Calls use(line) for each line of text; an Error of it is one of that line.
void for_each_line(LineReader& lines, const OnFault& on_fault,
                   const std::function<void(const Line&)>& use) {
  while (const std::optional<Line> line = lines.next()) {
    const Place place{lines.file(), line->number};
    if (const std::optional<LineFault> fault = line_fault(*line)) {
      on_fault(Error(place, fault->what, fault->hint));
      continue;
    }
    try {
      use(*line);
    } catch (const Error& error) {
      on_fault(Error(place, error.message(), error.hint(), error.fault()));
    }
  }
}

CaptionSet read_list(const std::string& path, const CaptionOptions& options,
                     const OnFault& on_fault) {
  LineReader lines(path);
  ListReader list(path, options);
  for_each_line(lines, on_fault, [&](const Line& line) {
    if (!trim(line.text).empty()) list.add(line.text, line.number);
  });
  CaptionSet set = list.take();
  set.file = lines.file();
  if (set.items.empty()) throw Error(Place{set.file}, "no items in it", list_hint);
  return set;
}

/// Those of NAME.txt, nothing in the place of one at fault. Errors: not `count` lines.
std::vector<std::optional<std::string>> read_sentences(const std::string& matrix, int64_t count,
                                                       const OnFault& on_fault) {
  LineReader lines(std::filesystem::path(without_gz(matrix)).replace_extension(".txt").string());
  std::vector<std::optional<std::string>> sentences(static_cast<size_t>(count));
  int64_t found = 0;
  for_each_line(
      lines,
      [&](const Error& error) {
        found = error.place().line;
        on_fault(error);
      },
      [&](const Line& line) {
        found = line.number;
        const std::string_view sentence = trim(line.text);
        if (sentence.empty()) throw Error("no sentence", "expected a sentence on each line");
        if (found <= count) sentences[static_cast<size_t>(found - 1)] = sentence;
      });
  if (found != count)
    throw Error(Place{lines.file()}, fmt::format("expected {} sentences, found {}", count, found),
                "each row of the matrix has its sentence, in the same order");
  return sentences;
}

CaptionSet read_matrix(const std::string& path, const CaptionOptions& options,
                       const OnFault& on_fault) {
  const Place place{path};
  const std::string bytes = read_input(path, largest_series_file);
  const NpyArray array = parse_npy(bytes, path);
  if (array.shape.size() != 2)
    throw Error(place, fmt::format("expected 2 dimensions, found {}", array.shape.size()),
                "an array of feature vectors is [items, values]");
  const int64_t count = array.shape[0], dimension = array.shape[1];
  if (options.kind == FeatureKind::image)
    throw Error(place, "has vectors, expected pictures", "all items are as those of the training");
  if (options.dimension != 0 && dimension != options.dimension)
    throw Error(place,
                fmt::format("expected {} values a row, found {}", options.dimension, dimension),
                "all vectors have as many as those of the training");
  std::vector<std::optional<std::string>> sentences;
  if (options.sentences) sentences = read_sentences(path, count, on_fault);
  CaptionSet set{.file = path, .kind = FeatureKind::vector, .dimension = dimension, .items = {}};
  for (int64_t row = 0; row < count; ++row) {
    std::optional<std::vector<float>> values = array.floats(row * dimension, dimension);
    Captioned item{
        .name = fmt::format("row {}", row + 1), .line = row + 1, .values = {}, .sentences = {}};
    if (!values) {
      on_fault(Error(place, item.name + ": a value is not finite", "fill in missing values"));
      continue;
    }
    item.values = std::move(*values);
    if (options.sentences) {
      std::optional<std::string>& sentence = sentences[static_cast<size_t>(row)];
      if (!sentence) continue;
      item.sentences.push_back(std::move(*sentence));
    }
    set.items.push_back(std::move(item));
  }
  if (set.items.empty()) throw Error(place, "no items in it", "see the faults of its rows");
  return set;
}

}  // namespace

Features read_features(const std::string& path, const ImageShape& shape) {
  const std::string kind = suffix(path);
  if (kind == ".npy") return {FeatureKind::vector, read_vector(path)};
  if (kind != ".png" && kind != ".pgm" && kind != ".ppm")
    throw Error(Place{path}, "is neither a picture nor a vector by its name",
                "expected a .png, .pgm, .ppm or .npy file");
  const std::string bytes = read_input(path, largest_image_file);
  return {FeatureKind::image, fit(open_picture(bytes, path), shape)};
}

Features read_features(const std::string& path, const std::string& folder,
                       const CaptionOptions& options) {
  Features features;
  try {
    features = read_features((std::filesystem::path(folder) / path).string(), options.image);
  } catch (const Error& error) {
    throw Error(fmt::format("\"{}\": {}", printable(path), error.message()), error.hint(),
                error.fault());
  }
  const auto size = static_cast<int64_t>(features.values.size());
  if (features.kind != options.kind.value_or(features.kind))
    throw Error(fmt::format("\"{}\" is {}, expected {}", printable(path), name_of(features.kind),
                            name_of(*options.kind)),
                "all items are of one kind, that of the training");
  if (features.kind == FeatureKind::vector && options.dimension != 0 && size != options.dimension)
    throw Error(fmt::format("expected {} values, found {}: \"{}\"", options.dimension, size,
                            printable(path)),
                "all vectors have as many as the first, and as those of the training");
  return features;
}

CaptionSet read_captions(const std::string& path, const CaptionOptions& options,
                         const OnFault& on_fault) {
  return suffix(path) == ".npy" ? read_matrix(path, options, on_fault)
                                : read_list(path, options, on_fault);
}

}  // namespace cadena
