// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// B sequences of T steps and what is asked at some of their steps: numbers, or classes.
struct ProblemBatch {
  Tensor x;  // [T·B, D]
  Layout layout;
  std::vector<int32_t> rows;  // of x, where something is asked
  std::vector<float> numbers;
  std::vector<int32_t> classes;
};

/// A problem made to need memory. What is measured is the mean over what is asked: squared error of
/// numbers, cross-entropy of classes (natural logarithm).
struct SequenceProblem {
  std::string name;
  std::string measure;
  int64_t inputs, outputs;
  double chance;  // the measure of the best answer that remembers nothing
  double solved;  // a measure below this one counts as a solution
  std::function<ProblemBatch(int sequences, Rng& rng)> draw;
};

/// The adding problem (Hochreiter and Schmidhuber, 1997, in the form of Le, Jaitly and Hinton,
/// 2015): numbers from [0, 1), two of which are marked, one in each half; at the end their sum is
/// asked. To answer 1 always has the error 1/6. Errors: length below 2.
SequenceProblem adding_problem(int length);

/// The copy memory problem (Hochreiter and Schmidhuber, 1997, in the form of Arjovsky, Shah and
/// Bengio, 2016): 10 of 8 symbols, `length` steps without, the last of which has a sign to begin,
/// then 10 in which they are to be written; before, blanks are. Who remembers nothing has 10 log 8
/// / (length + 20). Errors: length below 1.
SequenceProblem copy_problem(int length);

/// Measuring spike delays (Gers, Schraudolph and Schmidhuber, 2002): spikes that stand `interval` +
/// d steps apart, d drawn from 0 ... `delays`, in a sequence of 4 · (interval + delays) steps; at
/// each spike d / delays is asked. Errors: interval or delays below 1.
SequenceProblem timing_problem(int interval, int delays);

/// Generating timed spikes (Gers, Schraudolph and Schmidhuber, 2002): nothing is read, all inputs
/// are 0; at every `period`-th step 1 is asked, else 0, in sequences of 1 to 10 periods. Errors:
/// period below 2.
SequenceProblem spikes_problem(int period);

/// One number to keep: numbers from [-1, 1), one of which is marked, in the first half; at the end
/// that one is asked. To answer 0 always has the error 1/3. Errors: length below 2.
SequenceProblem keeping_problem(int length);

}  // namespace cadena
