// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "cadena/base/error.h"
#include "cadena/data/conll.h"
#include "tests/support/checkout.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

/// Keeps what was written before each flush, apart.
class Answers : public std::stringbuf {
 public:
  std::vector<std::string> parts;

 protected:
  int sync() override {
    if (!str().empty()) parts.push_back(str());
    str("");
    return 0;
  }
};

/// Hands out one line at a time, and notes how many answers there were when it was asked for it.
class LineByLine : public std::streambuf {
 public:
  LineByLine(std::vector<std::string> lines, const Answers& answers)
      : lines_(std::move(lines)), answers_(answers) {}
  std::vector<size_t> answered;

 protected:
  int_type underflow() override {
    answered.push_back(answers_.parts.size());
    if (next_ == lines_.size()) return traits_type::eof();
    std::string& line = lines_[next_++];
    setg(line.data(), line.data(), line.data() + line.size());
    return traits_type::to_int_type(line.front());
  }

 private:
  std::vector<std::string> lines_;
  size_t next_ = 0;
  const Answers& answers_;
};

bool always() { return true; }
bool never() { return false; }

std::string predict(Task& task, const std::string& input, const PredictOptions& options,
                    const std::function<bool()>& ready = always) {
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, ready, out}, options);
  return out.str();
}

/// A model that knows these sentences by heart.
class TaggerPredict : public testing::Test {
 protected:
  static std::string corpus() {
    std::vector<Marked> all = tiny_corpus();
    for (const char* more :
         {"🙂 Hoy habla [PER Íñigo Peña] .", "👨‍👩‍👧 viven en [LOC Cádiz] .",
          "Hoy habla [PER Eva Gil Mas] 🙂", "« [ORG Cruz Roja] » abre en [LOC La Paz] 🇵🇪",
          "[PER Íñigo Peña] vive en [LOC La Paz] .", "[PER Luis] vive en [LOC Lima] .",
          "Hoy habla [PER Luis]"})
      all.insert(all.end(), 3, marked(more));
    return to_conll(all);
  }

  void SetUp() override { ASSERT_EQ(training_.result.best, 100); }

  std::string text(const std::string& input, const char* output = "text") {
    return predict(training_.tagger, input, {.input = "text", .output = output});
  }
  std::string conll(const std::string& input, const char* output = "conll") {
    return predict(training_.tagger, input, {.input = "conll", .output = output});
  }

  const Scratch scratch_;
  const std::string file_ = scratch_.write("known.conll", corpus());
  Training training_{small + Values{{"train.epochs", "80"}}, file_, file_, until_perfect};
};

TEST_F(TaggerPredict, TextIsMarkedInItsPlace) {
  EXPECT_EQ(text("Ana Ruiz vive en Lima.\n"), "[PER Ana Ruiz] vive en [LOC Lima].\n");
  EXPECT_EQ(text("  Ana \t Ruiz vive en\tLima .  \n"),
            "  [PER Ana \t Ruiz] vive en\t[LOC Lima] .  \n")
      << "blanks stay as they are";
  EXPECT_EQ(text("Hoy no llueve.\n"), "Hoy no llueve.\n");
  EXPECT_EQ(text("🙂 Hoy habla Íñigo Peña."), "🙂 Hoy habla [PER Íñigo Peña].\n")
      << "the last line needs no end";
}

TEST_F(TaggerPredict, SeveralSentencesInALine) {
  const std::string line = "Ana Ruiz vive en Lima. Hoy no llueve. Hoy habla Luis.\n";
  EXPECT_EQ(text(line),
            "[PER Ana Ruiz] vive en [LOC Lima]. Hoy no llueve. Hoy habla [PER Luis].\n");
  EXPECT_EQ(text(line, "conll"),
            "Ana B-PER\nRuiz I-PER\nvive O\nen O\nLima B-LOC\n. O\n\n"
            "Hoy O\nno O\nllueve O\n. O\n\nHoy O\nhabla O\nLuis B-PER\n. O\n\n");
  EXPECT_EQ(text(line, "jsonl"),
            "{\"text\":\"Ana Ruiz vive en Lima. Hoy no llueve. Hoy habla Luis.\",\"ents\":["
            "{\"start\":0,\"end\":8,\"label\":\"PER\",\"text\":\"Ana Ruiz\"},"
            "{\"start\":17,\"end\":21,\"label\":\"LOC\",\"text\":\"Lima\"},"
            "{\"start\":48,\"end\":52,\"label\":\"PER\",\"text\":\"Luis\"}]}\n");
}

