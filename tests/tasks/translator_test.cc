// SPDX-License-Identifier: MIT
#include "cadena/tasks/translator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "cadena/data/bleu.h"
#include "cadena/data/chrf.h"
#include "cadena/data/lines.h"
#include "cadena/data/rouge.h"
#include "tests/support/cells.h"
#include "tests/support/threads.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

const char* const kinds[] = {"word", "subword", "character"};

/// Settings of a translator that learns a tiny language in a blink.
const Values quick{{"model.hidden", "24"},     {"model.dropout", "0"},  {"data.unit", "word"},
                   {"data.merges", "20"},      {"data.min_count", "1"}, {"data.batch", "16"},
                   {"data.tokenizer", "none"}, {"train.steps", "0"},    {"train.epochs", "20"},
                   {"train.rate", "0.01"},     {"train.average", "0"},  {"train.patience", "0"},
                   {"train.clip", "1"}};
const Values once{{"train.epochs", "1"}};
const Values by_chrf{{"data.measure", "chrf"}};  // BLEU is 0 for sentences of three words

/// A translator that is trained from a file.
struct Learner {
  Translator task;
  TrainOptions options = task.train_defaults();
  TrainResult result;

  Learner(const Values& values, const std::string& file,
          const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : quick + values) settings.set(key, value);
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
    result = train(task, options,
                   [](const Progress& now) { return !now.epoch_done || now.score < 99.9; });
  }

  std::string saved() {
    const Scratch scratch;
    save_task(scratch.path("model"), task, options, false);
    return contents(scratch.path("model"));
  }
};

std::string answer(
    Task& task, const std::string& input, const Values& values = {},
    const std::string& form = "text", const std::function<bool()>& ready = [] { return true; }) {
  const Values plain{{"beam", "5"}, {"length_power", "1"}, {"best", "1"}};
  Settings settings;
  task.add_answer_settings(settings);
  for (const auto& [key, value] : plain + values) settings.set(key, value);
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, ready, out}, {.input = "text", .output = form, .file = "x"});
  return out.str();
}

/// Sentences in a language of eight words, and in another one that says its last word first.
struct TinyLanguage {
  std::string sources, targets, table;

  explicit TinyLanguage(int count, uint64_t seed = 3) {
    const char* words[] = {"uno", "dos", "tres", "rojo", "azul", "gato", "perro", "ñandú"};
    const char* others[] = {"one", "two", "three", "red", "blue", "cat", "dog", "rhea"};
    Rng rng(seed);
    for (int i = 0; i < count; ++i) {
      std::vector<uint32_t> said(1 + rng.below(3));
      for (uint32_t& word : said) word = rng.below(8);
      std::string source, target;
      for (uint32_t word : said) source += std::string(source.empty() ? "" : " ") + words[word];
      std::rotate(said.begin(), said.end() - 1, said.end());
      for (uint32_t word : said) target += std::string(target.empty() ? "" : " ") + others[word];
      sources += source + "\n";
      targets += target + "\n";
      table += source + "\t" + target + "\n";
    }
  }
};

class TranslatorTest : public testing::Test {
 protected:
  std::string two_files(const TinyLanguage& text) const {
    return scratch_.write("a.es", text.sources) + "," + scratch_.write("a.en", text.targets);
  }

  const Scratch scratch_;
  const TinyLanguage language_{300};
  const std::string file_ = scratch_.write("pairs.tsv", language_.table);
};

TEST_F(TranslatorTest, LearnsALanguage) {
  for (const char* kind : kinds) {
    SCOPED_TRACE(kind);
    Learner learner(by_chrf + Values{{"data.unit", kind}, {"train.epochs", "40"}}, file_, file_);
    EXPECT_GT(learner.result.best, 95);
    EXPECT_EQ(answer(learner.task, "gato azul\nuno\nperro rojo tres\n"),
              "blue cat\none\nthree dog red\n");
  }
}

TEST_F(TranslatorTest, EveryModelLearns) {
  std::vector<Values> models{{{"model.attention", "dot"}},
                             {{"model.attention", "additive"}},
                             {{"model.attention", "none"}},
                             {{"model.feed", "false"}},
                             {{"model.tied", "false"}, {"model.size", "10"}},
                             {{"model.copy", "true"}},
                             {{"model.layers", "2"}},
                             {{"model.sampling", "0.2"}},
                             {{"data.joint", "true"}},
                             {{"data.joint", "true"}, {"model.copy", "true"}}};
  for (const std::string& cell : cells_of_each_kind()) models.push_back({{"model.cell", cell}});
  for (const Values& model : models) {
    SCOPED_TRACE(model[0].first + " = " + model[0].second);
    Learner learner(by_chrf + model, file_, file_);
    EXPECT_GT(learner.result.best, 80);
    save_task(scratch_.path("m"), learner.task, learner.options, true);
    EXPECT_EQ(load_task(scratch_.path("m"))->evaluate(file_).json,
              learner.task.evaluate(file_).json);
  }
}

