// SPDX-License-Identifier: MIT
#include <iostream>
#include <memory>

#include "cadena/base/json.h"
#include "cadena/base/parallel.h"
#include "cadena/kernels/processor.h"
#include "cadena/kernels/vector_target.h"
#include "command.h"

namespace cadena {
namespace {

#ifdef __clang__
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

int run(bool json) {
  if (json)
    std::cout << Json::object({{"schema_version", 1},
                               {"version", CADENA_VERSION},
                               {"compiler", compiler},
                               {"vectors", kernels::vector_target()},
                               {"bfloat16_dot", kernels::has_bfloat16_dot()},
                               {"threads", threads()}})
                     .dump(2)
              << '\n';
  else
    std::cout << "cadena " CADENA_VERSION "\nbuilt with " << compiler << "\nruns on " << threads()
              << " threads\nvector instructions: " << kernels::vector_target()
              << (kernels::has_bfloat16_dot() ? ", and pairs of bfloat16\n" : "\n");
  return 0;
}

}  // namespace

Command add_version(CLI::App& program) {
  CLI::App* verb = add_verb(program, "version", "tell the version and how it was built",
                            "cadena version --json");
  const auto json = std::make_shared<bool>(false);
  add_json(*verb, *json);
  return {verb, [json] { return run(*json); }};
}

}  // namespace cadena
