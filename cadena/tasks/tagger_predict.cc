// SPDX-License-Identifier: MIT
// Streams of text or tokens through a tagger.
#include <algorithm>
#include <array>
#include <deque>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/data/conll.h"
#include "cadena/data/lines.h"
#include "cadena/data/tags.h"
#include "cadena/data/tokenizer.h"
#include "cadena/tasks/tagger.h"

namespace cadena {
namespace {

// So many tokens are answered together at most, however many are waiting.
constexpr size_t tokens_at_once = 8192;

// One line of text, or one sentence that came as tokens. Tokens are views of `text`: it must not
// move.
struct Item {
  std::string text;
  std::vector<Token> tokens;
  std::vector<std::pair<size_t, size_t>> sentences;  // ranges of tokens
  std::vector<std::vector<std::string>> labels;      // [columns], of all tokens, once it is tagged
};

void read_text(std::string_view line, Item& item) {
  item.text = line;
  item.tokens = tokenize(item.text);
  item.sentences = split_sentences(item.tokens);
}

// Tokens joined by spaces.
void read_tokens(const std::vector<std::string>& words, Item& item) {
  item.text = joined(words, " ");
  size_t byte = 0, place = 0;
  for (const std::string& word : words) {
    const std::string_view text = std::string_view(item.text).substr(byte, word.size());
    const size_t points = static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    item.tokens.push_back({text, place, place + points});
    byte += word.size() + 1;
    place += points + 1;
  }
  item.sentences = {{0, words.size()}};
}

// The entities of a column of an item, in tokens. Labels that are no spans count one by one.
std::vector<Entity> entities_of(const Item& item, size_t column, bool spans) {
  const std::vector<std::string>& labels = item.labels[column];
  std::vector<Entity> all;
  if (!spans) {
    for (size_t i = 0; i < labels.size(); ++i)
      all.push_back({static_cast<int>(i), static_cast<int>(i) + 1, labels[i]});
    return all;
  }
  for (const auto& [first, last] : item.sentences)
    for (Entity entity : entities(std::span(labels).subspan(first, last - first))) {
      entity.begin += static_cast<int>(first);
      entity.end += static_cast<int>(first);
      all.push_back(std::move(entity));
    }
  return all;
}

void write_conll(const Item& item, std::ostream& out) {
  for (const auto& [first, last] : item.sentences) {
    for (size_t i = first; i < last; ++i) {
      const std::string_view token = item.tokens[i].text;
      const char separator = token.find(' ') == token.npos ? ' ' : '\t';
      out << token;
      for (const std::vector<std::string>& labels : item.labels) out << separator << labels[i];
      out << '\n';
    }
    out << '\n';
  }
}

std::string_view part(const Item& item, const Entity& entity) {
  const std::string_view first = item.tokens[static_cast<size_t>(entity.begin)].text;
  const std::string_view last = item.tokens[static_cast<size_t>(entity.end) - 1].text;
  return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
}

// The entities of the first column are "ents", those of the second "ents_2" ...
void write_json(const Item& item, const std::vector<TagSet>& columns, std::ostream& out) {
  Json line = Json::object({{"text", item.text}});
  for (size_t k = 0; k < columns.size(); ++k) {
    Json found = Json::array();
    for (const Entity& entity : entities_of(item, k, columns[k].spans()))
      found.push(Json::object({{"start", item.tokens[static_cast<size_t>(entity.begin)].begin},
                               {"end", item.tokens[static_cast<size_t>(entity.end) - 1].end},
                               {"label", entity.type},
                               {"text", part(item, entity)}}));
    line.push(k == 0 ? "ents" : "ents_" + std::to_string(k + 1), std::move(found));
  }
  out << line.dump() << '\n';
}

// The line itself with the entities of the first column marked: [PER Ana Ruiz], or in the colour of
// the type.
void write_marked(const Item& item, const TagSet& tags, bool colour, std::ostream& out) {
  constexpr std::array hues{"36", "32", "35",
                            "33", "34", "31"};  // cyan, green, magenta, yellow, blue, red
  const std::vector<std::string> types = tags.types();
  const char* at = item.text.data();
  for (const Entity& entity : entities_of(item, 0, tags.spans())) {
    const std::string_view text = part(item, entity);
    out.write(at, text.data() - at);
    const auto type = std::ranges::find(types, entity.type) - types.begin();
    if (colour)
      out << "\x1b[1;" << hues[static_cast<size_t>(type) % hues.size()] << 'm' << text
          << "\x1b[0;2m/" << entity.type << "\x1b[0m";
    else
      out << '[' << entity.type << ' ' << text << ']';
    at = text.data() + text.size();
  }
  out.write(at, item.text.data() + item.text.size() - at) << '\n';
}

// Collects what is waiting and answers it in one batch.
class Answers {
 public:
  Answers(const Tagger& tagger, const std::vector<TagSet>& columns, const Stream& stream,
          const PredictOptions& options)
      : tagger_(tagger), columns_(columns), stream_(stream), options_(options) {}

