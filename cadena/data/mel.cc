// SPDX-License-Identifier: MIT
#include "cadena/data/mel.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

namespace cadena {

namespace {

constexpr double lowest_frequency = 20;  // Hz
constexpr double floor_power = 1e-6;     // about that of the rounding of 16 bit

/// HTK Book, equation 5.13.
double mel(double frequency) { return 2595 * std::log10(1 + frequency / 700); }

/// A triangle over the bins of a spectrum, from the first bin under it.
struct Triangle {
  size_t first = 0;
  std::vector<double> weights;
};

std::vector<Triangle> mel_triangles(int bands, int rate, size_t points) {
  const double low = mel(lowest_frequency), step = (mel(rate / 2.0) - low) / (bands + 1);
  std::vector<Triangle> triangles(static_cast<size_t>(bands));
  for (size_t band = 0; band < triangles.size(); ++band) {
    const double centre = low + step * static_cast<double>(band + 1);
    for (size_t bin = 0; bin <= points / 2; ++bin) {
      const double at = mel(static_cast<double>(bin) * rate / static_cast<double>(points));
      const double weight = 1 - std::abs(at - centre) / step;
      if (weight <= 0) continue;
      if (triangles[band].weights.empty()) triangles[band].first = bin;
      triangles[band].weights.push_back(weight);
    }
  }
  return triangles;
}

std::vector<double> hann(size_t size) {
  std::vector<double> window(size);
  for (size_t i = 0; i < size; ++i)
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                     static_cast<double>(size));
  return window;
}

}  // namespace

Fourier::Fourier(size_t points) : roots_(points / 2) {
  assert(std::has_single_bit(points));
  for (size_t k = 0; k < roots_.size(); ++k)
    roots_[k] = std::polar(
        1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(points));
}

void Fourier::operator()(std::span<std::complex<double>> values) const {
  const size_t points = values.size();
  for (size_t i = 1, reversed = 0; i < points; ++i) {
    size_t bit = points / 2;
    for (; reversed & bit; bit /= 2) reversed ^= bit;
    reversed ^= bit;
    if (i < reversed) std::swap(values[i], values[reversed]);
  }
  for (size_t half = 1; half < points; half *= 2)
    for (size_t begin = 0; begin < points; begin += 2 * half)
      for (size_t k = 0; k < half; ++k) {
        const std::complex<double> root = roots_[k * (points / 2 / half)];
        std::complex<double>&even = values[begin + k], &odd = values[begin + half + k];
        // Written out: operator* would look for infinities.
        const std::complex<double> turned(root.real() * odd.real() - root.imag() * odd.imag(),
                                          root.real() * odd.imag() + root.imag() * odd.real());
        odd = even - turned;
        even += turned;
      }
}

std::vector<float> log_mel(const Wave& wave, int bands) {
  assert(!wave.samples.empty() && wave.rate >= lowest_sample_rate && bands > 0);
  const auto rate = static_cast<size_t>(wave.rate), size = (rate * 25 + 500) / 1000,
             hop = (rate + 50) / 100, points = std::bit_ceil(size);
  const std::vector<double> window = hann(size);
  const std::vector<Triangle> triangles = mel_triangles(bands, wave.rate, points);
  const Fourier fourier(points);
  const size_t samples = wave.samples.size(),
               frames = samples < size ? 1 : 1 + (samples - size) / hop;
  std::vector<std::complex<double>> spectrum(points);
  std::vector<float> features;
  features.reserve(frames * triangles.size());
  for (size_t frame = 0; frame < frames; ++frame) {
    const size_t begin = frame * hop, count = std::min(size, samples - begin);
    std::ranges::fill(spectrum, 0);
    for (size_t i = 0; i < count; ++i)
      spectrum[i] = window[i] * static_cast<double>(wave.samples[begin + i]);
    fourier(spectrum);
    for (const Triangle& triangle : triangles) {
      double power = floor_power;
      for (size_t i = 0; i < triangle.weights.size(); ++i)
        power += triangle.weights[i] * std::norm(spectrum[triangle.first + i]);
      features.push_back(static_cast<float>(std::log(power)));
    }
  }
  return features;
}

}  // namespace cadena
