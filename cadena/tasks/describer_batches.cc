// SPDX-License-Identifier: MIT
// Training, measuring and asking a describer.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "cadena/data/bleu.h"
#include "cadena/nn/decoder_stepper.h"
#include "cadena/tasks/describer.h"

namespace cadena {
namespace {

constexpr int64_t items_in_prediction = 32;
constexpr int most_words = 100;  // of an answer
constexpr size_t most_shown = 10;

// Marks that stand close to the word before them, and after them.
bool closes(std::string_view word) {
  static const std::unordered_set<std::string_view> marks{",", ".", ";", ":", "!", "?", "…",
                                                          ")", "]", "}", "»", "”", "%"};
  return marks.contains(word);
}
bool opens(std::string_view word) {
  static const std::unordered_set<std::string_view> marks{"(", "[", "{", "«", "“", "¿", "¡"};
  return marks.contains(word);
}

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && !closes(words[i]) && !opens(words[i - 1])) text += ' ';
    text += words[i];
  }
  return text;
}

}  // namespace

std::string Describer::normal_form(std::string_view sentence) const {
  return joined(words_of(sentence));
}

std::string Describer::text_of(const Sentence& sentence) const {
  std::vector<std::string> words;
  for (int32_t word : sentence) words.push_back(words_.text(word));
  return joined(words);
}

Tensor Describer::seen(std::span<const Captioned* const> items) const {
  const auto count = std::ssize(items);
  const ImageShape image = image_shape();
  const Tensor all =
      Tensor::unset(data_.kind == "image" ? Shape{count, image.height, image.width, image.channels}
                                          : Shape{count, static_cast<int64_t>(scale_.size())});
  float* to = all.data();
  for (const Captioned* item : items) to = std::ranges::copy(item->values, to).out;
  return all;
}

int64_t Describer::start_epoch(Rng& rng) {
  order_.resize(train_.items.size());
  std::iota(order_.begin(), order_.end(), 0);
  rng.shuffle(order_);
  return (std::ssize(order_) + data_.batch - 1) / data_.batch;
}

// Every sentence of each member, longest first. Words that are not known are read, but not learnt.
Decoder::Target Describer::target(std::span<const int> members) const {
  struct Said {
    int32_t source;
    const Sentence* words;
  };
  std::vector<Said> all;
  for (size_t b = 0; b < members.size(); ++b)
    for (const Sentence& sentence : train_.sentences[static_cast<size_t>(members[b])])
      all.push_back({static_cast<int32_t>(b), &sentence});
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [](const Said& said) { return said.words->size(); });
  Decoder::Target target;
  std::vector<int> lengths;
  for (const Said& said : all) {
    lengths.push_back(static_cast<int>(said.words->size()) + 1);
    target.source.push_back(said.source);
  }
  target.layout = Layout(lengths);
  for (int t = 0; t < target.layout.steps(); ++t)
    for (int b = 0; b < target.layout.width(t); ++b) {
      const Sentence& words = *all[static_cast<size_t>(b)].words;
      const auto at = static_cast<size_t>(t);
      target.inputs.push_back(t == 0 ? boundary() : words[at - 1]);
      const int32_t next = at == words.size() ? boundary() : words[at];
      target.targets.push_back(next == Vocabulary::unknown ? -1 : next);
    }
  return target;
}

Trainee::Loss Describer::loss(int64_t batch) {
  const auto first = static_cast<size_t>(batch * data_.batch);
  const auto count = std::min(order_.size() - first, static_cast<size_t>(data_.batch));
  const std::span<const int> members = std::span(order_).subspan(first, count);
  std::vector<const Captioned*> items;
  for (int member : members) items.push_back(&train_.items[static_cast<size_t>(member)]);
  const Decoder::Target said = target(members);
  const Decoder::Source source = network_->look(seen(items));
  return {network_->decoder().loss(source, said), said.layout.sequences(), said.layout.rows(),
          said.layout.rows()};
}

std::vector<std::vector<Hypothesis>> Describer::answer(std::span<const Captioned> items) const {
  const DecoderStepper stepper(network_->decoder());
  std::vector<std::vector<Hypothesis>> answers;
  for (size_t first = 0; first < items.size(); first += items_in_prediction) {
    std::vector<const Captioned*> some;
    for (const Captioned& item :
         items.subspan(first, std::min<size_t>(items.size() - first, items_in_prediction)))
      some.push_back(&item);
    const std::vector<int> most(some.size(), most_words);
    for (std::vector<Hypothesis>& hypotheses :
         stepper.decode(network_->look(seen(some)), boundary(), boundary(), most, beam_))
      answers.push_back(std::move(hypotheses));
  }
  return answers;
}

std::vector<std::string> Describer::best_answers(std::span<const Captioned> items) const {
  std::vector<std::string> best;
  for (const std::vector<Hypothesis>& hypotheses : answer(items))
    best.push_back(text_of(hypotheses[0].symbols));
  return best;
}

double Describer::held_out_score() { return exact(held_out_, best_answers(held_out_)); }

Report Describer::evaluate(const std::string& path) {
  CaptionSet set = read(path);
  for (Captioned& item : set.items) scale_.apply(item.values);
  return score(set.items, best_answers(set.items));
}

bool Describer::is_exact(const Captioned& item, const std::string& answer) const {
  return std::ranges::any_of(
      item.sentences, [&](const std::string& sentence) { return normal_form(sentence) == answer; });
}

double Describer::exact(std::span<const Captioned> items,
                        std::span<const std::string> answers) const {
  int64_t right = 0;
  for (size_t i = 0; i < items.size(); ++i) right += is_exact(items[i], answers[i]);
  return 100 * static_cast<double>(right) / static_cast<double>(items.size());
}

Report Describer::score(std::span<const Captioned> items,
                        std::span<const std::string> answers) const {
  Bleu bleu({.lowercase = data_.lowercase});
  Json errors = Json::array();
  std::string wrong;
  size_t count = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    bleu.add(answers[i], items[i].sentences);
    if (is_exact(items[i], answers[i])) continue;
    if (++count <= most_shown)
      wrong += fmt::format("  {}\n    said      {}\n    expected  {}\n", items[i].name, answers[i],
                           items[i].sentences[0]);
    Json sentences = Json::array();
    for (const std::string& sentence : items[i].sentences) sentences.push(sentence);
    errors.push(Json::object(
        {{"item", items[i].name}, {"said", answers[i]}, {"expected", std::move(sentences)}}));
  }
  Report report{.score = exact(items, answers)};
  report.text = fmt::format("exact               {:.2f} %  ({} of {})\n{}", report.score,
                            items.size() - count, items.size(), bleu.report());
  if (count > 0)
    report.text += fmt::format("wrong, {} of {}:\n{}", std::min(count, most_shown), count, wrong);
  report.json = Json::object({{"schema_version", 1},
                              {"task", "describe"},
                              {"exact", report.score},
                              {"right", items.size() - count},
                              {"items", items.size()},
                              {"bleu", bleu.json()},
                              {"errors", std::move(errors)}});
  return report;
}

}  // namespace cadena
