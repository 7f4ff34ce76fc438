// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tests/support/refused.h"
#include "tests/tasks/forecasts.h"
#include "tests/tasks/model_parts.h"

namespace cadena {
namespace {

using namespace std::string_literals;

class MalformedForecast : public testing::Test {
 protected:
  const Scratch scratch_;
  const std::string good_ = scratch_.write("good.csv", waves(3, 60));
  const std::string model_ = scratch_.path("good.cadena");
};

TEST_F(MalformedForecast, Tables) {
  Prepared prepared({}, good_);
  const std::tuple<const char*, std::string, int64_t> cases[] = {
      {"empty", "", 0},
      {"only a header", "id,1,2\n", 0},
      {"no value", "a,1,2\nb,,,?\n", 2},
      {"text", "a,1,2\nb,1,two\n", 2},
      {"not finite", "a,1,2\nb,1,inf\n", 2},
      {"too large", "a,1,2\nb,1,1e39\n", 2},
      {"a series again", "a,1,2\nb,3,4\na,1,2\n", 3},
      {"an open quote", "a,1,2\n\"b,1,2\n", 2},
      {"Latin-1",
       "a,1,2\nEspa\xf1"
       "a,1,2\n",
       2},
      {"NUL", "a,1,2\nb,1\0,2\n"s, 2},
      {"no date", "date,x\n2020-01-01,1\n2020-02-30,2\n", 3},
      {"times that fall", "date,x\n2020-01-02,1\n2020-01-01,2\n", 3},
      {"a column too many", "date,x\n2020-01-01,1\n2020-01-02,2,3\n", 3},
      {"a year too far", "date,x\n2020-01-01,1\n2020-01-02,2\n9999-01-01,3\n", 4}};
  for (const auto& [name, bytes, line] : cases) {
    const std::string path = scratch_.write("x.csv", bytes);
    expect_refused(name, {path, line}, [&] { Prepared({}, path); });
    expect_refused(name, {path, line}, [&] { Prepared({}, good_, path); });
    expect_refused(name, {path, line}, [&] { prepared.task.evaluate(path); });
    expect_refused(name, {"stdin", line}, [&] { predicted(prepared.task, bytes); });
  }
  for (const std::string& path : {scratch_.path("missing.csv"), ""s, "/dev/null"s})
    expect_refused(path, {path}, [&] { Prepared({}, path); });
}

TEST_F(MalformedForecast, SeriesToLearnNothingFrom) {
  const std::pair<const char*, std::string> cases[] = {
      {"too short", "a,1,2,3,4,5,6,7,8\nb,1,2,3\n"}, {"constant", "a" + std::string() + [] {
                                                        std::string text;
                                                        for (int i = 0; i < 60; ++i) text += ",7";
                                                        return text;
                                                      }() + "\n"}};
  for (const auto& [name, bytes] : cases) {
    const std::string path = scratch_.write("x.csv", bytes);
    expect_refused(name, {path}, [&] { Prepared({}, path); });
  }
  const std::string short_one = scratch_.write("short.csv", "a,1,2,3\n");
  expect_refused("too short", {short_one}, [&] { Prepared({}, short_one, good_); });
  Prepared prepared({}, good_);
  expect_refused("too short", {short_one}, [&] { prepared.task.evaluate(short_one); });
}

TEST_F(MalformedForecast, NotAsInTraining) {
  const std::string dated = scratch_.write("dated.csv", days(100));
  Prepared prepared({}, dated);
  expect_refused("no times", {good_}, [&] { prepared.task.evaluate(good_); });
  expect_refused("years", {"stdin"},
                 [&] { predicted(prepared.task, "date,x\n2001,1\n2002,2\n2003,1\n"); });
  Prepared logarithms({{"data.scale", "logarithm"}}, good_);
  expect_refused("0", {"stdin", 2}, [&] { predicted(logarithms.task, "a,1,2\nb,1,0,2\n"); });
  Prepared plain({{"data.calendar", "false"}, {"data.horizon", "30"}, {"data.windows", "1"}},
                 dated);
  expect_refused("beyond the calendar", {"", 0},
                 [&] { predicted(plain.task, "date,x\n1000,1\n4000,2\n7000,1\n"); });
}

TEST_F(MalformedForecast, Settings) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"data.layout", {"", "wide", "1"}},
      {"data.horizon", {"-1", "10001", "1.5", ""}},
      {"data.period", {"-1", "week"}},
      {"data.past", {"-1", "10001"}},
      {"data.step", {"-1", "10001"}},
      {"data.scale", {"log", ""}},
      {"data.calendar", {"yes", "1"}},
      {"data.windows", {"0", "-1"}},
      {"data.draws", {"0"}},
      {"data.batch", {"0", "65537"}},
      {"model.cell", {"none", ""}},
      {"model.hidden", {"0", "65537"}},
      {"model.layers", {"0", "65"}},
      {"model.direct", {"yes"}},
      {"model.dropout", {"-0.1", "1", "nan"}},
      {"model.percents", {"0,50", "50,100", "x", "0.5"}}};
  for (const auto& [key, values] : cases)
    for (const char* value : values)
      expect_refused(key + "="s + value, {"--set", 0, false}, [&, key = key] {
        Prepared({{key, value}}, good_);
      });
  for (const char* percents : {"10,90", "50,10", "50,50", "10,50,90,90"})
    expect_refused(percents, {""}, [&] { Prepared({{"model.percents", percents}}, good_); });
  for (const auto& [key, value] : Values{{"data.id", "name"}, {"data.values", "x"}})
    expect_refused(key, {good_, 1}, [&, key = key, value = value] {
      Prepared({{key, value}}, good_);
    });
}