  // Fills an item by `read`. False when nobody takes the answers any more.
  template <class Read>
  bool take(const Read& read) {
    Item& item = waiting_.emplace_back();
    read(item);
    tokens_ += item.tokens.size();
    if (tokens_ >= tokens_at_once || !stream_.ready()) answer();
    return static_cast<bool>(stream_.out);
  }

  void answer() {
    const std::vector<Tagger::Sentences> labels = tagger_.tag_columns(waiting_sentences());
    size_t next = 0;
    for (Item& item : waiting_) {
      item.labels.resize(labels.size());
      for (size_t i = 0; i < item.sentences.size(); ++i, ++next)
        for (size_t k = 0; k < labels.size(); ++k)
          item.labels[k].insert(item.labels[k].end(), labels[k][next].begin(),
                                labels[k][next].end());
      write(item);
    }
    stream_.out.flush();
    waiting_.clear();
    tokens_ = 0;
  }

 private:
  std::vector<std::vector<std::string>> waiting_sentences() const {
    std::vector<std::vector<std::string>> sentences;
    for (const Item& item : waiting_)
      for (const auto& [first, last] : item.sentences) {
        std::vector<std::string>& words = sentences.emplace_back();
        for (size_t i = first; i < last; ++i) words.emplace_back(item.tokens[i].text);
      }
    return sentences;
  }

  void write(const Item& item) const {
    if (options_.output == "conll") write_conll(item, stream_.out);
    if (options_.output == "jsonl") write_json(item, columns_, stream_.out);
    if (options_.output == "text")
      write_marked(item, columns_.front(), options_.colour, stream_.out);
  }

  const Tagger& tagger_;
  const std::vector<TagSet>& columns_;
  const Stream& stream_;
  const PredictOptions& options_;
  std::deque<Item> waiting_;
  size_t tokens_ = 0;
};

void take_sentences(const Stream& stream, const std::string& file, int column, Answers& answers) {
  ConllReader reader(stream.in, file, {{column}});
  while (const auto sentence = reader.next())
    if (!answers.take([&](Item& item) { read_tokens(sentence->fields[0], item); })) return;
}

void take_lines(const Stream& stream, const std::string& file, Answers& answers) {
  LineReader reader(stream.in, file);
  while (const auto line = reader.next()) {
    expect_text(*line, file);
    if (!answers.take([&](Item& item) { read_text(line->text, item); })) return;
  }
}

}  // namespace

void Tagger::predict(const Stream& stream, const PredictOptions& options) {
  Answers answers(*this, columns_, stream, options);
  try {
    if (options.input == "conll")
      take_sentences(stream, options.file, data_.word_column, answers);
    else
      take_lines(stream, options.file, answers);
  } catch (const Error&) {  // what came before the fault is answered all the same
    answers.answer();
    throw;
  }
  answers.answer();
}

}  // namespace cadena
