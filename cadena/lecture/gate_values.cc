// SPDX-License-Identifier: MIT
#include "cadena/lecture/gate_values.h"

#include "cadena/nn/trace.h"

namespace cadena {

GateValues gate_values(const ToyOptions& options, int length) {
  constexpr int learnt = 10;  // one unit hardly finds what to do for longer ones
  const SequenceProblem problem = keeping_problem(learnt);
  Rng rng(options.seed);
  ToyNetwork network(problem, options, rng);
  GateValues result;
  result.training = train_toy(network, problem, options);
  Rng fresh = rng.split();
  const ProblemBatch batch = keeping_problem(length).draw(1, fresh);
  const Trace trace;
  network.recurrent()(batch.x, batch.layout);
  const Trace::Layer& layer = trace.layers().front();
  result.gates = layer.gate_names;
  result.states = layer.state_names;
  result.gate_values.resize(result.gates.size());
  result.state_values.resize(result.states.size());
  for (size_t t = 0; t < layer.steps.size(); ++t) {
    result.input.push_back(batch.x.values()[2 * t]);
    result.mark.push_back(batch.x.values()[2 * t + 1]);
    for (size_t i = 0; i < result.gates.size(); ++i)
      result.gate_values[i].push_back(layer.steps[t].gates[i].item());
    for (size_t i = 0; i < result.states.size(); ++i)
      result.state_values[i].push_back(layer.steps[t].states[i].item());
  }
  return result;
}

}  // namespace cadena
