// SPDX-License-Identifier: MIT
// The slide "machine learning": a class from features, as in Fisher's irises.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cadena/tasks/classifier.h"
#include "cadena/train/logistic.h"
#include "tests/support/checkout.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

constexpr size_t folds = 10, features = 4;

/// Where data that are not part of the repository lie, if they do.
std::string iris_file() { return corpus("iris/iris.csv"); }

struct Flower {
  std::string line, species;
  std::array<float, features> values;
};

std::vector<Flower> read_flowers(const std::string& path) {
  std::vector<Flower> all;
  std::istringstream in(contents(path));
  for (std::string line; std::getline(in, line);) {
    Flower& flower = all.emplace_back(Flower{line + "\n", line.substr(line.rfind(',') + 1), {}});
    std::istringstream fields(line);
    for (float& value : flower.values) {
      fields >> value;
      fields.ignore(1, ',');
    }
  }
  return all;
}

struct Fold {
  std::vector<Flower> train, test;
};

/// Each with a tenth of each species to test, another one for each seed.
std::vector<Fold> stratified(std::vector<Flower> flowers, uint64_t seed) {
  Rng rng(seed);
  rng.shuffle(flowers);
  std::vector<Fold> all(folds);
  std::map<std::string, size_t> seen;
  for (const Flower& flower : flowers) {
    const size_t own = seen[flower.species]++ % folds;
    for (size_t i = 0; i < folds; ++i) (i == own ? all[i].test : all[i].train).push_back(flower);
  }
  return all;
}

/// Of a network with default settings.
double network_accuracy(const Fold& fold, uint64_t seed, const Scratch& scratch) {
  const auto write = [&](const char* name, const std::vector<Flower>& flowers) {
    std::string text;
    for (const Flower& flower : flowers) text += flower.line;
    return scratch.write(name, text);
  };
  Classifier classifier;
  TrainOptions options = classifier.train_defaults();
  options.seed = seed;
  Rng rng(seed);
  const std::string file = write("train.csv", fold.train);
  classifier.prepare(file, std::nullopt, rng);
  train(classifier, options, [](const Progress&) { return true; });
  return classifier.evaluate(write("test.csv", fold.test)).score;
}

/// Of logistic regression on columns of mean 0 and deviation 1.
double logistic_accuracy(const Fold& fold) {
  std::array<float, features> means{}, deviations{};
  for (size_t k = 0; k < features; ++k) {
    double sum = 0, squares = 0;
    for (const Flower& flower : fold.train) sum += flower.values[k];
    const double mean = sum / static_cast<double>(fold.train.size());
    for (const Flower& flower : fold.train) squares += std::pow(flower.values[k] - mean, 2);
    means[k] = static_cast<float>(mean);
    deviations[k] = static_cast<float>(std::sqrt(squares / static_cast<double>(fold.train.size())));
  }
  std::map<std::string, int32_t> ids;
  const auto encode = [&](const std::vector<Flower>& flowers, std::vector<int32_t>& labels) {
    SparseRows rows;
    for (const Flower& flower : flowers) {
      std::array<float, features> values;
      for (size_t k = 0; k < features; ++k)
        values[k] = (flower.values[k] - means[k]) / deviations[k];
      rows.append({std::array<int32_t, features>{0, 1, 2, 3}, values});
      labels.push_back(
          ids.try_emplace(flower.species, static_cast<int32_t>(ids.size())).first->second);
    }
    return rows;
  };
  std::vector<int32_t> labels, gold;
  const SparseRows rows = encode(fold.train, labels), asked = encode(fold.test, gold);
  const LogisticRegression model(rows, labels, features, static_cast<int>(ids.size()));
  double right = 0;
  for (size_t i = 0; i < gold.size(); ++i) right += model.predict(asked[i]) == gold[i];
  return 100 * right / static_cast<double>(gold.size());
}

// Two seeds keep this short; CADENA_IRIS_SEEDS=10 makes the figure of docs/lecture.md.
TEST(Lecture, A1_IrisesAreTold) {
  const std::string file = iris_file();
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no " << file << ": set CADENA_DATA to the folder with iris/iris.csv";
  const std::vector<Flower> flowers = read_flowers(file);
  ASSERT_EQ(flowers.size(), 150u);
  const Scratch scratch;
  double network = 0, logistic = 0;
  const char* asked = std::getenv("CADENA_IRIS_SEEDS");
  const uint64_t seeds = asked ? std::stoul(asked) : 2;
  for (uint64_t seed = 1; seed <= seeds; ++seed)
    for (const Fold& fold : stratified(flowers, seed)) {
      ASSERT_EQ(fold.train.size(), 135u);
      network += network_accuracy(fold, seed, scratch) / static_cast<double>(folds * seeds);
      logistic += logistic_accuracy(fold) / static_cast<double>(folds * seeds);
    }
  EXPECT_GE(network, 95);
  std::cout << "iris, " << folds << " folds, " << seeds << " seeds: network " << network
            << ", logistic regression " << logistic << "\n";
  RecordProperty("network", std::to_string(network));
  RecordProperty("logistic", std::to_string(logistic));
}

}  // namespace
}  // namespace cadena
