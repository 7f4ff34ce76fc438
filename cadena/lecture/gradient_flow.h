// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/nn/linear.h"
#include "cadena/nn/recurrent.h"

namespace cadena {

// How gradients flow through time, measured on networks with random weights and inputs. Steps count
// from 1, s_t is everything that a cell hands on after step t: h, or h and c.

struct FlowOptions {
  std::string cell = "elman";
  int64_t hidden = 16;
  int steps = 10;
  float forget_bias = 1;  ///< RecurrentTuning
  uint64_t seed = 1;
};

/// The network of the slides, x_t -> s_t -> softmax(V h_t), with an x and a class y for each step.
struct FlowNetwork {
  /// Errors: an unknown cell, hidden or steps below 1.
  explicit FlowNetwork(const FlowOptions& options);

  Rng rng;
  Recurrent recurrent;
  Linear readout;
  std::vector<Tensor> x;  // of each step, [1, D]
  std::vector<int32_t> y;
};

/// The triangle of back-propagation through time, of E_t = -log softmax(V h_t)[y_t]. W stands for
/// all weights of the layer.
struct BpttTriangle {
  std::vector<double> norms;       ///< [T, T], row t and column k: |dE_t/ds_k|; NaN where k > t
  std::vector<double> row_totals;  ///< of each t: |sum over k of what step k adds to dE_t/dW|
  double added = 0;                ///< |all of these added up|
  double whole = 0;                ///< |dE/dW| by one pass of the whole layer
  double difference = 0;           ///< the largest of an element of the two
};

/// Each step has a copy of the weights, so that the gradient of copy k is what step k adds.
BpttTriangle bptt_triangle(const FlowOptions& options);

struct VanishingOptions {
  double rho = 0.9;  ///< W = rho · Q with Q orthogonal
  int64_t hidden = 32;
  int steps = 50;
  double input = 0;  ///< deviation of the inputs; at 0 tanh stays where it is linear
  uint64_t seed = 1;
};

/// The product of the one-step Jacobians of h_t = tanh(W h_{t-1} + U x_t).
struct Vanishing {
  std::vector<double> log_norms;  ///< by the distance d = 0 ... T: log |dh_T/dh_{T-d}|
  double slope = 0;               ///< of the straight line nearest to those that are finite
};

/// The norm is that of Frobenius over the root of H, so that of Q is 1. Errors: hidden or steps
/// below 1, rho not above 0.
Vanishing vanishing(const VanishingOptions& options);

/// Of each step t, |dy_t/dx_1|, where y_t = h_t is what the layer puts out (Graves, 2008, figure
/// 4.1), Frobenius' norm.
std::vector<double> sensitivity(const FlowOptions& options);

/// What the cell alone carries in an LSTM: dc_t/dc_1 with every h held fixed, and the product of
/// the forget gates of the steps 2 ... t. Means over the units, by t.
struct CellPath {
  std::vector<double> gradient, product;
  double difference = 0;  ///< the largest, of any unit and step
};
/// Errors: the cell is not "lstm".
CellPath cell_path(const FlowOptions& options);

}  // namespace cadena
