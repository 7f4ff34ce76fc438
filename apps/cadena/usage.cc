// SPDX-License-Identifier: MIT
#include "usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"

namespace cadena {
namespace {

/// The verb that was given, the program itself if there was none.
const CLI::App& selected(const CLI::App& program) {
  const std::vector<CLI::App*> verbs = program.get_subcommands();
  return verbs.empty() ? program : selected(*verbs.front());
}

const CLI::App* find_command(const CLI::App& app, std::string_view name) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == name) return command;
  return nullptr;
}

bool is_group(const CLI::App& app) { return !app.get_subcommands({}).empty(); }

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::string usage_hint(const CLI::App& app) { return "usage: " + usage(app); }

/// Errors: always. `argument` starts with a dash.
[[noreturn]] void throw_unknown_option(const CLI::App& app, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  const size_t dashes = std::min(name.find_first_not_of('-'), name.size());
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
    if (dashes > 1) continue;
    known.insert(known.end(), option->get_snames().begin(), option->get_snames().end());
  }
  const std::string word = name.substr(dashes);
  const std::optional<std::string> near = nearest(word, known);
  const std::optional<std::string> command = nearest(word, commands_of(app));
  throw Error(fmt::format("unknown option '{}'", printable(name)),
              near      ? fmt::format("did you mean '{}{}'?", near->size() > 1 ? "--" : "-", *near)
              : command ? fmt::format("did you mean '{}'?", *command)
                        : usage_hint(app));
}

[[noreturn]] void throw_unknown_command(const CLI::App& app, const std::string& argument) {
  const std::vector<std::string> known = commands_of(app);
  const std::optional<std::string> near = nearest(argument, known);
  throw Error(fmt::format("unknown command '{}'", printable(argument)),
              near ? fmt::format("did you mean '{}'?", *near) : "commands: " + joined(known));
}

/// Errors: something was left over by `app` or by the verb that was given after it.
void check_leftovers(const CLI::App& app) {
  std::vector<std::string> left = app.remaining();
  std::erase(left, "--");
  for (const std::string& argument : left)
    if (argument.size() > 1 && argument.front() == '-') throw_unknown_option(app, argument);
  if (!left.empty() && is_group(app)) throw_unknown_command(app, left.front());
  if (!left.empty())
    throw Error(fmt::format("unexpected argument '{}'", printable(left.front())), usage_hint(app));
  for (const CLI::App* verb : app.get_subcommands()) check_leftovers(*verb);
}

/// Errors: a long option with one dash, which CLI11 would take for the short one of its first
/// letter: "-config" for "-c onfig"; a word with three, which it would take for a file. Commands
/// that have others below them take neither files nor values, so no dash stands there by right.
void check_dashes(const CLI::App& program, int argc, const char* const* argv) {
  const CLI::App* app = &program;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") return;
    if (const CLI::App* command = find_command(*app, argument)) app = command;
    const size_t dashes = std::min(argument.find_first_not_of('-'), argument.size());
    if (argument.size() < 3 || dashes == 0 || dashes == 2) continue;
    if (dashes > 2 || is_group(*app) ||
        app->get_option_no_throw("-" + argument.substr(0, argument.find('='))))
      throw_unknown_option(*app, argument);
  }
}

/// What CLI11 says, in our words.
std::string message_of(const CLI::ParseError& error) {
  const std::string message = error.what();
  const std::string option = message.substr(std::min(message.find("--"), message.size()));
  const std::string name = option.substr(0, option.find_first_of(": "));
  // "--output: 1 required MODEL missing"
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return name + " needs a value";
  // "Could not convert: --json = x"; all other options are texts for CLI11
  if (dynamic_cast<const CLI::ConversionError*>(&error)) return name + " takes no value";
  return message;
}

}  // namespace

std::optional<std::string> parse(CLI::App& program, int argc, const char* const* argv) {
  check_dashes(program, argc, argv);
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return version.what() + std::string("\n");
  } catch (const CLI::CallForHelp&) {
    if (is_group(selected(program))) check_leftovers(program);  // help for a command there is not
    return help_page(selected(program));
  } catch (const CLI::ParseError& error) {
    check_leftovers(program);
    throw Error(message_of(error), usage_hint(selected(program)));
  }
  const CLI::App& verb = selected(program);
  return is_group(verb) ? std::optional(help_page(verb)) : std::nullopt;
}

}  // namespace cadena
