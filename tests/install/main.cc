// SPDX-License-Identifier: MIT
// A project of somebody else: trains a layer on one batch with nothing but what is installed.
#include <cadena/cadena.h>

#include <iostream>

int main() {
  using namespace cadena;
  Rng rng(1);
  Linear layer(3, 2, rng);
  const Tensor y = layer(Tensor(Shape{4, 3}));
  const bool ok = y.shape() == Shape{4, 2} && make_task("tag")->name() == "tag";
  std::cout << (ok ? "ok" : "wrong") << '\n';
  return ok ? 0 : 1;
}
