// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cadena/base/error.h"

namespace cadena {

/// The bounds of a number, both allowed.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

template <class T>
concept SettingNumber = std::same_as<T, int> || std::same_as<T, int64_t> ||
    std::same_as<T, uint64_t> || std::same_as<T, float> || std::same_as<T, double>;

/// Names for the members of option structs, so that they can be read from text and written:
///     settings.add("model.hidden", options.hidden, "units of each direction", {.min = 1});
/// A key is "name" or "table.name". The values stay in the structs, which must outlive this table.
/// Whole numbers go up to 2^63 - 1, the largest of TOML.
class Settings {
 public:
  /// What a help page tells of one setting.
  struct Entry {
    std::string key, help;
    std::string expected = {};    ///< "a whole number from 1 to 65536"
    std::string by_default = {};  ///< as TOML writes it
  };

  /// The value at this moment is the default. Keys are listed in this order; each is added once.
  template <SettingNumber Number>
  void add(std::string key, Number& member, std::string help, Range range = {}) {
    add_item({{std::move(key), std::move(help)}, &member, range, {}});
  }
  void add(std::string key, bool& member, std::string help);
  /// One whole number or several: `[2, 3]`, on a command line `2,3`.
  void add(std::string key, std::vector<int>& member, std::string help, Range range = {});
  /// No `choices`: any UTF-8 text of at most 1024 bytes.
  void add(std::string key, std::string& member, std::string help,
           std::vector<std::string> choices = {});

  /// One value from text, as in `--set model.hidden=200`.
  /// Error, at `place`: unknown key, with the nearest as hint; a value not allowed.
  void set(std::string_view key, std::string_view value, const Place& place = {});

  /// Values from TOML: keys at the top or in one level of tables. What is not named keeps its
  /// value. Error, with file and line: not TOML, unknown table or key, a value not allowed, more
  /// than 1 MiB. The values before it are then already set.
  void read_toml(std::string_view text, const std::string& file);

  /// Every value, by tables in the order of listing, with the help as comments. Reading it gives
  /// the same bits.
  std::string to_toml() const;

  std::vector<std::string> keys() const;
  std::vector<Entry> entries() const;

 private:
  using Member = std::variant<int*, int64_t*, uint64_t*, float*, double*, bool*, std::vector<int>*,
                              std::string*>;
  /// monostate: a value of a type that no setting has.
  using Value =
      std::variant<std::monostate, bool, int64_t, double, std::vector<int64_t>, std::string>;
  struct Item {
    Entry entry;
    Member member;
    Range range;
    std::vector<std::string> choices;
  };

  void add_item(Item item);
  const Item& find(std::string_view key, const Place& place) const;
  std::vector<std::string> tables() const;

  /// Error: the value is not what `item` expects; `found` is how the message shows it.
  static void assign(const Item& item, const Value& value, const std::string& found,
                     const Place& place);
  static std::string expectation(const Item& item);
  static std::string toml_value(const Member& member);

  std::vector<Item> items_;
};

}  // namespace cadena
