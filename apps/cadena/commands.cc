// SPDX-License-Identifier: MIT
// Every verb. A new one is a file and a line here.
#include "command.h"

namespace cadena {
namespace {

constexpr const char* description =
    "recurrent neural networks for sequential data\n\n"
    "examples:\n"
    "  cadena train tag train.conll --dev dev.conll -o names.cadena\n"
    "  echo 'Ana vive en Sevilla.' | cadena predict names.cadena";

}  // namespace

std::vector<Command> add_commands(CLI::App& program) {
  program.name("cadena");
  program.description(description);
  program.set_help_flag("-h,--help", "show this page");
  program.set_version_flag("--version", "cadena " CADENA_VERSION, "show the version");
  program.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  program.require_subcommand(0, 1);
  program.footer("'cadena COMMAND --help' tells more about a command.\n");
  CLI::App* data = add_verb(program, "data", "look at data before training, or make some",
                            "cadena data check train.conll");
  data->require_subcommand(0, 1);
  CLI::App* runs = add_verb(program, "runs", "look back at trainings", "cadena runs list");
  runs->require_subcommand(0, 1);
  return {add_train(program),      add_resume(program),  add_eval(program),
          add_predict(program),    add_config(program),  add_data_check(*data),
          add_data_scenes(*data),  add_inspect(program), add_runs_list(*runs),
          add_runs_compare(*runs), add_lecture(program), add_compare(program),
          add_gradcheck(program),  add_version(program)};
}

}  // namespace cadena
