// SPDX-License-Identifier: MIT
#include "tests/fuzz/readers.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/base/hash.h"
#include "cadena/base/input.h"
#include "cadena/base/json.h"
#include "cadena/base/utf8.h"
#include "cadena/data/byte_pairs.h"
#include "cadena/data/captions.h"
#include "cadena/data/check.h"
#include "cadena/data/conll.h"
#include "cadena/data/forecast_series.h"
#include "cadena/data/idx.h"
#include "cadena/data/image.h"
#include "cadena/data/mel.h"
#include "cadena/data/npy.h"
#include "cadena/data/parallel_text.h"
#include "cadena/data/series.h"
#include "cadena/data/texts.h"
#include "cadena/data/time_stamp.h"
#include "cadena/data/tokenizer.h"
#include "cadena/data/vectors.h"
#include "cadena/data/vocabulary.h"
#include "cadena/data/wav.h"
#include "cadena/io/safetensors.h"
#include "cadena/tasks/task.h"
#include "tests/data/png_bytes.h"

namespace cadena {
namespace {

using Bytes = std::span<const std::byte>;

constexpr const char* file = "input";  // its name in errors

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Bytes as a file in memory, for readers that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::system_error(errno, std::generic_category(), "a file in memory");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// What must hold for any bytes.
void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

void pass_over(const Error&) {}

// ---- models and settings

void read_safetensors(Bytes bytes) {
  for (const StoredTensor& tensor : parse_safetensors(bytes).tensors) {
    const auto size = static_cast<int64_t>(bytes.size());
    expect(tensor.offset >= 0 && tensor.bytes > 0 && tensor.bytes <= size - tensor.offset,
           "a tensor outside the file");
  }
}

/// As somebody makes it who puts in the right checksum.
std::string with_checksum(Bytes bytes) {
  std::string text(text_of(bytes));
  const std::string key = "\"cadena.checksum\":\"";
  const size_t at = text.find(key);
  if (constexpr size_t digits = 32; at != text.npos && at + key.size() + digits <= text.size()) {
    const std::string_view before = std::string_view(text).substr(0, at + key.size());
    const std::string_view after = std::string_view(text).substr(before.size() + digits);
    const std::array parts = {before, std::string_view("00000000000000000000000000000000"), after};
    text.replace(before.size(), digits, xxh3_128_hex(parts));
  }
  return text;
}

void read_model(Bytes bytes) { load_task(MemoryFile(with_checksum(bytes)).path()); }

/// What a checkpoint is of: a table of which batches use some rows.
struct Learned : Trainee {
  Tensor rows = Tensor::parameter({4, 3});
  std::optional<Rng> noise;

