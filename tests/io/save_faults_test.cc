// SPDX-License-Identifier: MIT
// Saves in which the system fails: the file that was there stays, or the new one is there, whole.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/io/model_file.h"
#include "cadena/train/checkpoints.h"
#include "tests/support/faults.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

class SaveFaults : public testing::Test {
 protected:
  /// Two models that differ.
  void save(float value) {
    weights_ = Tensor({100, 30}, std::vector<float>(3000, value));
    save_model(
        path_, {{"text", "línea"}}, [&](Visitor& v) { v("weights", weights_); }, true);
  }
  /// The value of the model that is there.
  float loaded() { return read_model(path_).parameters.at(0).values[0]; }

  int64_t files() const {
    return std::distance(std::filesystem::directory_iterator(scratch_.path("")), {});
  }

  /// Saves 2 over 1 as planned; returns the error, if there was one.
  std::optional<Error> attempt(const FaultPlan& plan) {
    save(1);
    const Faults faults(plan);
    try {
      save(2);
      return {};
    } catch (const Error& error) {
      return error;
    }
  }

  const Scratch scratch_;
  const std::string path_ = scratch_.path("model");
  Tensor weights_;
};

TEST_F(SaveFaults, EverySystemCallMayFail) {
  attempt({});
  const int64_t calls = Faults::calls();
  ASSERT_GE(calls, 8);
  const int codes[] = {EIO, ENOSPC, EDQUOT, EROFS};
  int told = 0;
  for (int64_t call = 0; call < calls; ++call)
    for (const int code : codes) {
      const auto error = attempt({.failing = call, .code = code});
      ASSERT_TRUE(loaded() == 1 || loaded() == 2);
      EXPECT_EQ(files(), 1) << "call " << call << ": nothing else is left";
      if (!error) {
        EXPECT_EQ(loaded(), 2) << "call " << call << " was not needed";
        continue;
      }
      ++told;
      EXPECT_EQ(error->fault(), Fault::environment);
      EXPECT_EQ(error->place().file, path_);
    }
  EXPECT_GE(told, (calls - 1) * 4) << "all but the last, the end of looking at the folder";
}

TEST_F(SaveFaults, WhatIsLeftWhenCleaningUpFailsToo) {
  save(1);
  const SystemCalls before = system_calls();
  system_calls().fsync = [](int) { return errno = EIO, -1; };
  system_calls().unlink = [](const char*) { return errno = EIO, -1; };
  EXPECT_THROW(save(2), Error);
  system_calls() = before;
  EXPECT_EQ(loaded(), 1);
}

TEST_F(SaveFaults, TheDiskMayBeFullAtAnyByte) {
  save(1);
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path_));
  for (const bool preallocates : {true, false})
    for (int64_t i = 0; i < 300; ++i) {
      const auto error =
          attempt({.room = i * size / 300, .bytes_at_a_time = 997, .preallocates = preallocates});
      ASSERT_TRUE(error) << i;
      EXPECT_EQ(error->fault(), Fault::environment);
      EXPECT_EQ(error->place().file, path_);
      const std::string needed = std::to_string(size) + " bytes needed, ";
      EXPECT_NE(error->message().find(needed), std::string::npos) << error->message();
      EXPECT_NE(error->message().find(" free"), std::string::npos) << error->message();
      ASSERT_EQ(loaded(), 1);
      ASSERT_EQ(files(), 1);
    }
}

TEST_F(SaveFaults, ShortWritesAndInterruptsGoOn) {
  save(2);
  const std::string whole = contents(path_);
  for (const int64_t bytes : {int64_t{1}, int64_t{13}, int64_t{4096}}) {
    EXPECT_FALSE(attempt({.bytes_at_a_time = bytes}));
    EXPECT_EQ(contents(path_), whole);
  }
  attempt({.bytes_at_a_time = 4096});
  for (int64_t call = 2; call < 5; ++call) {
    EXPECT_FALSE(attempt({.failing = call, .code = EINTR, .bytes_at_a_time = 4096})) << call;
    EXPECT_EQ(contents(path_), whole);
  }
}