TEST_F(MalformedForecast, Models) {
  Prepared prepared({}, scratch_.write("dated.csv", days(100)));
  save_task(model_, prepared.task, prepared.options, false);
  const std::string bytes = contents(model_), path = scratch_.path("x.cadena");
  Rng rng(4);
  for (int i = 0; i < 40; ++i) {
    const size_t at = rng.below(static_cast<uint32_t>(bytes.size()));
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    for (const std::string& bad : {bytes.substr(0, at), flipped}) {
      scratch_.write("x.cadena", bad);
      expect_refused("byte " + std::to_string(at), {path}, [&] { load_task(path); });
    }
  }
  const auto refuse = [&](const std::string& name, const auto& change) {
    ModelParts parts(model_);
    change(parts);
    parts.save(path);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  };
  for (const char* key : {"forecast.months", "forecast.seconds", settings_key, task_key}) {
    refuse("no "s + key, [&](ModelParts& parts) { parts.metadata.erase(key); });
    for (const char* value : {"", "-1", "x", "1 ", "999999999999999999", "1e3"})
      refuse(key + " = "s + value, [&](ModelParts& parts) { parts.metadata[key] = value; });
  }
  refuse("two steps", [](ModelParts& parts) { parts.metadata["forecast.months"] = "1"; });
  refuse("years", [](ModelParts& parts) {
    parts.metadata["forecast.months"] = "12";
    parts.metadata["forecast.seconds"] = "0";
  });
  for (const auto& [from, to] : Values{{"horizon = 6", "horizon = 0"},
                                       {"horizon = 6", "horizon = 10000"},
                                       {"period = 5", "period = 0"},
                                       {"past = 15", "past = 0"},
                                       {"past = 15", "past = 4"},
                                       {"past = 15", "past = 10000"},
                                       {"\nstep = 5", "\nstep = 0"},
                                       {"\nstep = 5", "\nstep = 6"},
                                       {"hidden = 8", "hidden = 65536"},
                                       {"layers = 1", "layers = 64"},
                                       {"cell = \"lstm\"", "cell = \"gru\""},
                                       {"direct = true", "direct = false"},
                                       {"percents = [10, 50, 90]", "percents = [10, 90]"},
                                       {"percents = [10, 50, 90]", "percents = [50, 40, 90]"},
                                       {"percents = [10, 50, 90]", "percents = [50]"}})
    refuse(to, [&, from = from, to = to](ModelParts& parts) { parts.set(from, to); });
}

}  // namespace
}  // namespace cadena
