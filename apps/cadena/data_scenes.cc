// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <iostream>
#include <limits>
#include <memory>

#include "cadena/data/scenes.h"
#include "command.h"

namespace cadena {
namespace {

struct Arguments {
  std::string folder;
  SceneSetOptions options;
  bool overwrite = false;
};

int run(const Arguments& a) {
  write_scenes(a.folder, a.options, a.overwrite);
  std::cerr << fmt::format("{0}/train.tsv, {0}/dev.tsv, {0}/test.tsv: {1}, {2} and {3} scenes\n",
                           a.folder, a.options.train, a.options.dev, a.options.test);
  return 0;
}

}  // namespace

Command add_data_scenes(CLI::App& data) {
  CLI::App* verb = add_verb(data, "scenes", "make pictures of shapes with Spanish sentences",
                            "cadena data scenes scenes");
  const auto a = std::make_shared<Arguments>();
  verb->add_option("DIR", a->folder, "folder to fill")->required();
  constexpr int most = 99'999;  // numbers of five digits
  add_number(*verb, "--train", 1, most, "scenes to learn from, 4000 by default",
             [a](int n) { a->options.train = n; });
  add_number(*verb, "--dev", 1, most, "scenes to choose by, 500 by default",
             [a](int n) { a->options.dev = n; });
  add_number(*verb, "--test", 1, most, "scenes to measure with, 500 by default",
             [a](int n) { a->options.test = n; });
  add_number(*verb, "--size", 16, 1024, "pixels of an edge, 48 by default",
             [a](int n) { a->options.size = n; });
  add_number(*verb, "--seed", 0, std::numeric_limits<int>::max(),
             "another one gives other scenes, 1 by default",
             [a](int n) { a->options.seed = static_cast<uint64_t>(n); });
  verb->add_flag("--overwrite", a->overwrite, "write into a folder that is not empty");
  return {verb, [a] { return run(*a); }};
}

}  // namespace cadena
