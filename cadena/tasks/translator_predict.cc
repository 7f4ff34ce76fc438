// SPDX-License-Identifier: MIT
// Streams of text through a translator.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cadena/base/error.h"
#include "cadena/data/lines.h"
#include "cadena/tasks/answer_together.h"
#include "cadena/tasks/translator.h"

namespace cadena {
namespace {

// So many lines are answered together at most, however many are waiting.
constexpr size_t lines_at_once = 512;

// Weights that a person can read; they are for drawing.
double rounded(double value) { return std::round(value * 1e4) / 1e4; }

Json to_json(std::span<const std::string> units) {
  Json all = Json::array();
  for (const std::string& unit : units) all.push(unit);
  return all;
}

Json to_json(const std::vector<std::vector<float>>& rows) {
  Json all = Json::array();
  for (const std::vector<float>& row : rows) {
    Json weights = Json::array();
    for (float weight : row) weights.push(rounded(weight));
    all.push(std::move(weights));
  }
  return all;
}

}  // namespace

void Translator::add_answer_settings(Settings& s) {
  s.add("beam", beam_.width, "hypotheses followed at once; 1: greedy", {.min = 1, .max = 1000});
  s.add("length_power", beam_.length_power, "above 0 favours long answers", {.min = 0, .max = 10});
  s.add("best", beam_.n_best, "answers to each line; at most the beam", {.min = 1, .max = 1000});
}

std::vector<std::vector<float>> Translator::attention_of(const std::string& text,
                                                         const Answer& answer) const {
  const std::vector<int32_t>& symbols = answer.hypothesis.symbols;
  if (symbols.empty()) return {};
  const Source source = encode_source(text);
  const int only = 0;
  const Decoder::Source read = read_sources({&source, 1}, {&only, 1});
  Decoder::Target target{Layout(std::vector{static_cast<int>(symbols.size())}), {0}, {}, {}};
  target.inputs.push_back(target_units_.line_end());
  for (size_t i = 0; i + 1 < symbols.size(); ++i) target.inputs.push_back(readable(symbols[i]));
  const Decoder::Features features = network_->decoder().features(read, target);
  std::vector<std::vector<float>> rows;
  for (int64_t i = 0; i < std::ssize(symbols); ++i) {
    const std::span<const float> row = features.pairing->row(features.weights, i);
    rows.emplace_back(row.begin(), row.end());
  }
  return rows;
}

// Answers lines that were brought to their normal form.
class Translator::Answers {
 public:
  Answers(const Translator& translator, std::ostream& out, const PredictOptions& options)
      : translator_(translator),
        stepper_(translator.network_->decoder()),
        out_(out),
        json_(options.output == "jsonl") {}

  void write(const std::vector<std::string>& lines) const {
    const auto answers = translator_.answer(stepper_, lines, translator_.beam_);
    for (size_t i = 0; i < lines.size(); ++i)
      if (json_)
        write_json(lines[i], answers[i]);
      else
        write_text(answers[i]);
  }

 private:
  // An answer a line; several with their scores, and a blank line behind them.
  void write_text(const std::vector<Answer>& answers) const {
    if (translator_.beam_.n_best == 1) {
      out_ << (answers.empty() ? "" : answers[0].text) << '\n';
      return;
    }
    for (const Answer& answer : answers)
      out_ << fmt::format("{:.4f}\t{}\n", answer.hypothesis.score, answer.text);
    out_ << '\n';
  }

  void write_json(const std::string& text, const std::vector<Answer>& answers) const {
    std::vector<std::string> units = translator_.source_units_.split(text);
    units.resize(std::min(units.size(), static_cast<size_t>(translator_.data_.longest_source)));
    Json all = Json::array();
    for (const Answer& answer : answers) {
      Json one = Json::object({{"text", answer.text},
                               {"score", rounded(answer.hypothesis.score)},
                               {"log_probability", rounded(answer.hypothesis.log_probability)},
                               {"tokens", to_json(answer.units)}});
      if (translator_.options_.attention != "none")
        one.push("attention", to_json(translator_.attention_of(text, answer)));
      all.push(std::move(one));
    }
    out_ << Json::object({{"text", text}, {"tokens", to_json(units)}, {"answers", std::move(all)}})
                .dump()
         << '\n';
  }

  const Translator& translator_;
  const DecoderStepper stepper_;
  std::ostream& out_;
  bool json_;
};

void Translator::predict(const Stream& stream, const PredictOptions& options) {
  if (beam_.n_best > beam_.width)
    throw Error(fmt::format("{} answers of a beam of {}", beam_.n_best, beam_.width),
                "--beam must be at least --best");
  const Answers answers(*this, stream.out, options);
  const auto read = [&](const auto& take) {
    LineReader reader(stream.in, options.file);
    while (const auto line = reader.next()) {
      expect_text(*line, options.file);
      if (!take(normal_form(line->text))) return;
    }
  };
  answer_together<std::string>(
      stream, lines_at_once, read,
      [&](const std::vector<std::string>& lines) { answers.write(lines); });
}

}  // namespace cadena
