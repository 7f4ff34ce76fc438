// SPDX-License-Identifier: MIT
#include <iostream>
#include <limits>
#include <memory>

#include "cadena/base/json.h"
#include "cadena/data/check.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string file, against;
  int most = 20;
  bool json = false;
};

Json json_of(const std::map<std::string, int64_t>& counts) {
  Json object = Json::object();
  for (const auto& [name, count] : counts) object.push(name, count);
  return object;
}

Json json_of(const std::vector<Problem>& problems) {
  Json array = Json::array();
  for (const Problem& problem : problems)
    array.push(Json::object({{"line", problem.line}, {"what", problem.what}}));
  return array;
}

Json json_of(const Overlap& overlap) {
  return Json::object({{"file", overlap.file},
                       {"sentences", overlap.sentences},
                       {"shared_sentences", overlap.shared_sentences},
                       {"names", overlap.names},
                       {"shared_names", overlap.shared_names},
                       {"words", overlap.words},
                       {"shared_words", overlap.shared_words}});
}

Json json_of(const DataReport& report) {
  Json json = Json::object({{"schema_version", 1},
                            {"file", report.file},
                            {"sentences", report.sentences},
                            {"tokens", report.tokens},
                            {"longest_sentence", report.longest_sentence},
                            {"longest_sentence_line", report.longest_sentence_line},
                            {"word_types", report.word_types},
                            {"singletons", report.singletons},
                            {"scheme", report.scheme ? Json(name(*report.scheme)) : Json()},
                            {"entities", json_of(report.entities)},
                            {"tags", json_of(report.tags)},
                            {"problems", json_of(report.problems)},
                            {"notes", json_of(report.notes)}});
  if (report.overlap) json.push("overlap", json_of(*report.overlap));
  return json;
}

int run(const Arguments& a) {
  const DataReport report = check_data(a.file, a.against);
  if (a.json)
    std::cout << json_of(report).dump(2) << '\n';
  else
    std::cout << to_text(report, static_cast<size_t>(a.most));
  return report.problems.empty() ? 0 : 2;
}

}  // namespace

Command add_data_check(CLI::App& program) {
  CLI::App* data =
      add_verb(program, "data", "look at data before training", "cadena data check train.conll");
  data->require_subcommand(0, 1);
  CLI::App* verb = add_verb(*data, "check", "count what a CoNLL file holds and find its faults",
                            "cadena data check train.conll --against dev.conll");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("FILE", a->file, "words in the first column, tags in the last")->required();
  verb->add_option("--against", a->against, "tell how much of this file is seen in FILE")
      ->type_name("OTHER");
  add_number(*verb, "--most", 0, std::numeric_limits<int>::max(),
             "problems to write out, 20 by default; JSON has all", [a](int n) { a->most = n; });
  add_json(*verb, a->json);
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
