// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cadena/data/tags.h"
#include "cadena/tasks/tagger.h"
#include "tests/support/scratch.h"

namespace cadena {

struct Marked {
  std::vector<std::string> words, classes, tags;  ///< tags in IOB2
};

/// Reads "[PER Ana Ruiz] vive en [LOC Lima] .".
inline Marked marked(const std::string& text) {
  static const std::map<std::string, std::string> classes{{".", "Fp"}, {"en", "SP"},  {"a", "SP"},
                                                          {"y", "CC"}, {"Hoy", "RG"}, {"no", "RG"}};
  Marked sentence;
  std::istringstream in(text);
  std::string type, tag = "O";
  for (std::string word; in >> word;) {
    if (word.front() == '[') {
      type = word.substr(1);
      tag = "B-" + type;
      continue;
    }
    const bool last = word.back() == ']';
    if (last) word.pop_back();
    const auto known = classes.find(word);
    const std::string plain = known == classes.end() ? "VM" : known->second;
    sentence.words.push_back(word);
    sentence.classes.push_back(tag == "O" ? plain : "NP");
    sentence.tags.push_back(tag);
    if (tag != "O") tag = last ? "O" : "I-" + type;
  }
  return sentence;
}

/// Forty sentences with three types of entities; a name is always of the same type.
inline std::vector<Marked> tiny_corpus() {
  const char* people[] = {"Ana Ruiz", "Luis", "Íñigo Peña", "Eva Gil Mas"};
  const char* places[] = {"Lima", "La Paz", "Perú", "Cádiz"};
  const char* companies[] = {"Telefónica", "Cruz Roja", "Iberia", "Renfe"};
  std::vector<Marked> all;
  for (size_t i = 0; i < 40; ++i) {
    const std::string person = std::string("[PER ") + people[i / 5 % 4] + "]";
    const std::string place = std::string("[LOC ") + places[(i / 5 + i) % 4] + "]";
    const std::string company = std::string("[ORG ") + companies[(i + i / 20) % 4] + "]";
    const std::string sentences[] = {
        person + " vive en " + place + " .", company + " abre en " + place + " .",
        "Hoy habla " + person + " .", person + " trabaja en " + company + " y viaja a " + place,
        "Hoy no llueve ."};
    all.push_back(marked(sentences[i % 5]));
  }
  return all;
}

/// Words, classes and tags in columns. The lines end with `end`.
inline std::string to_conll(const std::vector<Marked>& sentences, Scheme scheme = Scheme::iob2,
                            const std::string& end = "\n") {
  std::string text;
  for (const Marked& sentence : sentences) {
    const std::vector<std::string> tags = convert(sentence.tags, scheme);
    for (size_t i = 0; i < tags.size(); ++i)
      text += sentence.words[i] + " " + sentence.classes[i] + " " + tags[i] + end;
    text += end;
  }
  return text;
}

using Values = std::vector<std::pair<std::string, std::string>>;

/// Settings of a tagger that learns the corpus above in a blink.
inline const Values small{{"model.word_size", "12"},     {"model.hidden", "12"},
                          {"model.character_size", "6"}, {"model.character_hidden", "6"},
                          {"model.dropout", "0.1"},      {"train.rate", "0.02"},
                          {"train.average", "0.8"},      {"train.decay", "constant"},
                          {"train.patience", "0"},       {"data.rows", "60"}};

inline Values operator+(Values values, const Values& more) {
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

/// A tagger that is trained from files.
struct Training {
  Tagger tagger;
  TrainOptions options;
  TrainResult result;

  Training(
      const Values& values, const std::string& file,
      const std::optional<std::string>& held_out = {},
      const Watch& watch = [](const Progress&) { return true; }) {
    Settings settings = settings_of(tagger, options);
    for (const auto& [key, value] : values) settings.set(key, value);
    Rng rng(options.seed);
    tagger.prepare(file, held_out, rng);
    result = train(tagger, options, watch);
  }

  /// The bytes of its model file.
  std::string saved() {
    const Scratch scratch;
    save_task(scratch.path("model"), tagger, options, false);
    return contents(scratch.path("model"));
  }
};

/// Ends a training when the held-out part has no fault.
inline bool until_perfect(const Progress& progress) {
  return !progress.epoch_done || progress.score < 100;
}

}  // namespace cadena
