// SPDX-License-Identifier: MIT
// A model file in which anything has changed is never read as a model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/io/model_file.h"
#include "tests/tasks/captioned.h"
#include "tests/tasks/classes.h"
#include "tests/tasks/forecasts.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

struct Model {
  std::string task;
  Values settings;
  std::function<std::string(const Scratch&)> write_data;  // gives the file to train on
};

const Values small_generator{
    {"model.size", "8"}, {"model.hidden", "8"}, {"data.lanes", "4"}, {"data.steps", "8"}};
const Values small_translator{
    {"model.hidden", "8"}, {"data.unit", "word"}, {"data.tokenizer", "none"}};

std::string write_opinions(const Scratch& scratch) {
  return scratch.write("opinions.tsv", to_lines(opinions()));
}

std::vector<Model> models() {
  return {
      {"tag", small, [](const Scratch& s) { return s.write("x", to_conll(tiny_corpus())); }},
      {"classify", small_classifier, write_opinions},
      {"generate", small_generator, write_opinions},
      {"translate", small_translator, write_opinions},
      {"describe", small_describer, [](const Scratch& s) { return write_corners(s, "corners"); }},
      {"forecast", blink, [](const Scratch& s) { return s.write("x.csv", waves(4, 60)); }},
  };
}

/// The bytes of a model file after one epoch.
std::string trained(const Model& model) {
  const Scratch scratch;
  const auto task = make_task(model.task);
  TrainOptions options = task->train_defaults();
  Settings settings = settings_of(*task, options);
  for (const auto& [key, value] : model.settings + Values{{"train.steps", "0"}} + one_epoch)
    settings.set(key, value);
  Rng rng(options.seed);
  task->prepare(model.write_data(scratch), {}, rng);
  train(*task, options, [](const Progress&) { return true; });
  save_task(scratch.path("model"), *task, options, false);
  return contents(scratch.path("model"));
}

/// One change at a place that the generator chooses.
std::string mutated(std::string bytes, Rng& rng) {
  const auto below = [&](size_t count) { return rng.below(static_cast<uint32_t>(count)); };
  const size_t size = bytes.size(), block = 1 + below(256);
  const size_t at = below(size), other = below(size);
  const auto random = [&] { return static_cast<char>(below(256)); };
  switch (below(8)) {
    case 0:  // a bit flips
    case 1:
      bytes[at] ^= static_cast<char>(1 << below(8));
      break;
    case 2:  // the end is lost
      bytes.resize(at);
      break;
    case 3:  // more comes
      for (size_t i = 0; i < block; ++i) bytes += random();
      break;
    case 4:  // two blocks change places
      for (size_t i = 0; i < block; ++i)
        std::swap(bytes[(at + i) % size], bytes[(other + i) % size]);
      break;
    case 5:  // a block is lost
      bytes.erase(at, block);
      break;
    case 6:  // it comes twice
      bytes.insert(other, bytes.substr(at, block));
      break;
    default:  // it is overwritten
      for (size_t i = at; i < std::min(at + block, size); ++i) bytes[i] = random();
  }
  return bytes;
}

int64_t count_of_mutations() {
  const char* count = std::getenv("CADENA_MUTATIONS");
  return count ? std::atoll(count) : 2000;
}

class Mutations : public testing::TestWithParam<Model> {};

TEST_P(Mutations, AreAllDetected) {
  const std::string good = trained(GetParam());
  EXPECT_FALSE(parse_model(good, "model").parameters.empty());
  Rng rng(7);
  for (int64_t left = count_of_mutations(); left > 0;) {
    std::string bad = mutated(good, rng);
    if (bad == good) continue;  // equal blocks changed places, say
    --left;
    EXPECT_THROW(parse_model(std::move(bad), "model"), Error);
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, Mutations, testing::ValuesIn(models()),
                         [](const auto& test) { return test.param.task; });

}  // namespace
}  // namespace cadena
