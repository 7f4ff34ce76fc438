// SPDX-License-Identifier: MIT
// How good a translator is, and what it has to beat.
#include <fmt/format.h>

#include "cadena/data/bleu.h"
#include "cadena/data/chrf.h"
#include "cadena/data/rouge.h"
#include "cadena/tasks/translator.h"

namespace cadena {
namespace {

std::vector<std::string> sources_of(std::span<const TextReferences> texts) {
  std::vector<std::string> sources;
  for (const TextReferences& text : texts) sources.push_back(text.source);
  return sources;
}

}  // namespace

Trainee::Measure Translator::measure() const {
  if (data_.measure == "rouge") return {"ROUGE-L"};
  return {data_.measure == "chrf" ? "chrF" : "BLEU"};
}

double Translator::held_out_score() {
  return score(held_out_, {.width = 1, .length_power = 0}).score;
}

Report Translator::evaluate(const std::string& path) {
  std::vector<TextPair> pairs = read(path);
  const size_t count = pairs.size();
  const std::vector<TextReferences> texts = references_of(std::move(pairs));
  Report report = score(texts, beam_);
  const std::string of = texts.size() < count ? fmt::format(" of {} texts", texts.size()) : "";
  report.text += fmt::format("{} pairs{}; beam {}, length power {}\n", count, of, beam_.width,
                             beam_.length_power);
  report.json.push("pairs", static_cast<int64_t>(count));
  report.json.push("beam", beam_.width);
  report.json.push("length_power", beam_.length_power);
  return report;
}

Report Translator::score(std::span<const TextReferences> texts, const BeamOptions& beam) const {
  std::vector<std::string> outputs;
  for (const std::vector<Answer>& answers : answer(sources_of(texts), beam))
    outputs.push_back(answers.empty() ? "" : answers[0].text);
  return compare(texts, outputs);
}

Report Translator::compare(std::span<const TextReferences> texts,
                           std::span<const std::string> outputs) const {
  Bleu bleu({.tokenizer = data_.tokenizer, .lowercase = data_.lowercase});
  Chrf chrf;
  Rouge rouge;
  for (size_t i = 0; i < texts.size(); ++i) {
    bleu.add(outputs[i], texts[i].targets);
    chrf.add(outputs[i], texts[i].targets);
    rouge.add(outputs[i], texts[i].targets);
  }
  Report report{.score = bleu.result().score};
  if (data_.measure == "chrf") report.score = chrf.score();
  if (data_.measure == "rouge") report.score = rouge.result().rouge_l;
  report.text = fmt::format("{}{}{}", bleu.report(), chrf.report(), rouge.report());
  report.json = Json::object({{"schema_version", 1},
                              {"task", name()},
                              {"texts", static_cast<int64_t>(texts.size())},
                              {"bleu", bleu.json()},
                              {"chrf", chrf.json()},
                              {"rouge", rouge.json()}});
  return report;
}

std::vector<Baseline> Translator::baselines() const {
  const std::vector<std::string> sources = sources_of(held_out_);
  std::vector<std::string> leads;
  for (const std::string& source : sources) leads.emplace_back(first_words(source, lead_));
  return {{"the source itself", compare(held_out_, sources).score},
          {fmt::format("its first {} words", lead_), compare(held_out_, leads).score}};
}

}  // namespace cadena
