// SPDX-License-Identifier: MIT
// What a classifier learns. Its answers to a stream: classifier_predict_test.
#include "cadena/tasks/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/cells.h"
#include "tests/support/threads.h"
#include "tests/tasks/classes.h"

namespace cadena {
namespace {

const char* const poolings[] = {"last", "mean", "max", "attention"};

std::vector<std::string> cells_and_none() {
  std::vector<std::string> all = cells_of_each_kind();
  all.emplace_back("none");
  return all;
}

class ClassifierTest : public testing::Test {
 protected:
  std::string texts(const std::vector<Opinion>& all) const {
    return scratch_.write("texts.tsv", to_lines(all));
  }
  std::string table() const { return scratch_.write("clouds.csv", two_clouds()); }
  std::string ts(const std::vector<Path>& paths) const {
    return scratch_.write("paths.ts", to_ts(paths));
  }

  /// It must give the right answer to all that it learnt from, saved and loaded too.
  void expect_learnt(const std::string& file, const Values& values = {}) const {
    SCOPED_TRACE(file);
    Classification training(small_classifier + values, file, file);
    EXPECT_EQ(training.result.best, 100);
    EXPECT_EQ(training.task.evaluate(file).score, 100);
    save_task(scratch_.path("m"), training.task, training.options, true);
    EXPECT_EQ(load_task(scratch_.path("m"))->evaluate(file).score, 100);
  }

