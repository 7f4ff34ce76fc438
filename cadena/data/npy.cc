// SPDX-License-Identifier: MIT
#include "cadena/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/utf8.h"

namespace cadena {

static_assert(std::endian::native == std::endian::little, "the values are stored little-endian");

namespace {

constexpr const char* save_hint = "write it with numpy.save(FILE, array.astype('float32'))";

struct TypeName {
  std::string_view name;  ///< as in "descr"
  NpyArray::Type type;
  size_t bytes;
};

constexpr TypeName types[] = {
    {"<f4", NpyArray::Type::f4, 4}, {"<f8", NpyArray::Type::f8, 8}, {"|i1", NpyArray::Type::i1, 1},
    {"|u1", NpyArray::Type::u1, 1}, {"<i2", NpyArray::Type::i2, 2}, {"<i4", NpyArray::Type::i4, 4},
    {"<i8", NpyArray::Type::i8, 8},
};

/// The header: a Python dictionary of three entries. Errors: without a place.
class Header {
 public:
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;

  explicit Header(std::string_view text) : text_(text) {
    expect('{');
    unsigned seen = 0;
    while (!accept('}')) {
      seen |= read_entry(seen);
      if (accept(',')) continue;
      expect('}');
      break;
    }
    if (seen != 7u) throw malformed("'descr', 'fortran_order' and 'shape', each once");
    if (text_.find_first_not_of(' ') != text_.size() - 1 || !text_.ends_with('\n'))
      throw malformed("spaces and a newline after the dictionary");
  }

 private:
  /// The bit of the entry that was read, which is none of `seen`.
  unsigned read_entry(unsigned seen) {
    const std::string key = read_string();
    const unsigned bit = key == "descr"           ? 1u
                         : key == "fortran_order" ? 2u
                         : key == "shape"         ? 4u
                                                  : 0;
    if (bit == 0 || (seen & bit))
      throw malformed("'descr', 'fortran_order' and 'shape', each once");
    expect(':');
    if (bit == 1) descr = read_descr();
    if (bit == 2) fortran_order = read_bool();
    if (bit == 4) shape = read_shape();
    return bit;
  }

  std::string read_string() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const size_t end = text_.find(quote);
    if (end == std::string_view::npos) throw malformed("a closing quote");
    std::string found(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return found;
  }

  std::string read_descr() {
    skip_spaces();
    if (text_.starts_with('['))
      throw Error("its values are records with named fields", "save one array of plain numbers");
    return read_string();
  }

  bool read_bool() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)})
      if (text_.starts_with(word)) {
        text_.remove_prefix(std::strlen(word));
        return value;
      }
    throw malformed("True or False");
  }

  std::vector<int64_t> read_shape() {
    std::vector<int64_t> found;
    expect('(');
    bool comma = true;
    while (!accept(')')) {
      if (!comma) throw malformed("a comma between dimensions");
      skip_spaces();
      const auto [end, code] =
          std::from_chars(text_.data(), text_.data() + text_.size(), found.emplace_back());
      if (code != std::errc()) throw malformed("a tuple of dimensions");
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      comma = accept(',');
    }
    if (found.size() == 1 && !comma) throw malformed("a comma in a tuple of one dimension");
    return found;
  }

  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }

  bool accept(char wanted) {
    skip_spaces();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) throw malformed(fmt::format("'{}'", wanted));
  }

  Error malformed(std::string_view expected) const {
    return Error(
        fmt::format("malformed .npy header: expected {}, found \"{}\"", expected, printable(text_)),
        save_hint);
  }

  std::string_view text_;
};

/// Takes the header off the front of the file.
Header take_header(std::string_view& bytes) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (!bytes.starts_with(magic) || bytes.size() < 10)
    throw Error("is no .npy file: it does not start as one", save_hint);
  const int version = static_cast<unsigned char>(bytes[6]),
            minor = static_cast<unsigned char>(bytes[7]);
  if ((version != 1 && version != 2) || minor != 0)
    throw Error(fmt::format(".npy format {}.{} is not read, only 1.0 and 2.0", version, minor),
                save_hint);
  const size_t width = version == 1 ? 2 : 4;
  bytes.remove_prefix(8);
  uint32_t length = 0;
  std::memcpy(&length, bytes.data(), std::min(width, bytes.size()));
  if (bytes.size() < width + length)
    throw Error("the .npy header is cut short", "copy or download the file again");
  const std::string_view text = bytes.substr(width, length);
  bytes.remove_prefix(width + length);
  return Header(text);
}

NpyArray parse(std::string_view bytes) {
  const Header header = take_header(bytes);
  const auto* type = std::ranges::find(types, header.descr, &TypeName::name);
  if (type == std::end(types))
    throw Error(fmt::format("values of type \"{}\" are not read", printable(header.descr)),
                "convert them to little-endian numbers: array.astype('float32')");
  if (header.fortran_order && header.shape.size() > 1)
    throw Error("the array is in Fortran order", "save numpy.ascontiguousarray(array)");
  const size_t most = bytes.size() / type->bytes;
  size_t size = 1;
  for (int64_t dimension : header.shape) {
    if (dimension < 1)
      throw Error(fmt::format("the array has a dimension of {}", dimension),
                  "every dimension is 1 or more");
    size = static_cast<uint64_t>(dimension) > most / size ? most + 1
                                                          : size * static_cast<size_t>(dimension);
    if (size > most)
      throw Error(
          fmt::format("the array is cut short: {} bytes are too few for its shape", bytes.size()),
          "copy or download the file again");
  }
  if (bytes.size() != size * type->bytes)
    throw Error(
        fmt::format("expected {} bytes of values, found {}", size * type->bytes, bytes.size()),
        "copy or download the file again; a file has one array");
  return NpyArray{type->type, header.shape, bytes};
}

template <class Number>
Number load(std::string_view data, int64_t at) {
  Number number;
  std::memcpy(&number, data.data() + static_cast<size_t>(at) * sizeof(Number), sizeof(Number));
  return number;
}

/// Calls `use` with a value of the type that the array has.
template <class Use>
auto with_type(NpyArray::Type type, Use use) {
  switch (type) {
    case NpyArray::Type::f4:
      return use(float{});
    case NpyArray::Type::f8:
      return use(double{});
    case NpyArray::Type::i1:
      return use(int8_t{});
    case NpyArray::Type::u1:
      return use(uint8_t{});
    case NpyArray::Type::i2:
      return use(int16_t{});
    case NpyArray::Type::i4:
      return use(int32_t{});
    case NpyArray::Type::i8:
      break;
  }
  return use(int64_t{});
}

}  // namespace

int64_t NpyArray::size() const {
  int64_t product = 1;
  for (int64_t dimension : shape) product *= dimension;
  return product;
}

std::optional<std::vector<float>> NpyArray::floats(int64_t begin, int64_t count) const {
  std::vector<float> values(static_cast<size_t>(count));
  const bool finite = with_type(type, [&]<class Number>(Number) {
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(load<Number>(data, begin + i));
      if (!(std::abs(value) <= double{std::numeric_limits<float>::max()})) return false;
      values[static_cast<size_t>(i)] = static_cast<float>(value);
    }
    return true;
  });
  if (!finite) return std::nullopt;
  return values;
}

int64_t NpyArray::integer(int64_t at) const {
  return with_type(
      type, [&]<class Number>(Number) { return static_cast<int64_t>(load<Number>(data, at)); });
}

NpyArray parse_npy(std::string_view bytes, const std::string& file) {
  try {
    return parse(bytes);
  } catch (const Error& error) {
    throw Error(Place{file}, error.message(), error.hint());
  }
}

}  // namespace cadena
