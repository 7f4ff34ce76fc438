// SPDX-License-Identifier: MIT
// A recurrent network that takes a signal value by value: its state is a value, copied to branch.
#include <cmath>
#include <cstdio>

#include "cadena/cadena.h"

using namespace cadena;

int main() {
  Rng rng(1);
  const Recurrent network({.cell = "gru", .input = 1, .hidden = 8}, rng);
  State state = network.start(), branch;
  for (int t = 0; t < 10; ++t) {
    const Tensor x(Shape{1, 1}, {std::sin(0.5f * static_cast<float>(t))});
    const Tensor h = network.step(x, state);  // no Tape lives, so nothing is recorded
    if (t == 4) branch = state;
    std::printf("%2d %8.4f\n", t, h.data()[0]);
  }
  std::printf("from step 5 again, with silence: %8.4f\n",
              network.step(Tensor(1, 1), branch).data()[0]);
}
