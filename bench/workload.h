// SPDX-License-Identifier: MIT
// What the drivers of all libraries share: options, numbers, timing and the JSON line of a case.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// Bits of a seed and an index, mixed as MurmurHash3 ends (Appleby); the same in every driver.
inline uint32_t mixed(uint32_t seed, uint32_t index) {
  uint32_t bits = index * 0x9E3779B1u + seed * 0x9E3779B9u;
  bits = (bits ^ (bits >> 16)) * 0x85EBCA6Bu;
  bits = (bits ^ (bits >> 13)) * 0xC2B2AE35u;
  return bits ^ (bits >> 16);
}

/// `count` numbers in [-scale, scale).
inline std::vector<float> numbers(int64_t count, uint32_t seed, float scale) {
  std::vector<float> values(static_cast<size_t>(count));
  for (uint32_t index = 0; float& value : values)
    value = scale * (static_cast<float>(mixed(seed, index++) >> 8) * 0x1p-23f - 1.0f);
  return values;
}

/// Of one layer and direction; gates stand in PyTorch's order: i f g o, or r z n.
struct Weights {
  std::vector<float> input;           ///< [G·H, D]
  std::vector<float> recurrent;       ///< [G·H, H]
  std::vector<float> bias;            ///< [G·H]
  std::vector<float> recurrent_bias;  ///< [G·H], 0 but for n of a gru: elsewhere one is enough
};

/// One case: -T steps of -B sequences of -I values (by default -H), -L layers of -H units in -D
/// directions. With --variant ragged a sequence has 5 to 64 steps.
class Workload {
 public:
  Workload(int argc, char** argv) {
    for (std::span<char*> left(argv + 1, argv + argc); !left.empty(); left = left.subspan(2)) {
      if (left.size() < 2 || !options_.contains(left[0]))
        throw std::invalid_argument("no such option, or no value: " + std::string(left[0]));
      options_[left[0]] = left[1];
    }
    if (text("-I").empty()) options_["-I"] = text("-H");
    if (mode("stream")) options_["-T"] = options_["-B"] = "1";
    lengths_.assign(static_cast<size_t>(number("-B")), number("-T"));
    if (text("--variant") == "ragged")
      for (uint32_t b = 0; int& length : lengths_)
        length = 5 + static_cast<int>(mixed(3, b++) % 60);
    std::ranges::sort(lengths_, std::greater());
  }

  const std::string& text(const std::string& name) const { return options_.at(name); }
  int number(const std::string& name) const { return std::stoi(text(name)); }
  bool mode(const char* name) const { return text("--mode") == name; }
  bool cell(const char* name) const { return text("--cell") == name; }
  bool variant(const char* name) const { return text("--variant") == name; }
  /// Whether all cells, modes and variants are among those that drivers know.
  bool known() const {
    return (cell("lstm") || cell("gru") || cell("rnn")) &&
           (mode("infer") || mode("train") || mode("stream")) &&
           (variant("") || (variant("ragged") && !mode("stream")) || variant("bf16") ||
            (variant("int8") && !mode("train")));
  }

  int gates() const { return cell("lstm") ? 4 : cell("gru") ? 3 : 1; }
  int inputs(int layer) const { return layer == 0 ? number("-I") : outputs(); }
  int outputs() const { return number("-D") * number("-H"); }
  /// Steps of each sequence, falling. Rows stand step by step, longest sequence first.
  const std::vector<int>& lengths() const { return lengths_; }
  int64_t rows() const {
    int64_t sum = 0;
    for (int length : lengths_) sum += length;
    return sum;
  }

  std::vector<float> input() const { return numbers(rows() * inputs(0), 1, 1); }
  std::vector<float> gradient() const { return numbers(rows() * outputs(), 2, 1); }
  Weights weights(int layer, int direction) const {
    const int64_t hidden = number("-H"), units = gates() * hidden;
    const float scale = 1.0f / std::sqrt(static_cast<float>(hidden));
    const auto seed = static_cast<uint32_t>(1000 + 100 * layer + 10 * direction);
    Weights w{numbers(units * inputs(layer), seed, scale), numbers(units * hidden, seed + 1, scale),
              numbers(units, seed + 2, scale), numbers(units, 0, 0)};
    if (cell("gru"))
      std::ranges::copy(numbers(hidden, seed + 3, scale), w.recurrent_bias.end() - hidden);
    return w;
  }

  /// Of the matrix products of one step; a backward pass has twice those of a forward one.
  double operations() const {
    double products = 0;  // of a row
    for (int layer = 0; layer < number("-L"); ++layer)
      products += gates() * static_cast<double>(outputs()) * (inputs(layer) + number("-H"));
    return (mode("train") ? 6.0 : 2.0) * static_cast<double>(rows()) * products;
  }

 private:
  std::map<std::string, std::string> options_{
      {"--cell", "lstm"}, {"--mode", "infer"},  {"--variant", ""},    {"--dump", ""}, {"-T", "64"},
      {"-B", "32"},       {"-I", ""},           {"-H", "256"},        {"-L", "1"},    {"-D", "1"},
      {"--threads", "1"}, {"--min-reps", "10"}, {"--min-time", "0.5"}};
  std::vector<int> lengths_;
};

/// Seconds of single steps after a warm-up, rising.
inline std::vector<double> measure(const Workload& w, const std::function<void()>& step) {
  const auto timed = [&] {
    const auto start = std::chrono::steady_clock::now();
    step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const int least = w.mode("stream") ? 2000 : w.number("--min-reps");
  const double enough = std::stod(w.text("--min-time"));
  double warm = 0, total = 0;
  for (int calls = 0; calls < 3 || (warm < 0.2 && calls < 20000); ++calls) warm += timed();
  std::vector<double> times;
  do total += times.emplace_back(timed());
  while ((std::ssize(times) < least || total < enough) &&
         (times.size() < 3 || total <= 20 * enough));
  std::ranges::sort(times);
  return times;
}

/// Times steps and prints one JSON line: milliseconds, of a stream microseconds.
inline void report(const Workload& w, const char* peer, const std::string& version,
                   const std::function<void()>& step) {
  const std::vector<double> times = measure(w, step);
  const double unit = w.mode("stream") ? 1e6 : 1e3;
  const double median = times[times.size() / 2], p99 = times[times.size() * 99 / 100];
  const char* u = w.mode("stream") ? "us" : "ms";
  std::printf(R"({"peer":"%s","version":"%s")", peer, version.c_str());
  for (const std::string name : {"variant", "cell", "mode"})
    std::printf(R"(,"%s":"%s")", name.c_str(), w.text("--" + name).c_str());
  for (const std::string name : {"-T", "-B", "-I", "-H", "-L", "-D", "--threads"})
    std::printf(R"(,"%s":%d)", name.substr(name.rfind('-') + 1).c_str(), w.number(name));
  std::printf(",\"n\":%zu,\"%s\":%.4f,\"%s_min\":%.4f,\"%s_p99\":%.4f,\"gflops\":%.2f}\n",
              times.size(), u, median * unit, u, times[0] * unit, u, p99 * unit,
              1e-9 * w.operations() / median);
}

/// Writes FOLDER/NAME.f32 for comparison with what other drivers computed.
inline void dump(const std::string& folder, const std::string& name,
                 std::span<const float> values) {
  std::filesystem::create_directories(folder);
  std::ofstream file(folder + "/" + name + ".f32", std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size_bytes()));
  if (!file.flush()) throw std::runtime_error("cannot write " + name + " to " + folder);
}

}  // namespace bench
