// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "cadena/data/wav.h"

namespace cadena {

/// The discrete Fourier transform X[k] = sum_n x[n] exp(-2 pi i k n / N), N a power of two.
/// J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series",
/// 1965.
class Fourier {
 public:
  explicit Fourier(size_t points);
  /// In place; `values` are as many as points.
  void operator()(std::span<std::complex<double>> values) const;

 private:
  std::vector<std::complex<double>> roots_;  ///< exp(-2 pi i k / N), k < N / 2
};

/// Log-mel spectrum [frames, bands]: Hann windows of 25 ms every 10 ms, their power spectrum
/// summed under triangles that are equally wide and overlap by half on the mel scale from 20 Hz to
/// rate / 2, and log(power + 1e-6). A wave shorter than a window is one frame, padded with zeros;
/// otherwise a rest shorter than a window is left out. The wave is not empty, its rate one that
/// parse_wav reads, bands > 0.
/// Mel scale and triangles: S. Young et al., "The HTK Book" (3.4), section 5.4.
std::vector<float> log_mel(const Wave& wave, int bands);

}  // namespace cadena
