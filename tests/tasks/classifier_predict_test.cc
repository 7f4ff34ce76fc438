// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "cadena/base/error.h"
#include "tests/tasks/classes.h"

namespace cadena {
namespace {

bool never() { return false; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The labels alone of an answer in text, after a look at the rest.
std::vector<std::string> labels_of(const std::string& answer) {
  static const std::regex form("[^\t]+\t[01]\\.[0-9]{4}");
  std::vector<std::string> labels;
  for (const std::string& line : lines_of(answer)) {
    EXPECT_TRUE(std::regex_match(line, form)) << line;
    labels.push_back(line.substr(0, line.find('\t')));
  }
  return labels;
}

/// The labels of an answer in JSON, after a look at the probabilities.
std::vector<std::string> labels_of_json(const std::string& answer) {
  std::vector<std::string> labels;
  for (const std::string& line : lines_of(answer)) {
    const Json json = Json::parse(line);
    labels.push_back(json.find("label")->to_string());
    double sum = 0, most = 0;
    for (const auto& [label, p] : json.find("probabilities")->members()) {
      EXPECT_GE(p.to_double(), 0);
      sum += p.to_double();
      most = std::max(most, p.to_double());
    }
    EXPECT_NEAR(sum, 1, 1e-6) << line;
    EXPECT_EQ(json.find("probabilities")->find(labels.back())->to_double(), most) << line;
  }
  return labels;
}

std::vector<std::string> labels_of(const std::vector<Path>& paths) {
  std::vector<std::string> labels;
  for (const Path& path : paths) labels.push_back(path.label);
  return labels;
}

class ClassifierPredict : public testing::Test {
 protected:
  Classification texts(const Values& values = {}) const {
    const std::string file = scratch_.write("texts.tsv", to_lines(opinions()));
    return Classification(small_classifier + values, file, file);
  }
  Classification table() const {
    const std::string file = scratch_.write("clouds.csv", two_clouds());
    return Classification(small_classifier, file, file);
  }
  Classification paths(const Values& values = {}) const {
    const std::string file = scratch_.write("paths.ts", to_ts(slopes()));
    return Classification(small_classifier + values, file, file);
  }

  const Scratch scratch_;
};

TEST_F(ClassifierPredict, OfTexts) {
  Classification training = texts();
  EXPECT_EQ(training.task.inputs(), std::vector<std::string>{"text"});
  EXPECT_EQ(training.task.outputs(), (std::vector<std::string>{"text", "jsonl"}));
  std::string input;
  std::vector<std::string> expected;
  for (const auto& [label, text] : opinions()) {
    input += text + "\n";
    expected.push_back(label);
  }
  EXPECT_EQ(labels_of(answers(training.task, input, {.input = "text", .output = "text"})),
            expected);
  const std::string json = answers(training.task, input, {.input = "text", .output = "jsonl"});
  EXPECT_EQ(labels_of_json(json), expected);
  EXPECT_EQ(Json::parse(lines_of(json)[0]).find("text")->to_string(), opinions()[0].text);
  const Json first = Json::parse(lines_of(json)[0]);
  const Json& all = *first.find("probabilities");
  ASSERT_EQ(all.members().size(), 3u);
  EXPECT_EQ(all.members()[0].first + all.members()[1].first + all.members()[2].first,
            "bienmalnada");
}

TEST_F(ClassifierPredict, OfATableWithAndWithoutLabels) {
  Classification training = table();
  std::string with = two_clouds(), without;
  std::vector<std::string> expected;
  for (const std::string& line : lines_of(with)) {
    expected.push_back(line.substr(line.rfind(',') + 1));
    without += line.substr(0, line.rfind(',')) + "\n";
  }
  expected.erase(expected.begin());  // the header
  for (const char* output : {"text", "jsonl"}) {
    const PredictOptions options{.input = "table", .output = output};
    const std::string answer = answers(training.task, with, options);
    EXPECT_EQ(output == std::string("text") ? labels_of(answer) : labels_of_json(answer), expected);
    EXPECT_EQ(answers(training.task, without, options), answer);
    EXPECT_EQ(answers(training.task, without.substr(without.find('\n') + 1), options), answer)
        << "no header";
    EXPECT_EQ(answer.find("\"text\""), std::string::npos);
  }
}

TEST_F(ClassifierPredict, OfSequences) {
  Classification training = paths();
  std::string cases;
  for (const Path& path : slopes()) {
    cases += to_ts_case(path);
    cases.back() = '\n';
  }
  for (const char* output : {"text", "jsonl"}) {
    const PredictOptions options{.input = "ts", .output = output};
    const std::string answer = answers(training.task, to_ts(slopes()), options);
    EXPECT_EQ(output == std::string("text") ? labels_of(answer) : labels_of_json(answer),
              labels_of(slopes()));
    EXPECT_EQ(answers(training.task, cases, options), answer) << "no header, no labels";
  }
}

TEST_F(ClassifierPredict, OfAList) {
  const std::string file = write_list(scratch_, slopes());
  Classification training(small_classifier, file, file);
  EXPECT_EQ(training.task.inputs(), std::vector<std::string>{"list"});
  std::string unlabelled;
  for (const std::string& line : lines_of(contents(file)))
    unlabelled += line.substr(line.find('\t') + 1) + "\n";
  for (const std::string& input : {contents(file), unlabelled})
    EXPECT_EQ(
        labels_of(answers(training.task, input, {.input = "list", .output = "text", .file = file})),
        labels_of(slopes()));
}

TEST_F(ClassifierPredict, EveryLineOfTextGetsAnAnswer) {
  for (const char* cell : {"lstm", "elman", "none"})
    for (const char* pooling : {"last", "mean", "max", "attention"}) {
      SCOPED_TRACE(std::string(cell) + ", " + pooling);
      Classification training =
          texts(two_passes + Values{{"model.cell", cell}, {"model.pooling", pooling}});
      const PredictOptions options{.input = "text", .output = "text"};
      const std::string blank = answers(training.task, "\n", options);
      EXPECT_EQ(labels_of(blank).size(), 1u);
      for (const char* lines : {"\n\n", " \n\t\n"})
        EXPECT_EQ(answers(training.task, lines, options), blank + blank);
      const std::string other = answers(training.task, "me gusta Lima\n", options);
      EXPECT_EQ(answers(training.task, "me gusta Lima\n\nme gusta Lima\n", options),
                other + blank + other);
      EXPECT_EQ(answers(training.task, "", options), "");
    }
}

// Probabilities to the last digit, whatever else is answered in the same batch.
TEST_F(ClassifierPredict, AnswersDoNotDependOnBatches) {
  std::string lines, cases;
  for (const Opinion& opinion : opinions())
    lines += opinion.text + "\nx\n" + opinion.text + " y z\n";
  lines += "\nme\n";
  for (const Path& path : slopes(40)) {
    cases += to_ts_case(path);
    cases.back() = '\n';
  }
  Rng rng(1);
  const auto expect_same = [&](Classification training, const std::string& input,
                               const char* form) {
    Task& task = training.task;
    const PredictOptions options{.input = form, .output = "jsonl"};
    const std::string together = answers(task, input, options);
    EXPECT_EQ(std::ranges::count(together, '\n'), std::ranges::count(input, '\n'));
    EXPECT_EQ(answers(task, input, options, never), together);
    EXPECT_EQ(answers(task, input, options, [&] { return rng.below(4) > 0; }), together);
  };
  for (const char* cell : {"lstm", "gru", "none"})
    for (const char* pooling : {"last", "mean", "max", "attention"}) {
      SCOPED_TRACE(std::string(cell) + ", " + pooling);
      const Values values = two_passes + Values{{"model.cell", cell}, {"model.pooling", pooling}};
      expect_same(texts(values), lines, "text");
      expect_same(paths(values), cases, "ts");
    }
}

TEST_F(ClassifierPredict, MoreLinesThanAreAnsweredAtOnce) {
  Classification training = texts(two_passes);
  std::string lines;
  for (int i = 0; i < 1300; ++i) lines += i % 3 == 0 ? "me gusta\n" : "no me gusta Lima\n";
  const PredictOptions options{.input = "text", .output = "text"};
  const std::string answer = answers(training.task, lines, options);
  EXPECT_EQ(std::ranges::count(answer, '\n'), 1300);
  EXPECT_EQ(answers(training.task, lines, options, never), answer);
}

// An array says itself how wide it is: one of another width must not be read past its end.
TEST_F(ClassifierPredict, OfAnArray) {
  const auto array = [](const std::string& shape, const std::vector<float>& values) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    return std::string("\x93NUMPY\x01\0\x76\0", 10) + header + "\n" +
           std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  };
  std::vector<float> values;
  std::string labels, expected;
  for (int i = 0; i < 20; ++i) {
    for (int t = 0; t < 6; ++t) values.push_back(static_cast<float>(i % 2 == 0 ? t : -t));
    labels += i % 2 == 0 ? "up\n" : "down\n";
  }
  scratch_.write("y.txt", labels);
  const std::string file = scratch_.write("X.npy", array("20, 3, 2", values));
  Classification training(small_classifier, file, file);
  const auto predict = [&](const std::string& path) {
    return answers(training.task, "", {.input = "npy", .output = "text", .file = path});
  };
  for (const std::string& label : labels_of(predict(file))) expected += label + "\n";
  EXPECT_EQ(expected, labels);
  EXPECT_EQ(predict(scratch_.write("alone.npy", array("20, 3, 2", values))), predict(file))
      << "no labels beside it";
  for (const char* shape : {"40, 3, 1", "20, 6, 1", "10, 3, 4", "40, 3"})
    EXPECT_THROW(predict(scratch_.write("other.npy", array(shape, values))), Error) << shape;
}

// No number is too large for a table, whatever was learnt from.
TEST_F(ClassifierPredict, HugeNumbersGetAnAnswer) {
  std::string tiny;
  for (int i = 0; i < 20; ++i) tiny += i % 2 ? "1e-3,-1e-3,x\n" : "-1e-3,1e-3,y\n";
  const std::string file = scratch_.write("tiny.csv", tiny);
  Classification training(small_classifier, file, file);
  for (const char* output : {"text", "jsonl"}) {
    const PredictOptions options{.input = "table", .output = output};
    const std::string answer =
        answers(training.task, "3e38,1\n3e38,3e38\n-3e38,-3e38\n3e38,-3e38\n", options);
    EXPECT_EQ(answer.find("nan"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("null"), std::string::npos) << answer;
  }
}

TEST_F(ClassifierPredict, WhatCameBeforeAFaultIsAnswered) {
  Classification training = table();
  for (const char* fault : {"1,2\n", "1,2,3,4,5\n", "1,x,3\n", "1,nan,3\n", "\xff\n"}) {
    std::istringstream in("-0.04,900,7\n0.04,100,7\n" + std::string(fault));
    std::ostringstream out;
    try {
      training.task.predict({in, [] { return true; }, out},
                            {.input = "table", .output = "text", .file = "x.csv"});
      ADD_FAILURE() << fault;
    } catch (const Error& error) {
      EXPECT_EQ(error.place().file, "x.csv");
      EXPECT_EQ(error.place().line, 3);
      EXPECT_FALSE(error.hint().empty()) << error.what();
    }
    EXPECT_EQ(labels_of(out.str()), (std::vector<std::string>{"left", "right"})) << fault;
  }
}

}  // namespace
}  // namespace cadena
