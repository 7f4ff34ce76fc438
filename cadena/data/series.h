// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/data/lines.h"

namespace cadena {

/// A sequence of vectors and its label, which may be empty where none is asked for.
struct Series {
  std::string label;
  int64_t line = 0;  ///< where it stands in its file, from 1; 0 where the file has no lines
  int steps = 0;
  std::vector<float> values;  ///< [steps, dimension]
};

enum class SeriesKind {
  table,  ///< CSV: a series of one step a line
  ts,     ///< the format of sktime and the UCR/UEA archives
  list,   ///< a label, a tab and the path of a .wav, .csv or .npy file a line
  npy,    ///< NumPy array, its labels in a file beside it
  idx,    ///< images as in MNIST, their labels in a file beside them
};

struct SeriesSet {
  std::string file;
  SeriesKind kind = SeriesKind::table;
  int dimension = 0;
  std::vector<Series> items;
};

struct SeriesOptions {
  int label_column = -1;  ///< of a table; 1 is the first, -1 the last; 0: no kind needs labels
  bool pixels = false;    ///< an image is read pixel by pixel, not row by row
  int mel_bands = 40;     ///< values a step of a .wav file, > 0
};

/// Which kind a file is, by its name, looking through .gz: .csv, .ts, .npy, *idx?-ubyte*; and a
/// .tsv, .txt or .list file if the first line has a path of a sequence in its second field.
/// Nothing if it is none of them. Errors: a file of the last sort that cannot be read.
std::optional<SeriesKind> series_kind(const std::string& path);

/// Reads all series of a file, with their labels. A .npy file of two dimensions, a vector each, is
/// a table. Errors: the file or one beside it is missing or malformed, with the line where it has
/// lines; no series; through `on_fault` what is wrong with one series or one line.
SeriesSet read_series(const std::string& path, const SeriesOptions& options,
                      const OnFault& on_fault = throw_fault);

/// Reads one line of a file of sequences; nothing where it holds no series: a header, a comment,
/// blank. Errors: without a place, unless it is in another file.
using SeriesLine = std::function<std::optional<Series>(std::string_view line)>;

/// Series one after the other from a file that has them line by line (table, ts, list).
class SeriesReader {
 public:
  /// `dimension`: that of every series; a label may then be absent, and a .ts file's header too.
  /// 0: that of the first series, and a label is needed unless options.label_column is 0.
  /// Paths in a list are relative to the folder of `file`. `in` outlives the reader.
  SeriesReader(std::istream& in, const std::string& file, SeriesKind kind,
               const SeriesOptions& options, int dimension);
  /// "-" is the standard input.
  SeriesReader(const std::string& path, SeriesKind kind, const SeriesOptions& options,
               int dimension);

  const std::string& file() const { return lines_.file(); }
  /// The next series, or nothing at the end. Errors: through `on_fault` what is wrong with a line;
  /// the file cannot be read.
  std::optional<Series> next(const OnFault& on_fault = throw_fault);

 private:
  LineReader lines_;
  SeriesLine parse_;
};

}  // namespace cadena
