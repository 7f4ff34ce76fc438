// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// Answers what a stream has in groups of at most `most`, each as soon as no more of it can be had
/// without waiting. read(take) calls take(item) for each item, until it returns false: then nobody
/// takes the answers any more. answer(items) writes their answers. What came before a fault of the
/// input is answered all the same.
template <class Item, class Read, class Answer>
void answer_together(const Stream& stream, size_t most, const Read& read, const Answer& answer) {
  std::vector<Item> waiting;
  const auto answer_all = [&] {
    answer(waiting);
    stream.out.flush();
    waiting.clear();
  };
  const auto take = [&](Item item) {
    waiting.push_back(std::move(item));
    if (waiting.size() >= most || !stream.ready()) answer_all();
    return static_cast<bool>(stream.out);
  };
  try {
    read(take);
  } catch (const Error&) {
    answer_all();
    throw;
  }
  answer_all();
}

}  // namespace cadena
