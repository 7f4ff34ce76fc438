// SPDX-License-Identifier: MIT
// Word vectors, long input, and what must never come out.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/data/conll.h"
#include "tests/support/checkout.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

class TaggerInput : public testing::Test {
 protected:
  /// A tagger with the weights it starts with.
  std::unique_ptr<Tagger> prepared(const Values& values) const {
    auto tagger = std::make_unique<Tagger>();
    TrainOptions options;
    Settings settings = settings_of(*tagger, options);
    for (const auto& [key, value] : small + values) settings.set(key, value);
    Rng rng(1);
    tagger->prepare(file_, file_, rng);
    return tagger;
  }

  /// The vector of a word, by the names that a model file has.
  static std::vector<float> row(Tagger& tagger, const std::string& word) {
    const Vocabulary words = Vocabulary::from_text(tagger.vocabularies()["tag.words"]);
    std::vector<float> found;
    Visitor visitor([&](const std::string& name, Tensor& parameter) {
      if (name != "words.weight") return;
      const float* begin = parameter.data() + words.id(word) * parameter.cols();
      found.assign(begin, begin + parameter.cols());
    });
    tagger.visit(visitor);
    return found;
  }

  static bool knows(const Tagger& tagger, const std::string& word) {
    return Vocabulary::from_text(tagger.vocabularies()["tag.words"]).id(word) !=
           Vocabulary::unknown;
  }

  const Scratch scratch_;
  const std::string file_ = scratch_.write("tiny.conll", to_conll(tiny_corpus()));
};

