// SPDX-License-Identifier: MIT
#include "cadena/data/conlleval.h"

#include <gtest/gtest.h>

#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/rng.h"
#include "cadena/data/tags.h"

namespace cadena {
namespace {

using Tags = std::vector<std::string>;

TEST(Conlleval, HandCase) {
  EntityScore score;
  // PER 0-2 right; LOC 3-4 found as ORG; MISC missed.
  score.add(Tags{"B-PER", "I-PER", "O", "B-LOC", "O", "B-MISC"},
            Tags{"B-PER", "I-PER", "O", "B-ORG", "O", "O"});
  // LOC right; PER found one token short.
  score.add(Tags{"I-LOC", "O", "B-PER", "I-PER"}, Tags{"B-LOC", "O", "B-PER", "O"});
  EXPECT_EQ(score.report(),
            "processed 10 tokens with 5 phrases; found: 4 phrases; correct: 2.\n"
            "accuracy:  60.00%; precision:  50.00%; recall:  40.00%; FB1:  44.44\n"
            "              LOC: precision: 100.00%; recall:  50.00%; FB1:  66.67  1\n"
            "             MISC: precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n"
            "              ORG: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n"
            "              PER: precision:  50.00%; recall:  50.00%; FB1:  50.00  2\n");
  const EntityResult& result = score.result();
  EXPECT_EQ(result.correct_tokens, 6);
  EXPECT_EQ(result.types.at("LOC").phrases, 2);
  EXPECT_DOUBLE_EQ(result.all.f1(), 400.0 / 9);
}

TEST(Conlleval, Nothing) {
  EXPECT_EQ(EntityScore().report(),
            "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0.\n");
  EntityScore score;
  score.add(Tags{"O"}, Tags{"O"});
  EXPECT_EQ(score.report(),
            "processed 1 tokens with 0 phrases; found: 0 phrases; correct: 0.\n"
            "accuracy: 100.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00\n");
}

TEST(Conlleval, LengthsMustAgree) {
  EntityScore score;
  EXPECT_THROW(score.add(Tags{"O"}, Tags{"O", "O"}), Error);
}

/// conlleval.pl counts on the fly: a phrase is correct when it starts, goes on and ends in step in
/// both columns. This follows that account, token by token, for B, I and O.
int64_t correct_in_step(const Tags& gold, const Tags& predicted) {
  const auto edge = [](const std::string& before, const std::string& now, bool start) {
    const std::string& inside = start ? now : before;
    if (inside == "O") return false;
    return now == "O" || before == "O" || now[0] == 'B' || before.substr(2) != now.substr(2);
  };
  int64_t correct = 0;
  bool in_step = false;
  std::string gold_before = "O", before = "O";
  for (size_t i = 0; i <= gold.size(); ++i) {
    const std::string gold_now = i < gold.size() ? gold[i] : "O";
    const std::string now = i < gold.size() ? predicted[i] : "O";
    if (in_step) {
      const bool gold_end = edge(gold_before, gold_now, false), end = edge(before, now, false);
      correct += gold_end && end;
      in_step = !gold_end && !end;
    }
    if (edge(gold_before, gold_now, true) && edge(before, now, true) &&
        gold_now.substr(2) == now.substr(2))
      in_step = true;
    gold_before = gold_now;
    before = now;
  }
  return correct;
}

TEST(Conlleval, SameAsCountingInStep) {
  const Tags alphabet = {"O", "B-P", "I-P", "B-L", "I-L"};
  Rng rng(7);
  for (int trial = 0; trial < 5000; ++trial) {
    Tags gold(1 + rng.below(9)), predicted(gold.size());
    for (std::string& tag : gold) tag = alphabet[rng.below(5)];
    for (size_t i = 0; i < gold.size(); ++i)
      predicted[i] = rng.below(3) > 0 ? gold[i] : alphabet[rng.below(5)];
    EntityScore score;
    score.add(gold, predicted);
    EXPECT_EQ(score.result().all.correct, correct_in_step(gold, predicted));
  }
}

}  // namespace
}  // namespace cadena