TEST_F(TranslatorTest, SavedAndLoadedItIsTheSame) {
  for (const char* kind : kinds) {
    Learner learner(Values{{"data.unit", kind}, {"model.copy", "true"}} + once, file_);
    save_task(scratch_.path("a"), learner.task, learner.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("a"));
    EXPECT_EQ(loaded->name(), "translate");
    EXPECT_EQ(loaded->vocabularies(), learner.task.vocabularies());
    EXPECT_EQ(answer(*loaded, "gato\n\nuno dos\n", {{"best", "3"}}, "jsonl"),
              answer(learner.task, "gato\n\nuno dos\n", {{"best", "3"}}, "jsonl"));
    save_task(scratch_.path("b"), *loaded, learner.options, true);
    EXPECT_EQ(contents(scratch_.path("b")), contents(scratch_.path("a")));
  }
}

TEST_F(TranslatorTest, TheBitsDoNotDependOnThreads) {
  std::string one, said;
  for (int count : {1, 2, 4}) {
    const ThreadScope scope(count);
    Learner learner(Values{{"model.hidden", "64"},
                           {"model.dropout", "0.3"},
                           {"model.sampling", "0.3"},
                           {"model.copy", "true"},
                           {"data.batch", "64"}} +
                        once,
                    file_, file_);
    const std::string bits = learner.saved();
    const std::string answers = answer(learner.task, language_.sources, {{"best", "2"}}, "jsonl");
    if (one.empty()) one = bits, said = answers;
    EXPECT_TRUE(bits == one) << count << " threads";
    EXPECT_TRUE(answers == said) << count << " threads";
  }
}

TEST_F(TranslatorTest, OneFileOrTwo) {
  const std::string bits = Learner(once, file_).saved(), both = two_files(language_);
  EXPECT_TRUE(Learner(once, both).saved() == bits);
  const std::string odd = scratch_.write("a,b,c.tsv", language_.table);
  EXPECT_TRUE(Learner(once, odd).saved() == bits) << "a comma in the name of a file";
  Learner learner(once, both, both);
  EXPECT_EQ(learner.task.evaluate(both).json, learner.task.evaluate(file_).json);
  EXPECT_EQ(learner.task.check(both, {}).json.find("pairs")->to_int(), 300);
  EXPECT_TRUE(learner.task.check(both, {.against = file_}).sound);
}

TEST_F(TranslatorTest, ReportsWhatItMeasured) {
  Learner learner({{"train.epochs", "3"}}, file_, file_);
  const std::vector<std::string> said = split_lines(answer(learner.task, language_.sources)),
                                 right = split_lines(language_.targets);
  ASSERT_EQ(said.size(), right.size());
  const std::vector<std::string> sources = split_lines(language_.sources);
  Bleu bleu({.tokenizer = "none"});
  Chrf chrf;
  Rouge rouge;
  size_t texts = 0;
  for (size_t i = 0, end = 0; i < said.size(); i = end, ++texts) {
    while (end < said.size() && sources[end] == sources[i]) ++end;
    const auto references = std::span(right).subspan(i, end - i);
    bleu.add(said[i], references);
    chrf.add(said[i], references);
    rouge.add(said[i], references);
  }
  ASSERT_LT(texts, said.size());
  const Report report = learner.task.evaluate(file_);
  EXPECT_EQ(report.score, bleu.result().score);
  EXPECT_EQ(*report.json.find("bleu"), bleu.json());
  EXPECT_EQ(*report.json.find("chrf"), chrf.json());
  EXPECT_EQ(*report.json.find("rouge"), rouge.json());
  EXPECT_EQ(report.json.find("pairs")->to_int(), 300);
  EXPECT_EQ(report.json.find("texts")->to_int(), static_cast<int64_t>(texts));
  EXPECT_EQ(report.text, bleu.report() + chrf.report() + rouge.report() + "300 pairs of " +
                             std::to_string(texts) + " texts; beam 5, length power 1\n");
}

