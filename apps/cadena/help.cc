// SPDX-License-Identifier: MIT
// Help pages, all of one form.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "usage.h"

namespace cadena {
namespace {

using Row = std::pair<std::string, std::string>;  // a name and what it means

/// "cadena data check".
std::string full_name(const CLI::App& verb) {
  const CLI::App* parent = verb.get_parent();
  return parent ? full_name(*parent) + " " + verb.get_name() : verb.get_name();
}

std::vector<const CLI::Option*> options_of(const CLI::App& verb, bool positional) {
  return verb.get_options(
      [=](const CLI::Option* option) { return option->get_positional() == positional; });
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// "-o MODEL".
std::string shortest_form(const CLI::Option& option) {
  const auto& letters = option.get_snames();
  const std::string name = letters.empty() ? "--" + option.get_lnames().at(0) : "-" + letters[0];
  return takes_value(option) ? name + " " + option.get_type_name() : name;
}

/// "-o, --output MODEL".
std::string all_forms(const CLI::Option& option) {
  const auto& letters = option.get_snames();
  std::string forms = letters.empty() ? "    " : "-" + letters[0] + ", ";
  forms += "--" + option.get_lnames().at(0);
  return takes_value(option) ? forms + " " + option.get_type_name() : forms;
}

std::string section(const std::string& title, const std::vector<Row>& rows, size_t width) {
  if (rows.empty()) return {};
  std::string text = title.empty() ? "\n" : "\n" + title + ":\n";
  for (const auto& [name, meaning] : rows)
    text += fmt::format("  {:<{}}  {}\n", name, width, meaning);
  return text;
}

}  // namespace

std::string usage(const CLI::App& verb) {
  std::string line = full_name(verb);
  if (!verb.get_subcommands({}).empty()) return line + " COMMAND ...";
  for (const CLI::Option* argument : options_of(verb, true))
    line +=
        argument->get_required() ? " " + argument->get_name() : " [" + argument->get_name() + "]";
  for (const CLI::Option* option : options_of(verb, false))
    if (option->get_required()) line += " " + shortest_form(*option);
  return line + " [options]";
}

std::string help_page(const CLI::App& verb) {
  std::vector<Row> arguments, options, commands;
  for (const CLI::Option* argument : options_of(verb, true))
    arguments.emplace_back(argument->get_name(), argument->get_description());
  for (const CLI::Option* option : options_of(verb, false))
    options.emplace_back(all_forms(*option), option->get_description());
  for (const CLI::App* command : verb.get_subcommands({}))
    commands.emplace_back(command->get_name(), command->get_description());

  size_t width = 0;
  for (const auto* rows : {&arguments, &options, &commands})
    for (const Row& row : *rows) width = std::max(width, row.first.size());

  std::string page =
      fmt::format("{}: {}\n\nusage: {}\n", full_name(verb), verb.get_description(), usage(verb));
  page += section("", arguments, width);
  page += section("commands", commands, width);
  page += section("options", options, width);
  const std::string footer = verb.get_footer();
  return footer.empty() ? page : page + "\n" + footer;
}

}  // namespace cadena
