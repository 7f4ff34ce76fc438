// SPDX-License-Identifier: MIT
#include "lecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <numeric>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/suggest.h"
#include "cadena/base/utf8.h"
#include "cadena/nn/recurrent.h"

namespace cadena {
namespace {

struct Output {
  bool json = false, overwrite = false;
  std::string file;
};

int print(const std::function<Figure()>& draw, const Output& output) {
  if (!output.file.empty()) check_writable(output.file, output.overwrite);
  const Figure figure = draw();
  if (!output.file.empty()) write_file_atomically(output.file, figure.svg, output.overwrite);
  if (output.file != "-") std::cout << (output.json ? figure.json.dump(2) + "\n" : figure.text);
  return 0;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts{std::string()};
  for (const char c : list)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

double real(const std::string& name, const std::string& text, double min, double max) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end || !(number >= min && number <= max))
    throw Error(fmt::format("{} expects a number from {} to {}, found \"{}\"", name, min, max,
                            printable(text)),
                "with a decimal point, without a unit");
  return number;
}

template <class Number>
void add_number(CLI::App& verb, const std::string& name, Number& value, double min, double max,
                const std::string& help) {
  const auto read = [=, &value](const std::string& text) {
    value = static_cast<Number>(real(name, text, min, max));
  };
  verb.add_option_function<std::string>(name, read, fmt::format("{}, {} by default", help, value))
      ->type_name("X");
}

}  // namespace

Command figure_command(CLI::App* verb, const std::function<Figure()>& draw) {
  const auto output = std::make_shared<Output>();
  verb->add_option("--figure", output->file, "write it as a picture too; '-' is stdout, alone")
      ->type_name("FILE.svg");
  verb->add_flag("--overwrite", output->overwrite, "replace FILE.svg if it exists");
  add_threads(*verb);
  add_json(*verb, output->json);
  return {verb, [=] { return print(draw, *output); }};
}

void add_real(CLI::App& verb, const std::string& name, double& value, double min, double max,
              const std::string& help) {
  add_number(verb, name, value, min, max, help);
}

void add_real(CLI::App& verb, const std::string& name, float& value, double min, double max,
              const std::string& help) {
  add_number(verb, name, value, min, max, help);
}

void add_reals(CLI::App& verb, const std::string& name, std::vector<double>& values, double min,
               double max, const std::string& help) {
  const auto read = [=, &values](const std::string& list) {
    values.clear();
    for (const std::string& text : split(list)) values.push_back(real(name, text, min, max));
  };
  verb.add_option_function<std::string>(name, read, help)->type_name("X,X...");
}

void add_cell(CLI::App& verb, std::string& cell) {
  add_choice(verb, "--cell", cell, recurrent_cells(),
             "the recurrent cell, " + cell + " by default");
  verb.get_option("--cell")->type_name("NAME");
}

void add_cells(CLI::App& verb, std::vector<std::string>& cells) {
  const auto read = [&cells](const std::string& list) {
    cells = split(list);
    for (const std::string& cell : cells) expect_choice("--cell", cell, recurrent_cells());
  };
  verb.add_option_function<std::string>("--cell", read,
                                        "recurrent cells, " + joined(cells, ",") + " by default")
      ->type_name("NAME,NAME...");
}

std::vector<double> counted(size_t count) {
  std::vector<double> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 1.0);
  return numbers;
}

Command add_lecture(CLI::App& program) {
  CLI::App* lecture =
      add_verb(program, "lecture", "draw a figure of the lecture on recurrent networks, measured",
               "cadena lecture vanishing --figure vanishing.svg");
  lecture->require_subcommand(0, 1);
  const std::vector<Command> figures{
      add_bptt(*lecture),   add_vanishing(*lecture), add_memory(*lecture), add_gates(*lecture),
      add_adding(*lecture), add_copy(*lecture),      add_timing(*lecture), add_spikes(*lecture)};
  return {lecture, [figures] {
            return std::ranges::find_if(figures,
                                        [](const Command& figure) { return figure.verb->parsed(); })
                ->run();
          }};
}

}  // namespace cadena
