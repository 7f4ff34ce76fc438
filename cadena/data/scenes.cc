// SPDX-License-Identifier: MIT
#include "cadena/data/scenes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/data/pnm.h"

namespace cadena {

namespace {

struct Noun {
  const char *singular, *plural;
  bool feminine;
};
constexpr Noun nouns[scene_shapes] = {{"círculo", "círculos", false},
                                      {"cuadrado", "cuadrados", false},
                                      {"triángulo", "triángulos", false},
                                      {"estrella", "estrellas", true},
                                      {"cruz", "cruces", true}};

struct Adjective {
  const char *masculine, *feminine, *masculine_plural, *feminine_plural;

  std::string_view with(const Noun& noun, bool plural) const {
    if (plural) return noun.feminine ? feminine_plural : masculine_plural;
    return noun.feminine ? feminine : masculine;
  }
};
constexpr Adjective colours[scene_colours] = {
    {"rojo", "roja", "rojos", "rojas"},     {"azul", "azul", "azules", "azules"},
    {"verde", "verde", "verdes", "verdes"}, {"amarillo", "amarilla", "amarillos", "amarillas"},
    {"negro", "negra", "negros", "negras"}, {"morado", "morada", "morados", "moradas"}};
constexpr Adjective sizes[scene_sizes] = {{"pequeño", "pequeña", "pequeños", "pequeñas"},
                                          {"grande", "grande", "grandes", "grandes"}};
constexpr const char* places[scene_places] = {"arriba", "a la izquierda", "en el centro",
                                              "a la derecha", "abajo"};

struct Point {
  double x, y;
};

/// Where the things of a group stand, the picture being 3 x 3.
std::vector<Point> points_of(const SceneGroup& group) {
  constexpr Point centres[scene_places] = {
      {1.5, 0.5}, {0.5, 1.5}, {1.5, 1.5}, {2.5, 1.5}, {1.5, 2.5}};
  const auto [x, y] = centres[group.place];
  const bool upright = x != 1.5;
  std::vector<Point> points;
  for (int i = 0; i < group.count; ++i) {
    const double along = i - (group.count - 1) / 2.0;
    points.push_back(upright ? Point{x, y + along} : Point{x + along, y});
  }
  return points;
}

bool apart(const SceneGroup& a, const SceneGroup& b) {
  for (const Point& p : points_of(a))
    for (const Point& q : points_of(b))
      if (std::max(std::abs(p.x - q.x), std::abs(p.y - q.y)) < 1) return false;
  return true;
}

SceneGroup random_group(ScenePart part, Rng& rng) {
  const auto draw = [&](int count) {
    return static_cast<int>(rng.below(static_cast<uint32_t>(count)));
  };
  SceneGroup group{.count = 1 + draw(3), .size = draw(scene_sizes)};
  do {
    group.shape = draw(scene_shapes);
    group.colour = draw(scene_colours);
    group.place = draw(scene_places);
  } while (part_of(group.shape, group.colour, group.place) != part);
  return group;
}

std::string phrase(const SceneGroup& group) {
  constexpr const char* numerals[] = {"dos", "tres"};
  const Noun& noun = nouns[group.shape];
  const bool plural = group.count > 1;
  return fmt::format("{} {} {} {} {}",
                     plural          ? numerals[group.count - 2]
                     : noun.feminine ? "una"
                                     : "un",
                     plural ? noun.plural : noun.singular, colours[group.colour].with(noun, plural),
                     sizes[group.size].with(noun, plural), places[group.place]);
}

// ---- painting

/// Whether a point is in the shape, which fits into a circle of radius 1 around (0, 0); y goes
/// down.
bool inside(int shape, double x, double y) {
  switch (shape) {
    case 0:
      return x * x + y * y <= 1;
    case 1:
      return std::max(std::abs(x), std::abs(y)) <= 0.8;
    case 2:
      return y <= 0.7 && std::abs(x) * 1.7 <= y + 1;
    case 3: {
      // Five lines make the star: its points lie beyond one of them only. Each is cos 72° away.
      constexpr Point normals[] = {{0, 1},
                                   {0.951056516, 0.309016994},
                                   {-0.951056516, 0.309016994},
                                   {0.587785252, -0.809016994},
                                   {-0.587785252, -0.809016994}};
      return std::ranges::count_if(normals, [&](const Point& normal) {
               return normal.x * x + normal.y * y <= 0.309016994;
             }) >= 4;
    }
    default:
      return std::min(std::abs(x), std::abs(y)) <= 0.3 &&
             std::max(std::abs(x), std::abs(y)) <= 0.95;
  }
}

using Colour = std::array<int, 3>;

constexpr Colour paints[scene_colours] = {{215, 35, 35},  {40, 75, 215}, {35, 150, 60},
                                          {225, 190, 25}, {25, 25, 25},  {145, 50, 165}};
constexpr Colour ground = {230, 230, 230};

Colour shade(const Colour& colour, Rng& rng) {
  constexpr uint32_t most = 20;
  Colour shade = colour;
  for (int& part : shade) part += static_cast<int>(rng.below(2 * most + 1)) - int{most};
  return shade;
}

struct Thing {
  int shape;
  Point centre;   // in pixels
  double radius;  // in pixels
  Colour colour;
};

/// Each pixel takes on the colour by how much of it, measured at 4 x 4 points, is covered.
void paint_thing(Image& image, const Thing& thing) {
  constexpr int points = 4;
  const int64_t size = image.shape.width;
  const auto clip = [&](double at) {
    return std::clamp(static_cast<int64_t>(std::floor(at)), int64_t{0}, size);
  };
  for (int64_t y = clip(thing.centre.y - thing.radius); y < clip(thing.centre.y + thing.radius + 1);
       ++y)
    for (int64_t x = clip(thing.centre.x - thing.radius);
         x < clip(thing.centre.x + thing.radius + 1); ++x) {
      int covered = 0;
      for (int i = 0; i < points; ++i)
        for (int j = 0; j < points; ++j)
          covered +=
              inside(thing.shape,
                     (static_cast<double>(x) + (j + 0.5) / points - thing.centre.x) / thing.radius,
                     (static_cast<double>(y) + (i + 0.5) / points - thing.centre.y) / thing.radius);
      for (int64_t c = 0; c < 3; ++c) {
        uint8_t& byte = image.bytes[static_cast<size_t>((y * size + x) * 3 + c)];
        const int wanted = thing.colour[static_cast<size_t>(c)];
        byte = static_cast<uint8_t>(byte + (wanted - byte) * covered / (points * points));
      }
    }
}

// ---- writing

/// Not through a temporary file and to the disk one by one: that takes 7 ms each. The list, which
/// comes last, tells that all are there.
void write_picture(const std::string& path, const Image& image) {
  std::ofstream file(path, std::ios::binary);
  file << to_pnm(image);
  if (!file.flush())
    throw Error(Place{path}, "cannot be written", "is the disk full, or the folder protected?",
                Fault::environment);
}

void make_folder(const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(Place{folder}, fmt::format("the folder cannot be made: {}", failure.message()),
                "choose another folder, or check its permissions", Fault::environment);
}

void write_part(const std::string& folder, ScenePart part, int count,
                const SceneSetOptions& options, bool overwrite) {
  constexpr const char* names[] = {"train", "dev", "test"};
  const auto number = static_cast<uint64_t>(part);
  const std::string name = names[number];
  make_folder(fmt::format("{}/{}", folder, name));
  std::string list;
  for (int i = 1; i <= count; ++i) {
    Rng rng(options.seed, number << 32 | static_cast<uint64_t>(i));
    const Scene scene = random_scene(part, rng);
    const std::string path = fmt::format("{}/{:05}.ppm", name, i);
    write_picture(fmt::format("{}/{}", folder, path), paint(scene, options.size, rng));
    for (const std::string& sentence : sentences_of(scene))
      list += fmt::format("{}\t{}\n", path, sentence);
  }
  write_file_atomically(fmt::format("{}/{}.tsv", folder, name), list, overwrite);
}

}  // namespace

ScenePart part_of(int shape, int colour, int place) {
  // Of ten diagonals, each place of a shape and colour lies on another.
  const int diagonal = (shape + 2 * colour + place) % 10;
  return diagonal == 0 ? ScenePart::dev : diagonal == 5 ? ScenePart::test : ScenePart::train;
}

Scene random_scene(ScenePart part, Rng& rng) {
  Scene scene{random_group(part, rng)};
  if (rng.below(2) == 0) return scene;
  SceneGroup other;
  do {
    other = random_group(ScenePart::train, rng);
  } while (!apart(scene[0], other) ||
           (other.shape == scene[0].shape && other.colour == scene[0].colour));
  scene.push_back(other);
  std::ranges::sort(scene, {}, &SceneGroup::place);
  return scene;
}

std::vector<std::string> sentences_of(const Scene& scene) {
  if (scene.size() == 1) return {phrase(scene[0])};
  const std::string first = phrase(scene[0]), second = phrase(scene[1]);
  return {first + " y " + second, second + " y " + first};
}

Image paint(const Scene& scene, int64_t size, Rng& rng) {
  Image image{.shape = {.height = size, .width = size, .channels = 3}, .bytes = {}};
  const Colour base = shade(ground, rng);
  for (int64_t pixel = 0; pixel < size * size; ++pixel)
    for (const int part : base) image.bytes.push_back(static_cast<uint8_t>(part));
  const double cell = static_cast<double>(size) / 3;
  for (const SceneGroup& group : scene)
    for (const Point& point : points_of(group)) {
      const auto moved = [&](double at) {
        return cell * (at + double{rng.uniform(-0.06f, 0.06f)});
      };
      const double x = moved(point.x), y = moved(point.y),
                   radius = group.size == 0 ? rng.uniform(0.2f, 0.26f) : rng.uniform(0.38f, 0.44f);
      paint_thing(image, {.shape = group.shape,
                          .centre = {x, y},
                          .radius = cell * radius,
                          .colour = shade(paints[group.colour], rng)});
    }
  return image;
}

void write_scenes(const std::string& folder, const SceneSetOptions& options, bool overwrite) {
  if (options.size < 16 || options.size > 1024)
    throw Error(fmt::format("pictures of {0} x {0} pixels", options.size), "choose 16 to 1024");
  for (const int count : {options.train, options.dev, options.test})
    if (count < 1) throw Error(fmt::format("{} scenes", count), "choose 1 or more of each part");
  make_folder(folder);
  std::error_code failure;
  if (!overwrite && !std::filesystem::is_empty(folder, failure))
    throw Error(Place{folder}, "is not empty", "give --overwrite, or the name of a new folder");
  write_part(folder, ScenePart::train, options.train, options, overwrite);
  write_part(folder, ScenePart::dev, options.dev, options, overwrite);
  write_part(folder, ScenePart::test, options.test, options, overwrite);
}

}  // namespace cadena