  const Scratch scratch_;
};

TEST_F(ClassifierTest, LearnsTextsInEveryForm) {
  const std::vector<Opinion> all = opinions();
  for (const std::string& file :
       {texts(all), scratch_.write("fasttext.txt", to_lines(all, "__label__", " ")),
        scratch_.write("words.txt", to_lines(all, "", " ")),
        scratch_.write("windows.tsv", "\xef\xbb\xbf" + to_lines(all))})
    expect_learnt(file);
}

TEST_F(ClassifierTest, TheFormOfTheFileDoesNotMatter) {
  const Values values = small_classifier + two_passes;
  const std::string bits = Classification(values, texts(opinions())).saved();
  const std::string marked =
      scratch_.write("fasttext.txt", "\n" + to_lines(opinions(), "__label__", " \t") + "\n \n");
  EXPECT_TRUE(Classification(values, marked).saved() == bits);
}

TEST_F(ClassifierTest, LearnsATable) {
  expect_learnt(table());
  Classification training(small_classifier, table(), table());
  EXPECT_NE(training.saved().find(R"(cell = \"none\")"), std::string::npos)
      << "auto became what it stands for";
}

TEST_F(ClassifierTest, TheColumnOfTheClassIsChosen) {
  std::string moved = "class;width;age;one\n";
  std::istringstream in(two_clouds());
  std::string line;
  for (std::getline(in, line); std::getline(in, line);) {
    std::ranges::replace(line, ',', ';');
    const size_t last = line.rfind(';');
    moved += line.substr(last + 1) + ";" + line.substr(0, last) + "\n";
  }
  const std::string file = scratch_.write("moved.csv", moved);
  const Values values = small_classifier + two_passes;
  Classification usual(values, table(), table());
  Classification first(values + Values{{"data.label_column", "1"}}, file, file);
  EXPECT_EQ(first.result.best, usual.result.best);
  EXPECT_EQ(first.task.evaluate(file).text, usual.task.evaluate(table()).text);
}

TEST_F(ClassifierTest, LearnsSequencesWithEveryCellAndPooling) {
  const std::string file = ts(levels());
  for (const std::string& cell : cells_and_none())
    for (const char* pooling : poolings)
      expect_learnt(file, {{"model.cell", cell}, {"model.pooling", pooling}});
  expect_learnt(file, {{"model.layers", "2"}, {"model.dropout", "0.1"}});
  expect_learnt(file, {{"model.layers", "2"}, {"model.cell", "none"}});
}

TEST_F(ClassifierTest, LearnsTextsWithEveryCellAndPooling) {
  const std::string file = texts(opinions());
  for (const std::string& cell : cells_and_none()) expect_learnt(file, {{"model.cell", cell}});
  for (const char* pooling : poolings) expect_learnt(file, {{"model.pooling", pooling}});
}

// Each rising sequence is also there backwards, as a falling one: without an order they are the
// same, and one of the two is wrong.
TEST_F(ClassifierTest, OrderNeedsARecurrentCell) {
  const std::string file = ts(slopes());
  for (const std::string& cell : cells_of_each_kind()) expect_learnt(file, {{"model.cell", cell}});
  expect_learnt(file, {{"model.bidirectional", "false"}});
  const Classification without(small_classifier + Values{{"model.cell", "none"}}, file, file);
  EXPECT_EQ(without.result.best, 50);
}

TEST_F(ClassifierTest, LearnsAListOfFiles) { expect_learnt(write_list(scratch_, slopes())); }

TEST_F(ClassifierTest, AListIsTheSameAsOneFile) {
  const Values values = small_classifier + two_passes;
  Classification list(values, write_list(scratch_, slopes())), one(values, ts(slopes()));
  EXPECT_EQ(list.task.evaluate(scratch_.path("paths.tsv")).text,
            one.task.evaluate(scratch_.path("paths.ts")).text);
  EXPECT_EQ(list.result.best, one.result.best);
}

TEST_F(ClassifierTest, StandardisesInEveryWay) {
  for (const char* how : {"all", "each", "none"})
    expect_learnt(ts(slopes()), {{"data.standardise", how}});
}

// Every sequence in a unit and at a height of its own.
TEST_F(ClassifierTest, StandardisedEachTheUnitsDoNotMatter) {
  std::vector<Path> paths = slopes(), scaled = paths;
  for (size_t i = 0; i < scaled.size(); ++i)
    for (std::vector<float>& step : scaled[i].steps)
      for (float& value : step) value = value * (i % 2 == 0 ? 8 : 1024) + (i % 3 == 0 ? 64 : 0);
  const std::string other = scratch_.write("scaled.ts", to_ts(scaled));
  Classification training(small_classifier + Values{{"data.standardise", "each"}}, ts(paths),
                          ts(paths));
  EXPECT_EQ(training.result.best, 100);
  EXPECT_EQ(training.task.evaluate(other).score, 100);
}

// Constant dimensions have no deviation to divide by.
TEST_F(ClassifierTest, ConstantsAreHarmless) {
  std::vector<Path> paths = slopes();
  for (Path& path : paths)
    for (std::vector<float>& step : path.steps) step[1] = 123456.7f;
  for (const char* how : {"all", "each"}) expect_learnt(ts(paths), {{"data.standardise", how}});
}

// The smallest numbers there are: their deviation is none of the floats.
TEST_F(ClassifierTest, DeviationsTooSmallAreHarmless) {
  std::string table;
  for (int i = 0; i < 40; ++i)
    table += std::string(i == 7 ? "1e-45," : "0,") + (i % 2 ? "1,x\n" : "2,y\n");
  expect_learnt(scratch_.write("least.csv", table));
}

// The largest are farther from their mean than a float can tell.
TEST_F(ClassifierTest, HugeNumbersAreHarmless) {
  std::string table;
  for (int i = 0; i < 40; ++i) table += i % 4 == 3 ? "3.4e38,a\n" : "-3.4e38,b\n";
  for (const char* how : {"all", "none"})
    expect_learnt(scratch_.write("huge.csv", table), {{"data.standardise", how}});
}

TEST_F(ClassifierTest, SavedAndLoadedItIsTheSame) {
  for (const std::string& file : {texts(opinions()), table(), ts(slopes())}) {
    SCOPED_TRACE(file);
    Classification training(small_classifier + two_passes, file);
    save_task(scratch_.path("a"), training.task, training.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("a"));
    EXPECT_EQ(loaded->name(), "classify");
    EXPECT_EQ(loaded->vocabularies(), training.task.vocabularies());
    EXPECT_EQ(loaded->inputs(), training.task.inputs());
    EXPECT_EQ(loaded->evaluate(file).text, training.task.evaluate(file).text);
    const std::string input = contents(file);
    const PredictOptions options{.input = loaded->inputs()[0], .output = "jsonl"};
    EXPECT_EQ(answers(*loaded, input, options), answers(training.task, input, options));
    save_task(scratch_.path("b"), *loaded, training.options, true);
    EXPECT_EQ(contents(scratch_.path("b")), contents(scratch_.path("a")));
  }
}

// Enough of everything for several blocks of work in every kernel.
TEST_F(ClassifierTest, TheBitsDoNotDependOnThreads) {
  const Values values = small_classifier + Values{{"train.epochs", "1"},
                                                  {"model.hidden", "24"},
                                                  {"model.dropout", "0.3"},
                                                  {"model.pooling", "attention"},
                                                  {"data.batch", "64"}};
  for (const std::string& file :
       {texts(opinions()), scratch_.write("clouds.csv", two_clouds(400)), ts(slopes(200))}) {
    std::string one;
    for (int count : {1, 2, 3, 4}) {
      const ThreadScope scope(count);
      const std::string bits = Classification(values, file).saved();
      if (one.empty()) one = bits;
      EXPECT_TRUE(bits == one) << file << ", " << count << " threads";
    }
  }
}

TEST_F(ClassifierTest, WithoutHeldOutDataATenthOfEachClassIsKeptBack) {
  std::vector<Opinion> all;
  for (int time = 0; time < 15; ++time)
    for (const Opinion& opinion : opinions()) all.push_back(opinion);
  std::map<std::string, int> seen;
  std::vector<Opinion> kept, held_out;
  for (const Opinion& opinion : all)
    (++seen[opinion.label] % 10 == 0 ? held_out : kept).push_back(opinion);
  const std::string dev = scratch_.write("dev.tsv", to_lines(held_out));
  const std::string rest = scratch_.write("rest.tsv", to_lines(kept));
  const Values values = small_classifier + two_passes;
  Classification together(values, texts(all)), apart(values, rest, dev);
  EXPECT_TRUE(together.saved() == apart.saved());
  EXPECT_EQ(together.task.summary(), apart.task.summary());
  const std::string held = "; " + std::to_string(held_out.size()) + " held out\n";
  EXPECT_NE(together.task.summary().find(held), std::string::npos);
}

TEST_F(ClassifierTest, OfFewItemsNoneIsKeptBack) {
  const Classification few(small_classifier + two_passes, texts(opinions()));
  EXPECT_TRUE(few.task.summary().starts_with(std::to_string(opinions().size()) + " texts, "));
  EXPECT_NE(few.task.summary().find("none held out"), std::string::npos) << few.task.summary();
}

// What is kept back must not show through the scale either.
TEST_F(ClassifierTest, OfManySmallClassesNoneIsKeptBack) {
  std::string lines;
  for (int i = 0; i < 540; ++i) lines += "c" + std::to_string(i % 60) + "\tuno dos\n";
  const Classification small(small_classifier + two_passes, scratch_.write("small.tsv", lines));
  EXPECT_NE(small.task.summary().find("none held out"), std::string::npos) << small.task.summary();
}

TEST_F(ClassifierTest, OfNumbersTooATenthIsKeptBack) {
  std::string kept, held_out, line;
  std::string all, rows = two_clouds();
  rows.erase(0, rows.find('\n') + 1);  // the header
  for (int time = 0; time < 15; ++time) all += rows;
  std::istringstream in(all);
  for (int i = 0; std::getline(in, line); ++i) (i / 2 % 10 == 9 ? held_out : kept) += line + "\n";
  for (const char* how : {"none", "all"}) {
    const Values values = small_classifier + two_passes + Values{{"data.standardise", how}};
    Classification together(values, scratch_.write("all.csv", all));
    Classification apart(values, scratch_.write("rest.csv", kept),
                         scratch_.write("dev.csv", held_out));
    EXPECT_EQ(together.task.summary(), apart.task.summary());
    EXPECT_TRUE(together.saved() == apart.saved()) << how;
  }
}

TEST_F(ClassifierTest, TheReportIsOfEachClass) {
  const std::string file = texts(opinions());
  Classification training(small_classifier, file, file);
  const Report report = training.task.evaluate(file);
  EXPECT_EQ(report.score, 100);
  EXPECT_EQ(report.json.find("schema_version")->to_int(), 1);
  EXPECT_EQ(report.json.find("task")->to_string(), "classify");
  EXPECT_EQ(report.json.find("items")->to_int(), 37);
  EXPECT_EQ(report.json.find("accuracy")->to_double(), 1);
  EXPECT_EQ(report.json.find("classes")->find("mal")->find("items")->to_int(), 15);
  // A class that the training does not have is always wrong.
  const std::string dev = scratch_.write("dev.tsv", to_lines(opinions()) + "peor\tno me gusta\n");
  EXPECT_NEAR(training.task.evaluate(dev).score, 100.0 * 37 / 38, 1e-9);
}

TEST_F(ClassifierTest, BaselinesNameTheMajority) {
  const std::string dev =
      scratch_.write("dev.tsv",
                     "bien\tme gusta Lima\nmal\tno me gusta Lima\nnada\tLima\nraro\tnada\n"
                     "mal\tqué malo es Lima .\nbien\tqué bueno es el libro\nbien\tme gusta\n");
  Classification training(small_classifier + two_passes, texts(opinions()), dev);
  const std::vector<Baseline> found = training.task.baselines();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "always \"mal\"");
  EXPECT_DOUBLE_EQ(found[0].score, 100.0 * 2 / 7);
  EXPECT_EQ(found[1].name, "logistic regression");
  for (const std::string& file : {table(), ts(levels()), texts(opinions())}) {
    const Classification known(small_classifier + two_passes, file, file);
    EXPECT_EQ(known.task.baselines()[1].score, 100) << file;
  }
}

}  // namespace
}  // namespace cadena