// Whatever else may be said of a text, who says one of it is right.
TEST_F(TranslatorTest, SuccessiveTargetsOfOneSourceAreItsReferences) {
  Learner learner(by_chrf, file_, file_);
  const std::string said = split_lines(answer(learner.task, "gato azul dos tres\n"))[0];
  const auto chrf = [&](const std::string& table) {
    return learner.task.evaluate(scratch_.write("x.tsv", table))
        .json.find("chrf")
        ->find("score")
        ->to_double();
  };
  const std::string source = "gato azul dos tres\t", right = source + said + "\n",
                    wrong = source + "quite another thing\n";
  EXPECT_EQ(chrf(right + wrong), 100);
  EXPECT_EQ(chrf(wrong + right + wrong), 100);
  EXPECT_LT(chrf(right + "uno\tzzz\n" + wrong), 60) << "not successive";
  const Report report = learner.task.evaluate(scratch_.write("x.tsv", wrong + right));
  EXPECT_TRUE(report.text.starts_with("BLEU|nrefs:2|")) << report.text;
  EXPECT_NE(report.text.find("\n2 pairs of 1 texts; beam 5"), std::string::npos) << report.text;
}

TEST_F(TranslatorTest, TheMeasureIsChosen) {
  for (const auto& [measure, name] :
       {std::pair("bleu", "BLEU"), std::pair("chrf", "chrF"), std::pair("rouge", "ROUGE-L")}) {
    Learner learner(Values{{"data.measure", measure}} + once, file_, file_);
    EXPECT_EQ(learner.task.measure().name, name);
    EXPECT_EQ(learner.task.held_out_score(), learner.result.best);
    answer(learner.task, "", {{"beam", "1"}, {"length_power", "0"}});
    EXPECT_EQ(learner.task.evaluate(file_).score, learner.result.best) << "greedy";
  }
}

TEST_F(TranslatorTest, BaselinesAreTheSourceAndItsFirstWords) {
  const std::string path = scratch_.write("x.tsv", "a b c d\ta b c d\ne f g h i j\te f g h\n");
  const Learner learner(once, file_, path);
  const std::vector<Baseline> found = learner.task.baselines();
  ASSERT_EQ(found.size(), 2u);
  Bleu whole({.tokenizer = "none"}), first({.tokenizer = "none"});
  whole.add("a b c d", "a b c d");
  whole.add("e f g h i j", "e f g h");
  first.add("a b", "a b c d");
  first.add("e f", "e f g h");
  EXPECT_EQ(found[0].name, "the source itself");
  EXPECT_EQ(found[0].score, whole.result().score);
  EXPECT_EQ(found[1].name, "its first 2 words");
  EXPECT_EQ(found[1].score, first.result().score);
}

TEST_F(TranslatorTest, WordsNeverSeenAreCopied) {
  std::string table;
  for (int i = 0; i < 120; ++i) {
    const std::string name = "n" + std::to_string(i);
    table += "soy " + name + " hola\t" + name + " hi\n";
    table += "hola " + name + "\thi " + name + "\n";
  }
  Learner learner({{"model.copy", "true"}, {"data.min_count", "2"}, {"train.epochs", "40"}},
                  scratch_.write("x.tsv", table), scratch_.path("x.tsv"));
  EXPECT_EQ(answer(learner.task, "soy Ñáñez hola\nhola Zoë\n"), "Ñáñez hi\nhi Zoë\n");
  // A beam wider than there are units: what only another source could copy is not said.
  const std::string all =
      answer(learner.task, "hola\nsoy Ñáñez Zoë\n", {{"beam", "300"}, {"best", "300"}});
  EXPECT_EQ(all.substr(0, all.find("\n\n")).find("Zoë"), std::string::npos);
  EXPECT_EQ(all.find("<unk>"), std::string::npos);
}

TEST_F(TranslatorTest, UnknownWordsAreNeverSaid) {
  std::string table;
  for (int i = 0; i < 60; ++i)
    table += "a b\tx" + std::to_string(i) + " y" + std::to_string(i) + "\n";
  Learner learner({{"data.min_count", "2"}, {"train.epochs", "5"}}, scratch_.write("x.tsv", table));
  EXPECT_EQ(answer(learner.task, "a b\n").find("<unk>"), std::string::npos);
}

