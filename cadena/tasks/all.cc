// SPDX-License-Identifier: MIT
// Every task. A new one is a file and a line here.
#include "cadena/tasks/classifier.h"
#include "cadena/tasks/describer.h"
#include "cadena/tasks/forecaster.h"
#include "cadena/tasks/generator.h"
#include "cadena/tasks/tagger.h"
#include "cadena/tasks/task.h"
#include "cadena/tasks/translator.h"

namespace cadena {

std::span<const TaskInfo> tasks() {
  static const TaskInfo table[] = {
      {"tag", "a label for every token: named entities, slots, parts of speech",
       [] { return std::unique_ptr<Task>(new Tagger); }},
      {"classify", "a class for every text, row of a table or sequence of vectors",
       [] { return std::unique_ptr<Task>(new Classifier); }},
      {"generate", "text that goes on: a language model",
       [] { return std::unique_ptr<Task>(new Generator); }},
      {"translate", "text to text: translations, summaries, subjects",
       [] { return std::unique_ptr<Task>(new Translator); }},
      {"describe", "a sentence for every picture or vector",
       [] { return std::unique_ptr<Task>(new Describer); }},
      {"forecast", "the next values of numeric series",
       [] { return std::unique_ptr<Task>(new Forecaster); }},
  };
  return table;
}

}  // namespace cadena
