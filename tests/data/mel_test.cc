// SPDX-License-Identifier: MIT
#include "cadena/data/mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cadena {
namespace {

constexpr double two_pi = 2 * std::numbers::pi;

/// Any numbers, the same each time.
std::vector<std::complex<double>> numbers(size_t count) {
  std::vector<std::complex<double>> all;
  for (size_t i = 0; i < count; ++i)
    all.emplace_back(std::sin(static_cast<double>(i * i)), std::cos(3.0 * static_cast<double>(i)));
  return all;
}

Wave tone(int rate, double frequency, size_t count) {
  Wave wave{.rate = rate, .samples = {}};
  for (size_t i = 0; i < count; ++i)
    wave.samples.push_back(
        static_cast<float>(0.5 * std::sin(two_pi * frequency * static_cast<double>(i) / rate)));
  return wave;
}

TEST(Fourier, IsTheSum) {
  for (size_t points : {1u, 2u, 4u, 8u, 64u, 512u}) {
    const std::vector<std::complex<double>> x = numbers(points);
    std::vector<std::complex<double>> found = x;
    Fourier{points}(found);
    for (size_t k = 0; k < points; ++k) {
      std::complex<double> sum = 0;
      for (size_t n = 0; n < points; ++n)
        sum += x[n] * std::polar(1.0, -two_pi * static_cast<double>(k * n % points) /
                                          static_cast<double>(points));
      EXPECT_LT(std::abs(found[k] - sum), 1e-11) << k << " of " << points;
    }
  }
}

TEST(LogMel, Frames) {
  for (int rate : {lowest_sample_rate, 8000, 11025, 44100, highest_sample_rate}) {
    const auto second = static_cast<size_t>(rate), window = (second * 25 + 500) / 1000,
               hop = (second + 50) / 100;
    for (const auto& [samples, frames] : {std::pair<size_t, size_t>(1, 1),
                                          {window, 1},
                                          {window + hop - 1, 1},
                                          {window + hop, 2},
                                          {window + 7 * hop, 8}})
      EXPECT_EQ(log_mel(tone(rate, 440, samples), 3).size(), 3 * frames) << rate << " " << samples;
  }
}

/// The band of a frequency: that whose centre on the mel scale is the nearest.
long band_of(double frequency, int rate, int bands) {
  const auto mel = [](double f) { return 1127.01048 * std::log1p(f / 700); };
  return std::lround((mel(frequency) - mel(20)) / (mel(rate / 2.0) - mel(20)) * (bands + 1)) - 1;
}

TEST(LogMel, AToneIsInItsBand) {
  for (int rate : {8000, 16000, 44100})
    for (double frequency : {300.0, 440.0, 1000.0, 2500.0, 3500.0}) {
      const std::vector<float> bands =
          log_mel(tone(rate, frequency, static_cast<size_t>(rate)), 20);
      for (auto frame = bands.begin(); frame != bands.end(); frame += 20)
        EXPECT_EQ(std::max_element(frame, frame + 20) - frame, band_of(frequency, rate, 20))
            << frequency << " Hz at " << rate;
    }
}

TEST(LogMel, IsTheDefinition) {
  const int rate = 8000, bands = 10, window = 200, points = 256;
  const Wave wave = tone(rate, 700, window);
  std::vector<double> power(points / 2 + 1);
  for (size_t k = 0; k < power.size(); ++k) {
    std::complex<double> sum = 0;
    for (size_t n = 0; n < window; ++n)
      sum += std::pow(std::sin(std::numbers::pi * static_cast<double>(n) / window), 2) *
             static_cast<double>(wave.samples[n]) *
             std::polar(1.0, -two_pi * static_cast<double>(k * n) / points);
    power[k] = std::norm(sum);
  }
  const auto mel = [](double f) { return 1127.01048 * std::log1p(f / 700); };
  const std::vector<float> found = log_mel(wave, bands);
  ASSERT_EQ(found.size(), size_t{bands});
  for (int band = 0; band < bands; ++band) {
    const double step = (mel(rate / 2.0) - mel(20)) / (bands + 1),
                 centre = mel(20) + (band + 1) * step;
    double energy = 1e-6;
    for (size_t k = 0; k < power.size(); ++k) {
      const double at = mel(static_cast<double>(k) * rate / points);
      energy += power[k] * std::max(0.0, std::min(at - centre + step, centre + step - at) / step);
    }
    EXPECT_NEAR(found[static_cast<size_t>(band)], std::log(energy), 1e-4) << band;
  }
}

TEST(LogMel, SilenceIsTheFloor) {
  const Wave silence{.rate = 8000, .samples = std::vector<float>(1000)};
  for (float value : log_mel(silence, 40)) EXPECT_FLOAT_EQ(value, std::log(1e-6f));
}

TEST(LogMel, AShortWaveIsPadded) {
  Wave wave = tone(8000, 500, 120);
  const std::vector<float> found = log_mel(wave, 8);
  wave.samples.resize(200);
  EXPECT_EQ(log_mel(wave, 8), found);
}

}  // namespace
}  // namespace cadena