TEST_F(TaggerInput, WordVectorsAreTheFirstWeights) {
  for (const char* header : {"", "4 3\n"}) {
    const std::string vectors = scratch_.write(
        "v.vec", std::string(header) + "lima 1 2 3\ncuzco 4 5 6\níñigo -1 0.5 0\nmoquegua 7 8 9\n");
    const auto tagger = prepared({{"model.word_size", "3"}, {"data.vectors", vectors}});
    EXPECT_EQ(row(*tagger, "lima"), (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(row(*tagger, "íñigo"), (std::vector<float>{-1, 0.5f, 0}));
    EXPECT_EQ(row(*tagger, "cuzco"), (std::vector<float>{4, 5, 6})) << "not in the training data";
    EXPECT_EQ(row(*tagger, "moquegua"), (std::vector<float>{7, 8, 9}));
    const auto without = prepared({{"model.word_size", "3"}});
    EXPECT_FALSE(knows(*without, "cuzco"));
    EXPECT_NE(row(*without, "lima"), (std::vector<float>{1, 2, 3}));
  }
}

TEST_F(TaggerInput, SoManyWordsOfTheFileJoin) {
  const std::string vectors =
      scratch_.write("v.vec", "cuzco 4 5 6\nlima 1 2 3\nmoquegua 7 8 9\nluis 1 1 1\n");
  for (const auto& [most, first, second] :
       {std::tuple("0", false, false), std::tuple("1", true, false), std::tuple("2", true, true)}) {
    const auto tagger = prepared(
        {{"model.word_size", "3"}, {"data.vectors", vectors}, {"data.vector_words", most}});
    EXPECT_EQ(knows(*tagger, "cuzco"), first) << most;
    EXPECT_EQ(knows(*tagger, "moquegua"), second) << most;
    EXPECT_EQ(row(*tagger, "luis"), (std::vector<float>{1, 1, 1})) << "what is known always joins";
  }
}

TEST_F(TaggerInput, WordVectorsChangeNoOtherWord) {
  const std::string vectors = scratch_.write("v.vec", "<unk> 9 9 9\nlima 1 2 3\nlima 4 5 6\n");
  const auto tagger = prepared({{"model.word_size", "3"}, {"data.vectors", vectors}});
  const auto without = prepared({{"model.word_size", "3"}});
  EXPECT_EQ(row(*tagger, "luis"), row(*without, "luis"));
  EXPECT_EQ(row(*tagger, "lima"), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(tagger->vocabularies(), without->vocabularies());
}

TEST_F(TaggerInput, WordVectorsWithCapitalsServeTheLowerCaseTheFirstOfThemCounts) {
  const std::string vectors = scratch_.write("v.vec", "Lima 1 2 3\nlima 4 5 6\nQuito 7 8 9\n");
  const auto tagger = prepared({{"model.word_size", "3"}, {"data.vectors", vectors}});
  EXPECT_EQ(row(*tagger, "lima"), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(row(*tagger, "quito"), (std::vector<float>{7, 8, 9}));
}

TEST_F(TaggerInput, ATagColumnOfWordsIsRefused) {
  std::string text;
  for (int i = 0; i < 1300; ++i) text += "a w" + std::to_string(i) + "\n\n";
  try {
    Tagger tagger;
    Rng rng(1);
    tagger.prepare(scratch_.write("wide.conll", text), std::nullopt, rng);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "the column is set by data.tag_column");
  }
}

TEST_F(TaggerInput, AModelWithWordVectorsNeedsThemNoMore) {
  const std::string vectors = scratch_.write("v.vec", "lima 1 2 3\ncuzco 4 5 6\n");
  Training training(
      small + Values{{"model.word_size", "3"}, {"data.vectors", vectors}, {"train.epochs", "2"}},
      file_);
  save_task(scratch_.path("m"), training.tagger, training.options, false);
  std::filesystem::remove(vectors);
  const std::vector<std::vector<std::string>> sentences{{"Hoy", "habla", "Cuzco"}};
  EXPECT_EQ(dynamic_cast<Tagger&>(*load_task(scratch_.path("m"))).tag(sentences),
            training.tagger.tag(sentences));
}

TEST_F(TaggerInput, WordVectorsOfAnotherSizeAreRefused) {
  const std::string vectors = scratch_.write("v.vec", "lima 1 2 3\n");
  try {
    prepared({{"model.word_size", "4"}, {"data.vectors", vectors}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.place().file, vectors);
    EXPECT_EQ(error.place().line, 1);
    EXPECT_EQ(error.message(), "the vectors have 3 values, the model expects 4");
    EXPECT_EQ(error.hint(), "set model.word_size = 3");
  }
}

TEST_F(TaggerInput, ASentenceMayHaveThreeThousandTokens) {
  std::string text, conll;
  std::vector<std::string> words;
  for (int i = 0; i < 3000; ++i) words.push_back(i % 7 ? "vive" : "Íñigo" + std::to_string(i));
  for (const std::string& word : words) {
    text += word + " ";
    conll += word + (word == "vive" ? " O\n" : " B-PER\n");
  }
  const auto tagger = prepared({});
  EXPECT_EQ(tagger->tag({words})[0].size(), 3000u);
  for (const auto& [input, form] : {std::pair(text, "text"), std::pair(conll, "conll")}) {
    std::istringstream in(input);
    std::ostringstream out;
    tagger->predict({in, [] { return true; }, out}, {.input = form, .output = "conll"});
    const std::string answer = out.str();
    EXPECT_EQ(std::ranges::count(answer, '\n'), 3001);
  }
  const std::string file = scratch_.write("long.conll", conll + "\n" + conll);
  EXPECT_EQ(Training(small + Values{{"train.epochs", "2"}}, file, file).result.epochs, 2);
}

TEST_F(TaggerInput, AWordMayHaveTenThousandCharacters) {
  for (const char* reader : {"lstm", "convolution", "none"}) {
    const auto tagger = prepared({{"model.characters", reader}});
    const std::string word = std::string(10000, 'x');
    EXPECT_EQ(tagger->tag({{"Hoy", word, "habla"}})[0].size(), 3u) << reader;
  }
}

TEST_F(TaggerInput, NoTokensAreNoFault) {
  const auto tagger = prepared({});
  EXPECT_TRUE(tagger->tag({}).empty());
  const auto labels = tagger->tag({{}, {"Hoy"}, {}});
  EXPECT_TRUE(labels[0].empty() && labels[2].empty());
  EXPECT_EQ(labels[1].size(), 1u);
}

TEST_F(TaggerInput, PredictionsAreLegalWhateverTheWeights) {
  const Table table = read_conll(in_checkout("data/ner-es/dev.conll"), {{1, -1}});
  std::vector<std::vector<std::string>> sentences;
  for (const Sentence& sentence : table.sentences) sentences.push_back(sentence.fields[0]);
  const auto tagger = prepared({});
  Rng rng(4);
  for (float size : {1.0f, 5.0f, 30.0f}) {
    Visitor noise([&](const std::string&, Tensor& parameter) {
      for (float& value : parameter.values()) value = size * rng.normal();
    });
    tagger->visit(noise);
    std::set<std::string> seen;
    for (const std::vector<std::string>& tags : tagger->tag(sentences)) {
      EXPECT_TRUE(tag_faults(tags, Scheme::iob2).empty());
      seen.insert(tags.begin(), tags.end());
    }
    EXPECT_GT(seen.size(), 3u) << "not all is O";
  }
}

Crf::Legal legal(const std::vector<std::string>& labels) {
  return [&](std::optional<int> from, std::optional<int> to) {
    const auto text = [&](std::optional<int> id) {
      return id ? std::string_view(labels[static_cast<size_t>(*id)]) : std::string_view();
    };
    return legal_transition(Scheme::bioes, text(from), text(to));
  };
}

/// What a network with the weights of a tagger says of one sentence, in BIOES.
std::vector<std::string> decode(const TaggerNetwork& network, const Vocabulary& words,
                                const std::vector<std::string>& labels,
                                const std::vector<std::string>& sentence) {
  TaggerBatch batch;
  batch.sentences = Layout(std::vector<int>{static_cast<int>(sentence.size())});
  for (const std::string& word : sentence) batch.words.words.push_back(words.id(word));
  std::vector<std::string> tags;
  const std::vector<int32_t> ids = network.decode(batch)[0];
  for (int32_t id : ids) tags.push_back(labels[static_cast<size_t>(id)]);
  return tags;
}

// The same below: the labels that the field itself decodes, before they become IOB2.
TEST_F(TaggerInput, TheFieldDecodesOnlyLegalSequences) {
  const auto tagger = prepared({{"model.characters", "none"}, {"data.lowercase", "false"}});
  auto texts = tagger->vocabularies();
  const Vocabulary words = Vocabulary::from_text(texts["tag.words"]);
  const std::vector<std::string> labels{"B-LOC", "B-ORG", "B-PER", "E-LOC", "E-ORG",
                                        "E-PER", "I-LOC", "I-ORG", "I-PER", "O",
                                        "S-LOC", "S-ORG", "S-PER"};
  ASSERT_EQ(texts["tag.labels"], joined(labels, "\n"));
  Rng rng(9), blank = Rng::blank();
  TaggerNetwork network({.words = {.word_size = 12, .characters = "none"}, .hidden = 12},
                        {words.size(), 1, {{13, legal(labels)}}}, blank);
  for (const Tensor& weight : parameters(*tagger))
    for (float& value : weight.values()) value = 10 * rng.normal();
  const std::vector<Tensor> from = parameters(*tagger), to = parameters(network);
  for (size_t i = 0; i < to.size(); ++i) std::ranges::copy(from.at(i).values(), to[i].data());
  for (const Marked& sentence : tiny_corpus()) {
    const std::vector<std::string> tags = decode(network, words, labels, sentence.words);
    EXPECT_TRUE(tag_faults(tags, Scheme::bioes).empty());
    EXPECT_EQ(tagger->tag({sentence.words})[0], convert(tags, Scheme::iob2));
  }
}

}  // namespace
}  // namespace cadena
