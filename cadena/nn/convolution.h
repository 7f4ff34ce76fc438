// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cadena/autograd/convolution.h"
#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/nn/init.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/visit.h"

namespace cadena {

/// Filters of `kernel` x `kernel` pixels; what comes out is as large as what went in if `kernel` is
/// odd.
class Convolution {
 public:
  /// Weights of the variance 1 / inputs of a filter (LeCun et al., 1998): relu halves the squares
  /// that a maximum over 2 x 2 places doubles.
  Convolution(int64_t channels, int64_t filters, int64_t kernel, Rng& rng)
      : weight_(uniform_parameter({filters, kernel, kernel, channels},
                                  std::sqrt(3.0f / static_cast<float>(kernel * kernel * channels)),
                                  rng)),
        bias_(Tensor::parameter({filters})) {}

  Tensor operator()(const Tensor& x) const {
    return convolve(x, weight_, bias_, {.padding = weight_.shape()[1] / 2});
  }

  void visit(Visitor& v) {
    v("weight", weight_);
    v("bias", bias_);
  }

 private:
  Tensor weight_;  // [filters, kernel, kernel, channels]
  Tensor bias_;    // [filters]
};

struct ImageEncoderOptions {
  int64_t height = 48, width = 48, channels = 3;
  std::vector<int64_t> filters = {16, 32, 64};  // of each layer
  int64_t outputs = 128;
};

/// A small convolutional network: layers of 3 x 3 filters, each followed by the maximum of every 2
/// x 2 places and relu, then a linear layer. Pictures [N, height, width, channels] -> [N, outputs].
/// These should have mean 0 and deviation 1: with values from 0 to 1, of which a light ground is
/// most, it hardly learns.
class ImageEncoder {
 public:
  /// Errors: pictures too small for so many layers.
  ImageEncoder(const ImageEncoderOptions& options, Rng& rng)
      : layers_(layers(options, rng)), output_(flat_size(options), options.outputs, rng) {}

  Tensor operator()(const Tensor& x) const { return summary(map(x)); }

  /// The two halves: what the last layer finds at each place, [N, height', width', filters], each
  /// edge halved by every layer, and what the linear layer makes of it.
  Tensor map(Tensor x) const {
    for (const Convolution& layer : layers_) x = relu(max_pool(layer(x), 2));
    return x;
  }
  Tensor summary(const Tensor& map) const { return output_(map); }

  void visit(Visitor& v) {
    for (size_t i = 0; i < layers_.size(); ++i) v("layers." + std::to_string(i), layers_[i]);
    v("output", output_);
  }

 private:
  static std::vector<Convolution> layers(const ImageEncoderOptions& options, Rng& rng) {
    std::vector<Convolution> layers;
    int64_t channels = options.channels;
    for (const int64_t filters : options.filters) {
      layers.emplace_back(channels, filters, 3, rng);
      channels = filters;
    }
    return layers;
  }

  /// Values of a picture behind the last layer.
  static int64_t flat_size(const ImageEncoderOptions& options) {
    const size_t halvings = options.filters.size();
    const int64_t height = options.height >> halvings, width = options.width >> halvings;
    if (height < 1 || width < 1)
      throw Error("pictures of " + std::to_string(options.width) + " x " +
                      std::to_string(options.height) + " pixels are too small for " +
                      std::to_string(halvings) + " layers",
                  "each layer halves them: choose fewer layers or larger pictures");
    return height * width * (halvings == 0 ? options.channels : options.filters.back());
  }

  std::vector<Convolution> layers_;
  Linear output_;
};

}  // namespace cadena
