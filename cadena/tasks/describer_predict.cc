// SPDX-License-Identifier: MIT
// Streams of file names through a describer.
#include <fmt/format.h>

#include <filesystem>

#include "cadena/base/error.h"
#include "cadena/data/lines.h"
#include "cadena/data/series_lines.h"
#include "cadena/tasks/answer_together.h"
#include "cadena/tasks/describer.h"

namespace cadena {
namespace {

constexpr size_t items_at_once = 256;

}  // namespace

void Describer::add_answer_settings(Settings& s) {
  s.add("beam", beam_.width, "hypotheses followed at once; 1: greedy", {.min = 1, .max = 1000});
  s.add("length_power", beam_.length_power, "above 0 favours long answers", {.min = 0, .max = 10});
  s.add("best", beam_.n_best, "answers to each line; at most the beam", {.min = 1, .max = 1000});
}

// Text is a list of captions again.
void Describer::write(const Captioned& item, std::span<const Hypothesis> hypotheses,
                      const PredictOptions& options, std::ostream& out) const {
  if (options.output == "text") {
    for (const Hypothesis& hypothesis : hypotheses)
      out << item.name << '\t' << text_of(hypothesis.symbols) << '\n';
    return;
  }
  Json answers = Json::array();
  for (const Hypothesis& hypothesis : hypotheses)
    answers.push(Json::object({{"text", text_of(hypothesis.symbols)},
                               {"log_probability", hypothesis.log_probability},
                               {"score", hypothesis.score}}));
  out << Json::object({{"item", item.name},
                       {"text", text_of(hypotheses[0].symbols)},
                       {"answers", std::move(answers)}})
             .dump()
      << '\n';
}

void Describer::predict(const Stream& stream, const PredictOptions& options) {
  answer_together<Captioned>(
      stream, items_at_once,
      [&](const std::function<bool(Captioned)>& take) { read_stream(stream, options.file, take); },
      [&](std::vector<Captioned>& items) {
        for (Captioned& item : items) scale_.apply(item.values);
        const std::vector<std::vector<Hypothesis>> answers = answer(items);
        for (size_t i = 0; i < answers.size(); ++i)
          write(items[i], answers[i], options, stream.out);
      });
}

// Lines as read_captions has them, with or without sentences; a matrix, which is read as a whole;
// or one picture.
void Describer::read_stream(const Stream& stream, const std::string& file,
                            const std::function<bool(Captioned)>& take) const {
  const CaptionOptions options = caption_options(false);
  const std::string kind = suffix(file);
  if (kind == ".npy") {
    for (Captioned& item : read_captions(file, options).items)
      if (!take(std::move(item))) return;
    return;
  }
  const auto take_file = [&](const std::string& name, const std::string& folder,
                             const Place& place) {
    Captioned item{.name = name, .line = place.line, .values = {}, .sentences = {}};
    try {
      item.values = read_features(name, folder, options).values;
    } catch (const Error& error) {
      throw Error(place, error.message(), error.hint(), error.fault());
    }
    return take(std::move(item));
  };
  if (kind == ".png" || kind == ".pgm" || kind == ".ppm") {
    take_file(file, "", {file});
    return;
  }
  const std::string folder = std::filesystem::path(file).parent_path().string();
  LineReader lines(stream.in, file);
  while (const std::optional<Line> line = lines.next()) {
    expect_text(*line, file);
    const std::string name(trim(line->text.substr(0, line->text.find('\t'))));
    if (!name.empty() && !take_file(name, folder, {file, line->number})) return;
  }
}

}  // namespace cadena
