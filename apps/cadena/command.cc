// SPDX-License-Identifier: MIT
#include "command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cadena/base/compute.h"
#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/parallel.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

constexpr int64_t max_settings_bytes = 1 << 20;

}  // namespace

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& help,
                   const std::string& example) {
  CLI::App* verb = parent.add_subcommand(name, help);
  verb->footer("example:\n  " + example + "\n");
  return verb;
}

void add_choice(CLI::App& verb, const std::string& name, std::string& value,
                const std::vector<std::string>& choices, const std::string& help) {
  const auto check = [=](const std::string& text) {
    expect_choice(name, text, choices);
    return std::string();  // how CLI11 spells success
  };
  verb.add_option(name, value, help)->type_name(joined(choices, "|"))->check(check);
}

void add_number(CLI::App& verb, const std::string& names, int min, int max, const std::string& help,
                const std::function<void(int)>& take) {
  const std::string name = names.substr(names.find("--"));
  const auto read = [=](const std::string& text) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc{} || stop != end || number < min || number > max)
      throw Error(fmt::format("{} expects a whole number from {} to {}, found '{}'", name, min, max,
                              printable(text)),
                  "digits alone, without a unit");
    take(number);
  };
  verb.add_option_function<std::string>(names, read, help)->type_name("N");
}

void add_threads(CLI::App& verb) {
  add_number(verb, "-j,--threads", 1, 1024,
             "threads; by default CADENA_THREADS, else all processors", set_threads);
}

void add_precision(CLI::App& verb, std::string& precision) {
  const std::vector<std::string> names = precision_names();
  add_choice(verb, "--precision", precision, names, "how products are computed: " + joined(names));
  verb.get_option("--precision")->type_name("NAME");
}

void add_json(CLI::App& verb, bool& json) {
  verb.add_flag("--json", json, "print one JSON object instead of text");
}

std::string escaped(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const size_t bytes = first_code_point(text).bytes;
    line += printable(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return line;
}

void expect_choice(const std::string& name, const std::string& value,
                   const std::vector<std::string>& choices) {
  if (std::ranges::count(choices, value) > 0) return;
  const std::optional<std::string> near = nearest(value, choices);
  throw Error(
      fmt::format("{} expects one of {}, found '{}'", name, joined(choices), printable(value)),
      near ? fmt::format("did you mean '{}'?", *near) : "'--help' tells what they mean");
}

void SettingsArguments::add_to(CLI::App& verb) {
  verb.add_option("-c,--config", file, "read settings from a TOML file")->type_name("FILE");
  verb.add_option("--set", changes, "change one setting; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void SettingsArguments::apply(Settings& settings) const {
  if (!file.empty()) settings.read_toml(read_file(file, max_settings_bytes), file);
  for (const std::string& change : changes) {
    const size_t equals = change.find('=');
    if (equals == change.npos)
      throw Error(Place{"--set"}, fmt::format("expected KEY=VALUE, found '{}'", printable(change)),
                  "as in --set train.rate=0.001");
    settings.set(change.substr(0, equals), change.substr(equals + 1), Place{"--set"});
  }
}

}  // namespace cadena
