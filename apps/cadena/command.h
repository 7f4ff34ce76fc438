// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/settings.h"

namespace cadena {

/// A verb of the program and what it does; the result is the exit code.
struct Command {
  CLI::App* verb;
  std::function<int()> run;
};

// One file each.
Command add_train(CLI::App& program);
Command add_resume(CLI::App& program);
Command add_eval(CLI::App& program);
Command add_predict(CLI::App& program);
Command add_config(CLI::App& program);
Command add_data_check(CLI::App& data);
Command add_data_scenes(CLI::App& data);
Command add_inspect(CLI::App& program);
Command add_runs_list(CLI::App& runs);
Command add_runs_compare(CLI::App& runs);
Command add_lecture(CLI::App& program);
Command add_compare(CLI::App& program);
Command add_gradcheck(CLI::App& program);
Command add_version(CLI::App& program);

/// All of these, and what `program` is beside them.
std::vector<Command> add_commands(CLI::App& program);

/// A verb whose help page ends with an example.
CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& help,
                   const std::string& example);

/// An option with one of a few values. Errors: another value.
void add_choice(CLI::App& verb, const std::string& name, std::string& value,
                const std::vector<std::string>& choices, const std::string& help);

/// An option with a whole number, which `take` is given. Errors: not from `min` to `max`.
void add_number(CLI::App& verb, const std::string& names, int min, int max, const std::string& help,
                const std::function<void(int)>& take);

/// -j, --threads.
void add_threads(CLI::App& verb);

/// --precision.
void add_precision(CLI::App& verb, std::string& precision);

/// --json.
void add_json(CLI::App& verb, bool& json);

/// In one line: what is not visible is escaped, as printable() does, but nothing is left out.
std::string escaped(std::string_view text);

/// Errors: `value` is none of `choices`; `name` is the option that it was given to.
void expect_choice(const std::string& name, const std::string& value,
                   const std::vector<std::string>& choices);

/// Where settings come from: the defaults, then a file, then --set, the later the stronger.
struct SettingsArguments {
  std::string file;
  std::vector<std::string> changes;

  /// -c, --config and --set.
  void add_to(CLI::App& verb);
  /// Errors: the file cannot be read, a key or a value is not right.
  void apply(Settings& settings) const;
};

}  // namespace cadena
