// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/data/pnm.h"
#include "cadena/tasks/describer.h"
#include "tests/tasks/tiny.h"

namespace cadena {

/// Some pictures of each of twelve kinds: a red, green or blue square in a corner, and its
/// sentences in a list beside them. Returns the path of the list.
inline std::string write_corners(const Scratch& scratch, const std::string& name, uint64_t seed = 1,
                                 int times = 8) {
  const char* colours[] = {"rojo", "verde", "azul"};
  const char* corners[] = {"noroeste", "nordeste", "sudoeste", "sudeste"};
  Rng rng(seed);
  std::string list;
  for (int i = 0; i < 12 * times; ++i) {
    const auto colour = static_cast<size_t>(i % 3), corner = static_cast<size_t>(i / 3 % 4);
    Image image{{8, 8, 3}, std::vector<uint8_t>(8 * 8 * 3)};
    for (uint8_t& byte : image.bytes) byte = static_cast<uint8_t>(210 + rng.below(40));
    for (size_t y = 0; y < 3; ++y)
      for (size_t x = 0; x < 3; ++x)
        for (size_t c = 0; c < 3; ++c)
          image.bytes[((corner / 2 * 5 + y) * 8 + corner % 2 * 5 + x) * 3 + c] =
              static_cast<uint8_t>((c == colour ? 190 : 10) + rng.below(40));
    const std::string file = name + std::to_string(i) + ".ppm";
    scratch.write(file, to_pnm(image));
    list += file + "\tUno " + colours[colour] + ", al " + corners[corner] + ".\n";
    if (i % 3 == 0) list += file + "\t" + corners[corner] + ": uno (" + colours[colour] + ")\n";
  }
  return scratch.write(name + ".tsv", list);
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// An .npy file; `shape` as Python writes it: "20, 3".
inline std::string npy(const std::string& type, const std::string& shape,
                       const std::string& bytes) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize((header.size() + 11) / 64 * 64 + 64 - 11, ' ');
  header += '\n';
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size() % 256) +
         static_cast<char>(header.size() / 256) + header + bytes;
}

/// Settings of a describer that learns the corners in a blink.
inline const Values small_describer{
    {"data.size", "8,8,3"}, {"data.batch", "8"},     {"model.filters", "8,8"},
    {"model.size", "8"},    {"model.hidden", "24"},  {"model.dropout", "0"},
    {"train.steps", "0"},   {"train.epochs", "40"},  {"train.rate", "0.01"},
    {"train.average", "0"}, {"train.patience", "0"}, {"train.decay", "cosine"}};
inline const Values one_epoch{{"train.epochs", "1"}};

/// A describer that is trained from files.
struct Description {
  Describer task;
  TrainOptions options = task.train_defaults();
  TrainResult result;

  explicit Description(const Values& values, const std::string& file,
                       const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : small_describer + values) settings.set(key, value);
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
    result = train(task, options, until_perfect);
  }

  std::string saved() {
    const Scratch scratch;
    save_task(scratch.path("model"), task, options, false);
    return contents(scratch.path("model"));
  }
};

/// What a task says of the things that `input` lists, whose file is `file`.
inline std::string described(Task& task, const std::string& input, const std::string& file,
                             const std::string& output = "text", const Values& values = {}) {
  Settings settings;
  task.add_answer_settings(settings);
  const Values plain{{"beam", "4"}, {"length_power", "0"}, {"best", "1"}};
  for (const auto& [key, value] : plain + values) settings.set(key, value);
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, [] { return true; }, out}, {.input = "list", .output = output, .file = file});
  return out.str();
}

}  // namespace cadena
