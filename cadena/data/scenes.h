// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cadena/base/rng.h"
#include "cadena/data/image.h"

namespace cadena {

// Made-up pictures of shapes, with Spanish sentences that say exactly what is to be seen: what a
// network can learn to describe, with answers that are right or wrong.

/// Things that are alike, in a row. Numbers count from 0 in the order of the words.
struct SceneGroup {
  int count = 1;   ///< 1 to 3
  int shape = 0;   ///< círculo, cuadrado, triángulo, estrella, cruz
  int colour = 0;  ///< rojo, azul, verde, amarillo, negro, morado
  int size = 0;    ///< pequeño, grande
  int place = 0;   ///< arriba, a la izquierda, en el centro, a la derecha, abajo

  bool operator==(const SceneGroup&) const = default;
};
inline constexpr int scene_shapes = 5, scene_colours = 6, scene_sizes = 2, scene_places = 5;

/// One or two groups, of different shape or colour, in the order of their places.
using Scene = std::vector<SceneGroup>;

enum class ScenePart { train, dev, test };

/// In which part things of this shape and colour stand at this place: a fifth of the combinations
/// is kept for dev and test, which share none; training has every two of the three together.
ScenePart part_of(int shape, int colour, int place);

/// A scene of combinations of the training part only, or with one of those of `part` in it.
Scene random_scene(ScenePart part, Rng& rng);

/// What is to be seen, in every order: "dos círculos rojos grandes a la izquierda y una estrella
/// azul pequeña a la derecha".
std::vector<std::string> sentences_of(const Scene& scene);

/// A picture of `size` x `size` pixels in colour, with smooth edges, on a light ground; where
/// exactly things stand, their exact size and colour are left to chance.
Image paint(const Scene& scene, int64_t size, Rng& rng);

struct SceneSetOptions {
  int train = 4000, dev = 500, test = 500;  ///< how many scenes
  int64_t size = 48;                        ///< pixels of an edge: 16 to 1024
  uint64_t seed = 1;
};

/// Fills a folder, which is made if it is not there: lists train.tsv, dev.tsv and test.tsv as
/// read_captions reads them, and the pictures of each in a folder of its name, train/00001.ppm. A
/// scene depends on the seed, its part and its number only.
/// Errors: options out of range; the folder has something in it and not `overwrite`; no permission,
/// disk full.
void write_scenes(const std::string& folder, const SceneSetOptions& options, bool overwrite);

}  // namespace cadena