  void visit(Visitor& visitor) override { visitor("rows", rows); }
  int64_t start_epoch(Rng& rng) override {
    noise = rng.split();
    return 3;
  }
  Loss loss(int64_t batch) override {
    const std::vector<int32_t> used{static_cast<int32_t>(batch), 3};
    const Tensor some = gather(rows, used);
    return {sum(multiply(some, some)), 1, 1, 1};
  }
  Carried carried() override { return {.noise = noise ? &*noise : nullptr}; }
  Measure measure() const override { return {"score"}; }
  double held_out_score() override { return 0; }
};

/// Three steps on from it.
void read_checkpoint(Bytes bytes) {
  Record record{MemoryFile(with_checksum(bytes)).path()};
  Learned table;
  int steps = 0;
  train(table, {.epochs = 4}, [&](const Progress&) { return ++steps < 3; }, {.from = &record});
}

/// Those of one task, for all are read alike.
void read_settings(Bytes bytes) {
  const auto task = tasks()[bytes.size() % tasks().size()].make();
  TrainOptions train = task->train_defaults();
  Settings settings = settings_of(*task, train);
  settings.read_toml(text_of(bytes), file);
  const std::string written = settings.to_toml();
  settings.read_toml(written, file);
  expect(settings.to_toml() == written, "settings that change when they are written and read");
}

void read_json(Bytes bytes) {
  const Json json = Json::parse(text_of(bytes));
  expect(Json::parse(json.dump()) == json, "JSON that changes when it is written and read");
}

void read_vocabulary(Bytes bytes) {
  const std::string written = Vocabulary::from_text(text_of(bytes)).to_text();
  expect(Vocabulary::from_text(written).to_text() == written, "a vocabulary that changes");
}

/// Merges up to the first empty line, then a text.
void read_byte_pairs(Bytes bytes) {
  const std::string_view all = text_of(bytes);
  const size_t end = std::min(all.find("\n\n"), all.size());
  const BytePairs pairs = BytePairs::from_text(all.substr(0, end));
  expect(BytePairs::from_text(pairs.to_text()).merges() == pairs.merges(), "merges that change");
  BytePairs::joined(pairs.pieces(all.substr(end)));
}

// ---- text

void read_utf8(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const std::u32string points = code_points(text);
  for (size_t at = 0; at < points.size(); at = grapheme_end(points, at)) is_emoji(points[at]);
  expect(!invalid_utf8(lowercase(text)), "a lower case that is not UTF-8");
  expect(!invalid_utf8(printable(text)), "a message that is not UTF-8");
  if (!invalid_utf8(text)) normalise(text);
  const std::vector<Token> tokens = tokenize(text);
  for (const Token& token : tokens)
    expect(token.begin < token.end && token.end <= points.size(), "a token outside the text");
  split_sentences(tokens);
  parse_time(text);
}

void read_lines(Bytes bytes) {
  const MemoryFile in(text_of(bytes));
  LineReader lines(in.path());
  while (const std::optional<Line> line = lines.next()) line_fault(*line);
}

void read_gzip(Bytes bytes) { read_input(MemoryFile(text_of(bytes)).path(), 1 << 20); }

void read_conll(Bytes bytes) {
  check_data(MemoryFile(text_of(bytes)).path());
  parse_conll(text_of(bytes), file, {{1, -1}});
}

void read_texts(Bytes bytes) { cadena::read_texts(MemoryFile(text_of(bytes)).path(), pass_over); }

void read_vectors(Bytes bytes) {
  cadena::read_vectors(MemoryFile(text_of(bytes)).path(), [](std::string_view) { return true; });
}

/// As one file and as two.
void read_pairs(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const MemoryFile first(text.substr(0, text.size() / 2)), second(text.substr(text.size() / 2));
  cadena::read_pairs({.path = MemoryFile(text).path()}, pass_over);
  cadena::read_pairs({.path = first.path(), .targets = second.path()}, pass_over);
}

void read_captions(Bytes bytes) {
  cadena::read_captions(MemoryFile(text_of(bytes)).path(), {}, pass_over);
}

void read_lines_of_series(Bytes bytes, SeriesKind kind) {
  std::istringstream in{std::string(text_of(bytes))};
  SeriesReader series(in, file, kind, {}, 0);
  while (series.next(pass_over)) {
  }
}
void read_csv(Bytes bytes) { read_lines_of_series(bytes, SeriesKind::table); }
void read_ts(Bytes bytes) { read_lines_of_series(bytes, SeriesKind::ts); }

void read_forecast(Bytes bytes) {
  std::istringstream in{std::string(text_of(bytes))};
  read_forecast_series(in, file, {}, pass_over);
}

// ---- arrays, pictures and sound

void read_npy(Bytes bytes) {
  const NpyArray array = parse_npy(text_of(bytes), file);
  array.floats(0, array.size());
  if (array.integers()) array.integer(array.size() - 1);
}

/// Images, else labels.
void read_idx(Bytes bytes) {
  try {
    parse_idx(text_of(bytes), 3, file);
  } catch (const Error&) {
    parse_idx(text_of(bytes), 1, file);
  }
}

void read_image(std::string_view bytes) {
  fit(open_picture(bytes, file), {.height = 8, .width = 8, .channels = 3});
}

void read_pnm(Bytes bytes) { read_image(text_of(bytes)); }

/// As somebody would who puts in the right checksums.
void read_png(Bytes bytes) {
  std::string png(text_of(bytes));
  constexpr size_t signature = 8, around = 12;  // length and name, checksum
  for (size_t at = signature; at + around <= png.size();) {
    size_t length = 0;
    for (size_t i = at; i < at + 4; ++i) length = length << 8 | static_cast<unsigned char>(png[i]);
    if (length > png.size() - at - around) break;
    const std::string checked = png.substr(at + 4, 4 + length);
    png.replace(at + 8 + length, 4, big_endian_bytes(crc32_of(checked)));
    at += around + length;
  }
  read_image(png);
}

void read_wav(Bytes bytes) { log_mel(parse_wav(text_of(bytes), file), 40); }

template <void (*read)(Bytes)>
void without_errors(Bytes bytes) {
  try {
    read(bytes);
  } catch (const Error&) {
  }
}

constexpr Reader all[] = {
    {"safetensors", without_errors<read_safetensors>},
    {"model", without_errors<read_model>},
    {"checkpoint", without_errors<read_checkpoint>},
    {"settings", without_errors<read_settings>},
    {"json", without_errors<read_json>},
    {"vocabulary", without_errors<read_vocabulary>},
    {"byte_pairs", without_errors<read_byte_pairs>},
    {"utf8", without_errors<read_utf8>},
    {"lines", without_errors<read_lines>},
    {"gzip", without_errors<read_gzip>},
    {"conll", without_errors<read_conll>},
    {"texts", without_errors<read_texts>},
    {"vectors", without_errors<read_vectors>},
    {"pairs", without_errors<read_pairs>},
    {"captions", without_errors<read_captions>},
    {"csv", without_errors<read_csv>},
    {"ts", without_errors<read_ts>},
    {"forecast", without_errors<read_forecast>},
    {"npy", without_errors<read_npy>},
    {"idx", without_errors<read_idx>},
    {"png", without_errors<read_png>},
    {"pnm", without_errors<read_pnm>},
    {"wav", without_errors<read_wav>},
};

}  // namespace

std::span<const Reader> readers() { return all; }

}  // namespace cadena
