// SPDX-License-Identifier: MIT
// Every task. A new one is a file and a line here.
#include "cadena/tasks/classifier.h"
#include "cadena/tasks/generator.h"
#include "cadena/tasks/tagger.h"
#include "cadena/tasks/task.h"

namespace cadena {

std::span<const TaskInfo> tasks() {
  static const TaskInfo table[] = {
      {"tag", "a label for every token: named entities, slots, parts of speech",
       [] { return std::unique_ptr<Task>(new Tagger); }},
      {"classify", "a class for every text, row of a table or sequence of vectors",
       [] { return std::unique_ptr<Task>(new Classifier); }},
      {"generate", "text that goes on: a language model",
       [] { return std::unique_ptr<Task>(new Generator); }},
  };
  return table;
}

}  // namespace cadena
