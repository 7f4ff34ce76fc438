// SPDX-License-Identifier: MIT
#include "cadena/tasks/tagger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cadena/base/error.h"
#include "cadena/data/conll.h"
#include "tests/support/bits.h"
#include "tests/support/cells.h"
#include "tests/support/checkout.h"
#include "tests/support/threads.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using Sentences = std::vector<std::vector<std::string>>;

Sentences words_of(const std::vector<Marked>& corpus) {
  Sentences all;
  for (const Marked& sentence : corpus) all.push_back(sentence.words);
  return all;
}

Sentences tags_of(const std::vector<Marked>& corpus) {
  Sentences all;
  for (const Marked& sentence : corpus) all.push_back(sentence.tags);
  return all;
}

std::string ner_es(const std::string& name) { return in_checkout("data/ner-es/" + name); }

const Values two_epochs = small + Values{{"train.epochs", "2"}};

class TaggerTest : public testing::Test {
 protected:
  const std::vector<Marked> corpus_ = tiny_corpus();
  const Scratch scratch_;
  const std::string file_ = scratch_.write("tiny.conll", to_conll(corpus_));
};

TEST_F(TaggerTest, LearnsATinyCorpus) {
  ASSERT_EQ(corpus_.size(), 40u);
  const Training training(small + Values{{"train.epochs", "60"}}, file_, file_, until_perfect);
  EXPECT_EQ(training.result.best, 100);
  EXPECT_EQ(training.tagger.tag(words_of(corpus_)), tags_of(corpus_));
}

TEST_F(TaggerTest, EveryCellAndEveryReaderOfCharactersLearns) {
  std::vector<Values> models;
  for (const std::string& cell : cells_of_each_kind()) {
    models.push_back({{"model.cell", cell}});
    models.push_back({{"model.characters", cell}});
  }
  models.push_back({{"model.characters", "convolution"}});
  models.push_back({{"model.characters", "none"}});
  models.push_back({{"model.layers", "2"}});
  for (const Values& model : models) {
    Training training(small + Values{{"train.epochs", "60"}} + model, file_, file_, until_perfect);
    EXPECT_EQ(training.result.best, 100) << model[0].first << " " << model[0].second;
    save_task(scratch_.path("m"), training.tagger, training.options, true);
    EXPECT_EQ(dynamic_cast<Tagger&>(*load_task(scratch_.path("m"))).tag(words_of(corpus_)),
              tags_of(corpus_));
  }
}

TEST_F(TaggerTest, SavedAndLoadedItIsTheSame) {
  Training training(two_epochs, file_);
  save_task(scratch_.path("a"), training.tagger, training.options, false);
  const std::unique_ptr<Task> task = load_task(scratch_.path("a"));
  EXPECT_EQ(task->name(), "tag");
  const auto& loaded = dynamic_cast<const Tagger&>(*task);
  const Sentences strange{{"Nadie", "conoce", "Ñuñoa"}, {"🙂"}, {"\\", "\x01\x02"}, {"Ana"}};
  EXPECT_EQ(loaded.tag(words_of(corpus_)), training.tagger.tag(words_of(corpus_)));
  EXPECT_EQ(loaded.tag(strange), training.tagger.tag(strange));
  EXPECT_EQ(loaded.vocabularies(), training.tagger.vocabularies());
  save_task(scratch_.path("b"), *task, training.options, false);
  EXPECT_EQ(contents(scratch_.path("b")), contents(scratch_.path("a")));
}

TEST_F(TaggerTest, AnySchemeOrFormOfTheFileGivesTheSameModel) {
  const std::string bits = Training(two_epochs, file_, file_).saved();
  std::string tabs = to_conll(corpus_);
  std::ranges::replace(tabs, ' ', '\t');
  const std::pair<const char*, std::string> forms[] = {
      {"IOB1", to_conll(corpus_, Scheme::iob1)},
      {"BIOES", to_conll(corpus_, Scheme::bioes)},
      {"CRLF", to_conll(corpus_, Scheme::iob2, "\r\n")},
      {"BOM", "\xef\xbb\xbf" + to_conll(corpus_)},
      {"tabs", tabs},
      {"documents", "-DOCSTART- -X- O\n\n\n" + to_conll(corpus_)}};
  for (const auto& [name, text] : forms) {
    const std::string file = scratch_.write("form.conll", text);
    EXPECT_TRUE(Training(two_epochs, file, file_).saved() == bits) << name;
    EXPECT_TRUE(Training(two_epochs, file, file).saved() == bits) << name << ", held out too";
  }
}

TEST_F(TaggerTest, MeasuresInTheSchemeOfTheFile) {
  Training training(small + Values{{"train.epochs", "60"}}, file_, file_, until_perfect);
  ASSERT_EQ(training.result.best, 100);
  for (Scheme scheme : {Scheme::iob1, Scheme::iob2, Scheme::bioes}) {
    const std::string file = scratch_.write("scheme.conll", to_conll(corpus_, scheme));
    const Report report = training.tagger.evaluate(file);
    EXPECT_EQ(report.score, 100) << name(scheme);
    EXPECT_EQ(report.json.find("accuracy")->to_double(), 1) << name(scheme);
  }
}