TEST_F(TaggerPredict, OffsetsCountCodePoints) {
  EXPECT_EQ(text("🙂 Hoy habla Íñigo Peña.\n", "jsonl"),
            "{\"text\":\"🙂 Hoy habla Íñigo Peña.\",\"ents\":["
            "{\"start\":12,\"end\":22,\"label\":\"PER\",\"text\":\"Íñigo Peña\"}]}\n");
  EXPECT_EQ(text("👨‍👩‍👧 viven en Cádiz.\n", "jsonl"),
            "{\"text\":\"👨‍👩‍👧 viven en Cádiz.\",\"ents\":["
            "{\"start\":15,\"end\":20,\"label\":\"LOC\",\"text\":\"Cádiz\"}]}\n")
      << "a family is five code points";
  EXPECT_EQ(text("«Cruz Roja» abre en La\tPaz 🇵🇪\n", "jsonl"),
            "{\"text\":\"«Cruz Roja» abre en La\\tPaz 🇵🇪\",\"ents\":["
            "{\"start\":1,\"end\":10,\"label\":\"ORG\",\"text\":\"Cruz Roja\"},"
            "{\"start\":20,\"end\":26,\"label\":\"LOC\",\"text\":\"La\\tPaz\"}]}\n");
}

TEST_F(TaggerPredict, EmptyLinesAreAnswered) {
  const std::string lines = "\nHoy habla Luis .\n \t\n\n";
  EXPECT_EQ(text(lines), "\nHoy habla [PER Luis] .\n \t\n\n");
  EXPECT_EQ(text(lines, "conll"), "Hoy O\nhabla O\nLuis B-PER\n. O\n\n");
  EXPECT_EQ(text(lines, "jsonl"),
            "{\"text\":\"\",\"ents\":[]}\n"
            "{\"text\":\"Hoy habla Luis .\",\"ents\":["
            "{\"start\":10,\"end\":14,\"label\":\"PER\",\"text\":\"Luis\"}]}\n"
            "{\"text\":\" \\t\",\"ents\":[]}\n{\"text\":\"\",\"ents\":[]}\n");
  for (const char* output : {"text", "conll", "jsonl"}) {
    EXPECT_EQ(text("", output), "");
    EXPECT_EQ(conll("", output), "") << "a stream without sentences is no fault";
    EXPECT_EQ(conll("\n \n\n", output), "");
  }
}

TEST_F(TaggerPredict, FormsOfTextFiles) {
  EXPECT_EQ(text("\xef\xbb\xbfHoy habla Luis.\r\n\r\nHoy no llueve.\r\n"),
            "Hoy habla [PER Luis].\n\nHoy no llueve.\n");
  EXPECT_EQ(text("\xef\xbb\xbfHoy habla Luis.\r\n", "jsonl"),
            "{\"text\":\"Hoy habla Luis.\",\"ents\":["
            "{\"start\":10,\"end\":14,\"label\":\"PER\",\"text\":\"Luis\"}]}\n");
  EXPECT_EQ(conll("\xef\xbb\xbfHoy\r\nhabla\r\nLuis\r\n.\r\n\r\n"),
            "Hoy O\nhabla O\nLuis B-PER\n. O\n\n");
}

TEST_F(TaggerPredict, TokensInColumns) {
  const std::string tokens =
      "Íñigo x y\nPeña\nvive O\nen\nLa\tPP\nPaz\n.\n\n\n\nHoy\nno\nllueve\n.";
  EXPECT_EQ(conll(tokens),
            "Íñigo B-PER\nPeña I-PER\nvive O\nen O\nLa B-LOC\nPaz I-LOC\n. O\n\n"
            "Hoy O\nno O\nllueve O\n. O\n\n");
  EXPECT_EQ(conll(tokens, "jsonl"),
            "{\"text\":\"Íñigo Peña vive en La Paz .\",\"ents\":["
            "{\"start\":0,\"end\":10,\"label\":\"PER\",\"text\":\"Íñigo Peña\"},"
            "{\"start\":19,\"end\":25,\"label\":\"LOC\",\"text\":\"La Paz\"}]}\n"
            "{\"text\":\"Hoy no llueve .\",\"ents\":[]}\n");
  EXPECT_EQ(conll(tokens, "text"), "[PER Íñigo Peña] vive en [LOC La Paz] .\nHoy no llueve .\n");
}

TEST_F(TaggerPredict, ColourShowsTypesToo) {
  const std::string coloured = predict(training_.tagger, "Ana Ruiz vive en Lima.\n",
                                       {.input = "text", .output = "text", .colour = true});
  EXPECT_EQ(std::regex_replace(coloured, std::regex("\x1b\\[[0-9;]*m"), "|"),
            "|Ana Ruiz|/PER| vive en |Lima|/LOC|.\n");
  EXPECT_EQ(std::regex_replace(coloured,
                               std::regex("\x1b\\[1;3[1-6]m[^\x1b]*\x1b\\[0;2m/..."
                                          "\x1b\\[0m"),
                               "E"),
            "E vive en E.\n");
  EXPECT_EQ(predict(training_.tagger, "Hoy habla Luis\n",
                    {.input = "text", .output = "jsonl", .colour = true})
                .find('\x1b'),
            std::string::npos);
}