TEST_F(TranslatorTest, AnAnswerALine) {
  Learner learner(once, file_);
  const std::string one = answer(learner.task, "gato\n"), other = answer(learner.task, "uno dos\n"),
                    unknown = answer(learner.task, "¿?\n");
  for (const bool ready : {false, true})
    EXPECT_EQ(
        answer(learner.task, "gato\n\n \t\nuno dos\n¿?\ngato", {}, "text", [&] { return ready; }),
        one + "\n\n" + other + unknown + one);
  std::string many, expected;
  for (int i = 0; i < 700; ++i) many += "gato\nuno dos\n", expected += one + other;
  EXPECT_EQ(answer(learner.task, many), expected);
}

TEST_F(TranslatorTest, TheBestAnswersWithTheirScores) {
  Learner learner({{"train.epochs", "3"}}, file_);
  const std::vector<std::string> lines =
      split_lines(answer(learner.task, "gato azul\n\n", {{"best", "3"}}));
  ASSERT_EQ(lines.size(), 5u);
  double before = 0;
  for (size_t i = 0; i < 3; ++i) {
    const double score = std::stod(lines[i]);
    EXPECT_LE(score, before);
    before = score;
  }
  EXPECT_EQ(lines[0].substr(lines[0].find('\t') + 1) + "\n", answer(learner.task, "gato azul\n"));
  EXPECT_EQ(lines[3] + lines[4], "");
}

TEST_F(TranslatorTest, AttentionCanBeDrawn) {
  for (const char* kind : {"general", "dot", "additive", "none"}) {
    SCOPED_TRACE(kind);
    Learner learner(Values{{"model.attention", kind}} + once, file_);
    const Json line =
        Json::parse(answer(learner.task, "gato azul dos\n", {{"best", "2"}}, "jsonl"));
    const size_t read = line.find("tokens")->items().size();
    EXPECT_EQ(read, 3u);
    ASSERT_EQ(line.find("answers")->items().size(), 2u);
    for (const Json& one : line.find("answers")->items()) {
      const Json* rows = one.find("attention");
      ASSERT_EQ(rows == nullptr, std::string(kind) == "none");
      if (!rows) continue;
      EXPECT_EQ(rows->items().size(), one.find("tokens")->items().size());
      for (const Json& row : rows->items()) {
        double sum = 0;
        for (const Json& weight : row.items()) sum += weight.to_double();
        EXPECT_EQ(row.items().size(), read);
        EXPECT_NEAR(sum, 1, 3e-4);
      }
    }
  }
}

TEST_F(TranslatorTest, LongTextsAreCut) {
  Learner learner(Values{{"data.longest_source", "2"}, {"data.longest_target", "2"}} + once, file_);
  EXPECT_EQ(answer(learner.task, "gato azul\n"), answer(learner.task, "gato azul dos tres\n"));
  for (const std::string& line : split_lines(answer(learner.task, language_.sources)))
    EXPECT_LE(std::ranges::count(line, ' '), 1) << line;
}

TEST_F(TranslatorTest, LowerCase) {
  Learner learner(Values{{"data.lowercase", "true"}} + once, file_, file_);
  EXPECT_EQ(answer(learner.task, "GATO Ñandú\n"), answer(learner.task, "gato ñandú\n"));
  const std::string loud = scratch_.write("x.tsv", "gato\tCAT\n"),
                    soft = scratch_.write("y.tsv", "gato\tcat\n");
  EXPECT_EQ(learner.task.evaluate(loud).json, learner.task.evaluate(soft).json);
  EXPECT_NE(learner.task.evaluate(loud).text.find("case:lc"), std::string::npos);
}

TEST_F(TranslatorTest, WithoutHeldOutDataATwentiethIsKeptBack) {
  std::string table;
  for (int i = 0; i < 100; ++i) table += "s" + std::to_string(i) + "\tt" + std::to_string(i) + "\n";
  const Learner learner(once, scratch_.write("x.tsv", table));
  EXPECT_TRUE(learner.task.summary().starts_with(
      "95 pairs, 95 words to read and 190 to say; 5 held out\n97 and 97 different words; "))
      << learner.task.summary();
  const Learner few(once, scratch_.write("x.tsv", "uno\tone\ndos\ttwo\n"));
  EXPECT_NE(few.task.summary().find("none held out, too few"), std::string::npos);
  const Learner some(Values{{"data.measured", "7"}} + once, file_, file_);
  EXPECT_NE(some.task.summary().find("; 7 held out\n"), std::string::npos);
}

}  // namespace
}  // namespace cadena