TEST_F(TaggerTest, ColumnsAreChosen) {
  std::string text;
  for (const Marked& sentence : corpus_) {
    for (size_t i = 0; i < sentence.words.size(); ++i)
      text += sentence.classes[i] + " " + sentence.tags[i] + " " + sentence.words[i] + " x\n";
    text += "\n";
  }
  const std::string file = scratch_.write("moved.conll", text);
  const Training moved(two_epochs + Values{{"data.word_column", "-2"}, {"data.tag_column", "2"}},
                       file, file);
  const Training usual(two_epochs, file_, file_);
  EXPECT_EQ(moved.result.best, usual.result.best);
  EXPECT_EQ(moved.tagger.tag(words_of(corpus_)), usual.tagger.tag(words_of(corpus_)));
}

TEST_F(TaggerTest, PlainLabelsAreLearnt) {
  Sentences classes;
  for (const Marked& sentence : corpus_) classes.push_back(sentence.classes);
  Training training(small + Values{{"train.epochs", "60"}, {"data.tag_column", "2"}}, file_, file_,
                    until_perfect);
  EXPECT_EQ(training.result.best, 100) << "the score is the share of right labels";
  EXPECT_EQ(training.tagger.tag(words_of(corpus_)), classes);
  const Report report = training.tagger.evaluate(file_);
  EXPECT_EQ(report.score, 100);
  EXPECT_EQ(report.json.find("accuracy")->to_double(), 1);
  save_task(scratch_.path("m"), training.tagger, training.options, false);
  EXPECT_EQ(dynamic_cast<Tagger&>(*load_task(scratch_.path("m"))).tag(words_of(corpus_)), classes);
}

TEST_F(TaggerTest, WithoutHeldOutDataATenthIsKeptBack) {
  const Training training(two_epochs, file_);
  EXPECT_TRUE(training.tagger.summary().starts_with("36 sentences, ")) << training.tagger.summary();
  EXPECT_NE(training.tagger.summary().find("; 4 held out\n"), std::string::npos);
  const Training given(two_epochs, file_, file_);
  EXPECT_TRUE(given.tagger.summary().starts_with("40 sentences, "));
  EXPECT_NE(given.tagger.summary().find("; 40 held out\n"), std::string::npos);
}

TEST_F(TaggerTest, RareWordsAreUnknown) {
  const std::string file =
      scratch_.write("rare.conll", to_conll(corpus_) + "Hápax x O\n\n" + to_conll(corpus_));
  const auto words = [&](const char* min_count) {
    return Training(two_epochs + Values{{"data.min_count", min_count}}, file, file)
        .tagger.vocabularies()["tag.words"];
  };
  EXPECT_NE(words("1").find("\nhápax\t1\n"), std::string::npos);
  EXPECT_EQ(words("2").find("hápax"), std::string::npos);
  EXPECT_TRUE(words("2").starts_with("<unk>\t1\n")) << words("2");
}

TEST_F(TaggerTest, WordsAreKnownByTheirLowerCaseIfSo) {
  const auto words = [&](const char* lowercase) {
    return Training(two_epochs + Values{{"data.lowercase", lowercase}}, file_)
        .tagger.vocabularies()["tag.words"];
  };
  EXPECT_NE(words("true").find("\níñigo\t"), std::string::npos);
  EXPECT_EQ(words("true").find("Íñigo"), std::string::npos);
  EXPECT_NE(words("false").find("\nÍñigo\t"), std::string::npos);
}

// Enough words and tokens for several blocks of work in every kernel.
TEST(TaggerTraining, TheBitsDoNotDependOnThreads) {
  const Values values = two_epochs + Values{{"model.word_size", "24"},
                                            {"model.hidden", "24"},
                                            {"model.dropout", "0.5"},
                                            {"data.rows", "1000"}};
  std::string one;
  for (int count : {1, 2, 3, 4, 1}) {
    const ThreadScope scope(count);
    const std::string bits = Training(values, ner_es("dev.conll")).saved();
    if (one.empty()) one = bits;
    EXPECT_TRUE(bits == one) << count << " threads";
  }
}

TEST(TaggerTraining, AnotherSeedGivesOtherBits) {
  const Scratch scratch;
  const std::string file = scratch.write("tiny.conll", to_conll(tiny_corpus()));
  EXPECT_NE(Training(two_epochs, file).saved(),
            Training(two_epochs + Values{{"train.seed", "2"}}, file).saved());
}

TEST(TaggerTraining, LearnsFromTheCorpusOfTheRepository) {
  Training training(two_epochs + Values{{"model.hidden", "20"}, {"data.rows", "200"}},
                    ner_es("train.conll"), ner_es("dev.conll"));
  EXPECT_EQ(training.result.epochs, 2);
  EXPECT_GT(training.result.best, 25);
  const Report report = training.tagger.evaluate(ner_es("dev.conll"));
  EXPECT_EQ(report.score, training.result.best) << "the weights are those of the best epoch";
  EXPECT_TRUE(report.text.starts_with("processed 4312 tokens with 412 phrases; found: "));
  for (const char* part : {"\naccuracy: ", "; FB1: ", "\n              LOC: precision: ",
                           "\n              PER: precision: "})
    EXPECT_NE(report.text.find(part), std::string::npos) << part << " in " << report.text;
  EXPECT_NEAR(report.json.find("f1")->to_double(), report.score / 100, 1e-12);
  EXPECT_EQ(report.json.find("tokens")->to_int(), 4312);
  EXPECT_EQ(report.json.find("phrases")->to_int(), 412);
  EXPECT_EQ(report.json.find("types")->members().size(), 4u);
  EXPECT_EQ(report.json.find("schema_version")->to_int(), 1);
}

}  // namespace
}  // namespace cadena
