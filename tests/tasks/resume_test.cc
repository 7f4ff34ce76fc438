// SPDX-License-Identifier: MIT
// Trainings that are stopped and go on: with the same bits as if nothing had been.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "cadena/base/error.h"
#include "tests/support/threads.h"
#include "tests/tasks/captioned.h"
#include "tests/tasks/classes.h"
#include "tests/tasks/forecasts.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

/// A task, its data and how it is trained in a blink.
struct Work {
  const char* task;
  std::function<std::string(const Scratch&)> write;
  Values values;
};

std::string pairs() {
  std::string text;
  for (const Marked& sentence : tiny_corpus()) {
    for (const std::string& word : sentence.words) text += word + ' ';
    text += '\t';
    for (const std::string& tag : sentence.tags) text += tag + ' ';
    text += '\n';
  }
  return text;
}

std::vector<Work> works() {
  const Values brief{{"train.epochs", "4"}, {"train.patience", "0"}};
  return {
      {"tag", [](const Scratch& s) { return s.write("train.conll", to_conll(tiny_corpus())); },
       small + brief + Values{{"data.rows", "12"}}},
      {"classify", [](const Scratch& s) { return s.write("train.tsv", to_lines(opinions())); },
       small_classifier + brief + Values{{"model.dropout", "0.2"}}},
      {"generate", [](const Scratch& s) { return s.write("train.txt", to_conll(tiny_corpus())); },
       brief + Values{{"model.size", "8"},
                      {"model.hidden", "8"},
                      {"data.lanes", "4"},
                      {"data.steps", "32"},
                      {"train.decay", "plateau"}}},
      {"translate", [](const Scratch& s) { return s.write("train.tsv", pairs()); },
       brief + Values{{"model.hidden", "8"},
                      {"data.unit", "word"},
                      {"data.min_count", "1"},
                      {"data.batch", "4"},
                      {"train.optimiser", "adamw"},
                      {"train.weight_decay", "0.01"}}},
      {"describe", [](const Scratch& s) { return write_corners(s, "train", 1, 2); },
       small_describer + brief +
           Values{{"data.batch", "4"},
                  {"train.optimiser", "sgd"},
                  {"train.momentum", "0.5"},
                  {"train.rate", "0.01"}}},
      {"forecast", [](const Scratch& s) { return s.write("train.csv", waves(4, 60)); },
       blink + brief + Values{{"data.draws", "80"}, {"data.batch", "8"}}}};
}

class Resume : public testing::TestWithParam<Work> {
 protected:
  /// A training from the first weights, or from a record, that may be stopped after a step.
  std::string train_until(int64_t last, const std::string* from = nullptr, int threads = 1) {
    const ThreadScope scope(threads);
    const std::unique_ptr<Task> task = make_task(GetParam().task);
    TrainOptions options = task->train_defaults();
    Settings settings = settings_of(*task, options);
    for (const auto& [key, value] : GetParam().values) settings.set(key, value);
    Rng rng(options.seed, weights_stream);
    task->prepare(data_, {}, rng);
    std::optional<Record> begin;
    if (from) begin.emplace(*from);
    const auto watch = [&](const Progress& now) {
      if (!now.epoch_done) ++steps_;
      return steps_ < last;
    };
    const Continuation continuation{
        .due = [](int64_t) { return false; },
        .save = [&](Record& record, int64_t) { record.save(scratch_.path("record")); },
        .stop = [&] { return stop_; },
        .from = begin ? &*begin : nullptr};
    result_ = train(*task, options, watch, continuation);
    save_task(scratch_.path("model"), *task, options, true);
    return contents(scratch_.path("model"));
  }

  const Scratch scratch_;
  const std::string data_ = GetParam().write(scratch_);
  const int64_t never_ = int64_t{1} << 40;
  int64_t steps_ = 0;
  bool stop_ = false;
  TrainResult result_;
};

TEST_P(Resume, AfterAnyStepItEndsWithTheSameBytes) {
  const std::string whole = train_until(never_);
  const TrainResult expected = result_;
  const int64_t all = std::exchange(steps_, 0);
  ASSERT_GE(all, 20);
  const std::string record = scratch_.path("record");
  const int threads[] = {1, 2, 4};
  const bool each = GetParam().task == std::string("tag");
  for (int64_t last = 1; last < all; last += each ? 1 : all / 5) {
    const auto turn = static_cast<size_t>(last);
    train_until(last, nullptr, threads[turn % 3]);
    ASSERT_TRUE(result_.stopped);
    const std::string resumed = train_until(never_, &record, threads[turn / 3 % 3]);
    ASSERT_EQ(steps_, all);
    ASSERT_TRUE(resumed == whole) << "stopped after step " << last << " of " << all;
    EXPECT_EQ(result_.best, expected.best);
    EXPECT_EQ(result_.best_epoch, expected.best_epoch);
    EXPECT_EQ(result_.tokens, expected.tokens);
    steps_ = 0;
  }
}

TEST_P(Resume, StoppedAgainAndAgain) {
  const std::string whole = train_until(never_);
  const int64_t all = std::exchange(steps_, 0);
  const std::string record = scratch_.path("record");
  std::string model = train_until(all / 6);
  for (int64_t part = 2; part <= 6; ++part)
    model = train_until(part == 6 ? never_ : part * all / 6, &record);
  EXPECT_TRUE(model == whole);
}

TEST_P(Resume, StoppedWhileAScoreIsComputed) {
  const std::string whole = train_until(never_);
  steps_ = 0;
  stop_ = true;
  train_until(never_);
  EXPECT_TRUE(result_.stopped);
  EXPECT_EQ(result_.epochs, 0);
  stop_ = false;
  const std::string record = scratch_.path("record");
  EXPECT_TRUE(train_until(never_, &record) == whole);
}

TEST_P(Resume, ARecordOfAnotherTrainingIsRefused) {
  train_until(5);
  Record record(scratch_.path("record"));
  const std::unique_ptr<Task> task = make_task(GetParam().task);
  TrainOptions options = task->train_defaults();
  Settings settings = settings_of(*task, options);
  for (const auto& [key, value] : GetParam().values) settings.set(key, value);
  settings.set("model.hidden", "6");
  Rng rng(options.seed, weights_stream);
  task->prepare(data_, {}, rng);
  const Continuation continuation{.from = &record};
  EXPECT_THROW(train(
                   *task, options, [](const Progress&) { return true; }, continuation),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Tasks, Resume, testing::ValuesIn(works()),
                         [](const auto& info) { return std::string(info.param.task); });

}  // namespace
}  // namespace cadena
