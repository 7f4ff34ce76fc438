// SPDX-License-Identifier: MIT
// Every single edit of every verb, flag and settings key: the first suggestion is a word that is
// one edit away. Where there are two such words ("top-" of --top-k and --top-p) either is right.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cadena/command.h"
#include "apps/cadena/usage.h"
#include "cadena/base/error.h"
#include "cadena/tasks/task.h"

namespace cadena {
namespace {

// What fingers write: letters, digits stand for one another, and the joints of words.
constexpr std::string_view keyboard = "abcdefghijklmnopqrstuvwxyz0-_.";

/// Words that differ from `word` by a letter left out, put in, changed, or swapped with the next.
std::set<std::string> typos_of(const std::string& word) {
  std::set<std::string> typos;
  for (size_t i = 0; i <= word.size(); ++i) {
    const std::string before = word.substr(0, i), after = word.substr(i);
    for (const char key : keyboard) {
      typos.insert(before + key + after);
      if (!after.empty()) typos.insert(before + key + after.substr(1));
    }
    if (!after.empty()) typos.insert(before + after.substr(1));
    if (after.size() > 1) typos.insert(before + after[1] + after[0] + after.substr(2));
  }
  typos.erase("");
  return typos;
}

/// Expects of each typo of each word that `suggestion(typo)` is a word with this typo.
template <class Suggest>
void check(const std::vector<std::string>& words, const Suggest& suggestion) {
  std::set<std::pair<std::string, std::string>> slips;  // and whose
  for (const std::string& word : words)
    for (const std::string& typo : typos_of(word)) slips.emplace(typo, word);
  std::string last;
  for (const auto& [typo, word] : slips) {
    if (typo == last || std::ranges::count(words, typo) > 0) continue;
    last = typo;
    const std::string found = suggestion(typo);
    EXPECT_TRUE(slips.contains({typo, found})) << typo << " of " << word << ": " << found;
  }
}

/// What stands between "did you mean '" and "'?", without dashes, else the whole of the error.
template <class Action>
std::string suggested(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    std::smatch found;
    static const std::regex hint("did you mean '-*(.*)'\\?");
    return std::regex_match(error.hint(), found, hint) ? found.str(1) : error.what();
  }
  return "no error";
}

class Typos : public testing::Test {
 protected:
  std::string suggested_for(const std::vector<std::string>& words) {
    std::vector<const char*> argv{"cadena"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    return suggested([&] { parse(program_, static_cast<int>(argv.size()), argv.data()); });
  }

  /// Calls visit(verb, path) for the program, with an empty path, and each verb below it.
  template <class Visit>
  void each_verb(const Visit& visit) {
    visit(program_, std::vector<std::string>());
    for (const CLI::App* verb : program_.get_subcommands({})) {
      visit(*verb, std::vector{verb->get_name()});
      for (const CLI::App* inner : verb->get_subcommands({}))
        visit(*inner, std::vector{verb->get_name(), inner->get_name()});
    }
  }

  CLI::App program_;
  const std::vector<Command> commands_ = add_commands(program_);  // own what options write to
};

std::vector<std::string> with(std::vector<std::string> words, const std::string& last) {
  words.push_back(last);
  return words;
}

TEST_F(Typos, OfEveryVerb) {
  each_verb([&](const CLI::App& app, const std::vector<std::string>& path) {
    std::vector<std::string> verbs;
    for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
    check(verbs, [&](const std::string& typo) { return suggested_for(with(path, typo)); });
  });
}

TEST_F(Typos, OfEveryFlag) {
  each_verb([&](const CLI::App& app, const std::vector<std::string>& path) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options())
      flags.insert(flags.end(), option->get_lnames().begin(), option->get_lnames().end());
    check(flags, [&](const std::string& typo) { return suggested_for(with(path, "--" + typo)); });
  });
}

TEST_F(Typos, OfEverySetting) {
  for (const TaskInfo& info : tasks()) {
    const std::unique_ptr<Task> task = info.make();
    TrainOptions train = task->train_defaults();
    Settings settings = settings_of(*task, train);
    check(settings.keys(),
          [&](const std::string& typo) { return suggested([&] { settings.set(typo, "1"); }); });
  }
}

TEST_F(Typos, OfEveryTask) {
  std::vector<std::string> names;
  for (const TaskInfo& info : tasks()) names.emplace_back(info.name);
  check(names, [](const std::string& typo) { return suggested([&] { make_task(typo); }); });
}

}  // namespace
}  // namespace cadena