class CheckpointsTest : public SaveFaults {
 protected:
  /// A record of so many steps.
  void save_step(Checkpoints& checkpoints, int64_t step) {
    Record record;
    record("step", step);
    checkpoints.save(record, step);
  }
  int64_t newest() const {
    int64_t step = 0;
    Checkpoints::newest(folder_).record("step", step);
    return step;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      all.push_back(entry.path().filename().string());
    std::ranges::sort(all);
    return all;
  }
  const std::string folder_ = scratch_.path("checkpoints");
};

TEST_F(CheckpointsTest, KeepsTheLastTwo) {
  Checkpoints checkpoints(folder_, {});
  EXPECT_THROW(newest(), Error);
  for (const int64_t step : {5, 9, 10, 100}) save_step(checkpoints, step);
  EXPECT_EQ(names(), (std::vector<std::string>{"step-10.checkpoint", "step-100.checkpoint"}));
  EXPECT_EQ(newest(), 100);
}

TEST_F(CheckpointsTest, RemovesWhatAKilledSaveLeft) {
  Checkpoints checkpoints(folder_, {});
  save_step(checkpoints, 5);
  const std::string left = folder_ + "/.step-9.checkpoint.tmp-1-00000000";
  for (const std::string& name : {left, folder_ + "/mine", folder_ + "/step-x.checkpoint"})
    std::ofstream(name) << "x";
  save_step(checkpoints, 6);
  EXPECT_EQ(names(), (std::vector<std::string>{"mine", "step-5.checkpoint", "step-6.checkpoint",
                                               "step-x.checkpoint"}));
  EXPECT_EQ(newest(), 6);
}

TEST_F(CheckpointsTest, FallsBackAndTells) {
  Checkpoints checkpoints(folder_, {});
  for (const int64_t step : {5, 9}) save_step(checkpoints, step);
  scratch_.write("checkpoints/step-9.checkpoint", "nothing");
  const Checkpoints::Found found = Checkpoints::newest(folder_);
  EXPECT_NE(found.path.find("step-5"), std::string::npos);
  ASSERT_EQ(found.damaged.size(), 1U);
  EXPECT_NE(found.damaged[0].find("step-9.checkpoint: "), std::string::npos);
}

TEST_F(CheckpointsTest, EverySystemCallOfASaveMayFail) {
  for (int64_t call = 0;; ++call) {
    Checkpoints(folder_, {}).remove();
    Checkpoints checkpoints(folder_, {});
    for (const int64_t step : {5, 9}) save_step(checkpoints, step);
    bool failed = false;
    {
      const Faults faults({.failing = call});
      try {
        save_step(checkpoints, 12);
      } catch (const Error& error) {
        failed = true;
        EXPECT_EQ(error.fault(), Fault::environment);
      }
      if (Faults::calls() <= call) break;
    }
    EXPECT_TRUE(newest() == 9 || newest() == 12) << call;
    EXPECT_GE(names().size(), 2U) << call;
    EXPECT_TRUE(failed || newest() == 12) << call;
    save_step(checkpoints, 20);
    EXPECT_EQ(newest(), 20) << call;
    EXPECT_EQ(names().size(), 2U) << "what was left is gone";
  }
}

TEST_F(CheckpointsTest, AreDueAfterSteps) {
  Checkpoints checkpoints(folder_, {.steps = 5, .seconds = 0}, 7);
  EXPECT_FALSE(checkpoints.due(11));
  EXPECT_TRUE(checkpoints.due(12));
  save_step(checkpoints, 12);
  EXPECT_FALSE(checkpoints.due(16));
  EXPECT_TRUE(checkpoints.due(17));
}

TEST_F(CheckpointsTest, IntervalsAreTexts) {
  EXPECT_EQ(CheckpointInterval::parse("500").steps, 500);
  EXPECT_EQ(CheckpointInterval::parse("500").seconds, 0);
  EXPECT_EQ(CheckpointInterval::parse("1.5s").seconds, 1.5);
  for (const char* text : {"500", "1.5s", "60s", "0"})
    EXPECT_EQ(CheckpointInterval::parse(text).text(), text);
  for (const char* text : {"", "s", "-1", "5 s", "1e3", "often", "-5s"})
    EXPECT_THROW(CheckpointInterval::parse(text), Error) << text;
}

}  // namespace
}  // namespace cadena
