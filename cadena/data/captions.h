// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/data/image.h"

namespace cadena {

/// What sentences are about.
enum class FeatureKind {
  image,   ///< a picture: [height, width, channels] from 0 to 1
  vector,  ///< numbers that somebody else has made of something
};

struct Features {
  FeatureKind kind = FeatureKind::image;
  std::vector<float> values;
};

struct Captioned {
  std::string name;                    ///< path as the list has it; of a matrix "row 1"
  int64_t line = 0;                    ///< where it first stands in the list; of a matrix its row
  std::vector<float> values;           ///< as many for all
  std::vector<std::string> sentences;  ///< each as right as the others; one or more if asked for
};

struct CaptionSet {
  std::string file;
  FeatureKind kind = FeatureKind::image;
  int64_t dimension = 0;  ///< values of an item
  std::vector<Captioned> items;
};

struct CaptionOptions {
  ImageShape image{.height = 48, .width = 48, .channels = 3};  ///< what every picture is fitted to
  std::optional<FeatureKind> kind = {};  ///< of every item; else that of the first
  int64_t dimension = 0;                 ///< of every vector; 0: that of the first
  bool sentences = true;                 ///< whether each item must have one
};

/// Reads a picture (.png, .pgm, .ppm), fitted to `shape`, or a vector (.npy of one dimension).
/// Errors: another file by its name; one that is missing, malformed, too large; a value that is not
/// finite.
Features read_features(const std::string& path, const ImageShape& shape);
/// An item of a list in `folder`. Errors, without a place: as above; of another kind or dimension
/// than the options say.
Features read_features(const std::string& path, const std::string& folder,
                       const CaptionOptions& options);

/// Reads items with their sentences in one of two forms:
///
///     LIST        a line "FILE<tab>SENTENCE", FILE as for read_features and relative to the list;
///                 lines of one FILE, which need not stand together, are sentences of one item
///     NAME.npy    [items, values]; NAME.txt beside it has a sentence a line, in the same order
///
/// Items stand in the order of their first line. A list without sentences has a FILE a line, and a
/// matrix needs no NAME.txt. Blank lines of a list count for nothing.
/// Errors: a file of no use as a whole, no items, another number of sentences than rows; through
/// `on_fault`, with the line, what is wrong with one line or with the file that it names, also one
/// of another kind or dimension than those before it.
CaptionSet read_captions(const std::string& path, const CaptionOptions& options = {},
                         const OnFault& on_fault = throw_fault);

}  // namespace cadena
