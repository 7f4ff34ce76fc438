// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cadena/tensor/layout.h"
#include "cadena/tensor/tensor.h"

namespace cadena {

/// While one lives, the recurrent networks of its thread go step by step, to the same bits, and
/// what happens in them is written down. Under a Tape the states have, after its backward(), the
/// whole gradient of the loss: what comes from above and what comes from later steps.
class Trace {
 public:
  Trace();
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// One step of one direction, of the sequences that are alive then.
  struct Step {
    std::vector<Tensor> states;  // after it, [width, H] each
    std::vector<Tensor> gates;   // and what else the cell computes for its states, [width, H] each
  };
  /// One direction of one layer in one pass.
  struct Layer {
    int network;  // in the order in which networks ran
    int layer;    // from 0
    bool reverse;
    std::string cell;
    Layout layout;
    std::vector<std::string> state_names, gate_names;
    std::vector<Tensor> initial;  // states that enter the first step, [B, H] each
    std::vector<Step> steps;      // by time, whatever the direction
  };
  const std::vector<Layer>& layers() const { return layers_; }

  /// Anything else that may be looked at: "attention" [steps, sources].
  struct Note {
    std::string name;
    Tensor value;
  };
  const std::vector<Note>& notes() const { return notes_; }

  /// For those who write in it: null if none lives on this thread.
  static Trace* current();
  int begin_network() { return networks_++; }
  Layer& add(Layer layer);
  void note(std::string name, const Tensor& value) { notes_.push_back({std::move(name), value}); }

 private:
  Trace* outer_;
  int networks_ = 0;
  std::vector<Layer> layers_;
  std::vector<Note> notes_;
};

}  // namespace cadena
