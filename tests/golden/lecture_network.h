// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cadena/autograd/ops.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"
#include "tests/golden/golden.h"

namespace cadena {

/// The network of the slides, a_t = b + W h_{t-1} + U x_t, h_t = tanh(a_t), o_t = c + V h_t, made
/// of the library's parts, with the numbers of tests/golden/lecture.safetensors.
struct LectureNetwork {
  LectureNetwork() {
    for (const char* letter : {"U", "W", "b", "V", "c", "x", "h0"})
      given[letter] = golden.tensor(letter);
    const std::map<std::string, std::string> letters{{"recurrent.weight_ih_l0", "U"},
                                                     {"recurrent.weight_hh_l0", "W"},
                                                     {"recurrent.bias_ih_l0", "b"},
                                                     {"readout.weight", "V"},
                                                     {"readout.bias", "c"}};
    Visitor visitor([&](const std::string& name, Tensor& parameter) {
      if (letters.contains(name)) parameter = given.at(letters.at(name));
    });
    visitor("recurrent", recurrent);
    visitor("readout", readout);
    for (double label : golden.values.at("target")) targets.push_back(static_cast<int32_t>(label));
  }

  /// h_t, which the slides on BPTT call s_t, of all steps, [T, H].
  Tensor states() const {
    const std::vector<int> steps{static_cast<int>(given.at("x").rows())};
    return recurrent(given.at("x"), Layout(steps), State{{{given.at("h0")}}}).output;
  }
  /// o_t of all steps, [T, K].
  Tensor logits() const { return readout(states()); }

  /// Every gradient by the letter of the slides.
  std::map<std::string, std::vector<float>> gradients() const {
    std::map<std::string, std::vector<float>> all;
    for (const auto& [letter, tensor] : given)
      all[letter] = {gradient(tensor).begin(), gradient(tensor).end()};
    return all;
  }

  Golden golden{"lecture"};
  std::map<std::string, Tensor> given;  // by the letters of the slides
  std::vector<int32_t> targets;
  Rng rng{1};
  Recurrent recurrent{
      {.cell = "elman", .input = golden.shapes.at("U")[1], .hidden = golden.shapes.at("U")[0]},
      rng};
  Linear readout{golden.shapes.at("V")[1], golden.shapes.at("V")[0], rng};
};

}  // namespace cadena