TEST_F(TaggerPredict, AnswersBeforeItWaits) {
  Answers answers;
  LineByLine lines({"Hoy habla Luis .\n", "Hoy no llueve .\n", "\n", "Luis vive en Lima ."},
                   answers);
  std::istream in(&lines);
  std::ostream out(&answers);
  training_.tagger.predict({in, never, out}, {.input = "text", .output = "text"});
  EXPECT_EQ(answers.parts,
            (std::vector<std::string>{"Hoy habla [PER Luis] .\n", "Hoy no llueve .\n", "\n",
                                      "[PER Luis] vive en [LOC Lima] .\n"}));
  EXPECT_EQ(std::vector(lines.answered.begin(), lines.answered.begin() + 4),
            (std::vector<size_t>{0, 1, 2, 3}));
}

TEST_F(TaggerPredict, WhatIsThereIsAnsweredTogether) {
  const auto batches = [&](const std::string& input, const std::function<bool()>& ready,
                           const char* form) {
    Answers answers;
    std::istringstream in(input);
    std::ostream out(&answers);
    training_.tagger.predict({in, ready, out}, {.input = form, .output = "conll"});
    return answers.parts.size();
  };
  std::string lines, tokens;
  for (int i = 0; i < 30; ++i) {
    lines += "Hoy no llueve .\n";
    tokens += "Hoy\nno\nllueve\n.\n\n";
  }
  for (const auto& [input, form] : {std::pair(lines, "text"), std::pair(tokens, "conll")}) {
    EXPECT_EQ(batches(input, always, form), 1u);
    EXPECT_EQ(batches(input, never, form), 30u);
    int asked = 0;
    EXPECT_EQ(batches(
                  input, [&] { return ++asked % 10 != 0; }, form),
              3u);
  }
  std::string many;
  for (int i = 0; i < 20000 / 40; ++i) many += lines.substr(0, lines.size() / 3);
  const size_t parts = batches(many, always, "text");
  EXPECT_GT(parts, 1u) << "not everything is kept in memory";
  EXPECT_LT(parts, 20u);
}

TEST_F(TaggerPredict, AFaultStandsAtItsLine) {
  const std::pair<std::string, const char*> faults[] = {
      {std::string("a\0b", 3), "NUL"},
      {"Espa\xf1"
       "a",
       "UTF-8"},
      {std::string((size_t{1} << 20) + 1, 'a'), "longer"}};
  for (const char* form : {"text", "conll"})
    for (const auto& [line, part] : faults) {
      try {
        predict(training_.tagger, "Hoy\n\n" + line + "\n",
                {.input = form, .output = "text", .file = "x.txt"});
        ADD_FAILURE() << "no error: " << part;
      } catch (const Error& error) {
        EXPECT_EQ(error.place().file, "x.txt");
        EXPECT_EQ(error.place().line, 3);
        EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
        EXPECT_FALSE(error.hint().empty());
      }
    }
}

TEST_F(TaggerPredict, WhatCameBeforeAFaultIsAnswered) {
  for (const auto& ready : {always, never}) {
    std::istringstream in(
        "Hoy habla Luis\nEspa\xf1"
        "a\n");
    std::ostringstream out;
    EXPECT_THROW(training_.tagger.predict({in, ready, out}, {.input = "text", .output = "text"}),
                 Error);
    EXPECT_EQ(out.str(), "Hoy habla [PER Luis]\n") << (ready() ? "ready" : "not ready");
  }
}

TEST_F(TaggerPredict, AnOutputThatFailsEndsIt) {
  std::istringstream in("Hoy\nhabla\nLuis\n");
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  training_.tagger.predict({in, never, out}, {.input = "text", .output = "text"});
  std::string rest;
  std::getline(in, rest);
  EXPECT_EQ(rest, "habla") << "the second line was not read";
}

// A model that makes mistakes: always the same, whatever stands beside a sentence.
TEST(TaggerBatches, AnswersDoNotDependOnThem) {
  const std::string dev = in_checkout("data/ner-es/dev.conll");
  Training training(small + Values{{"train.epochs", "3"}, {"model.hidden", "20"}}, dev, dev);
  const Table table = read_conll(dev, {{1, -1}});
  std::string lines, tokens;
  std::vector<std::vector<std::string>> sentences;
  for (const Sentence& sentence : table.sentences) {
    for (const std::string& word : sentences.emplace_back(sentence.fields[0])) {
      lines += word + " ";
      tokens += word + "\n";
    }
    lines += "\n";
    tokens += "\n";
  }
  const std::vector<std::vector<std::string>> together = training.tagger.tag(sentences);
  for (size_t i = 0; i < sentences.size(); ++i)
    EXPECT_EQ(training.tagger.tag({sentences[i]})[0], together[i]) << i;
  Rng rng(1);
  for (const auto& [input, form] : {std::pair(lines, "text"), std::pair(tokens, "conll")}) {
    const PredictOptions options{.input = form, .output = "conll"};
    const std::string answer = predict(training.tagger, input, options);
    EXPECT_NE(answer.find("B-LOC"), std::string::npos);
    EXPECT_EQ(predict(training.tagger, input, options, never), answer);
    EXPECT_EQ(predict(training.tagger, input, options, [&] { return rng.below(4) > 0; }), answer);
  }
}

}  // namespace
}  // namespace cadena
