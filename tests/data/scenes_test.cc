// SPDX-License-Identifier: MIT
#include "cadena/data/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "cadena/data/captions.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

constexpr ScenePart parts[] = {ScenePart::train, ScenePart::dev, ScenePart::test};

TEST(Scenes, SentencesAgreeInGenderAndNumber) {
  using Sentences = std::vector<std::string>;
  EXPECT_EQ(sentences_of({{.count = 2, .shape = 0, .colour = 0, .size = 1, .place = 1},
                          {.count = 1, .shape = 3, .colour = 1, .size = 0, .place = 3}}),
            (Sentences{"dos círculos rojos grandes a la izquierda y una estrella azul pequeña a la "
                       "derecha",
                       "una estrella azul pequeña a la derecha y dos círculos rojos grandes a la "
                       "izquierda"}));
  EXPECT_EQ(sentences_of({{.count = 3, .shape = 4, .colour = 5, .size = 0, .place = 2}}),
            Sentences{"tres cruces moradas pequeñas en el centro"});
  EXPECT_EQ(sentences_of({{.count = 1, .shape = 1, .colour = 3, .size = 0, .place = 0}}),
            Sentences{"un cuadrado amarillo pequeño arriba"});
  EXPECT_EQ(sentences_of({{.count = 2, .shape = 2, .colour = 2, .size = 1, .place = 4}}),
            Sentences{"dos triángulos verdes grandes abajo"});
  EXPECT_EQ(sentences_of({{.count = 1, .shape = 4, .colour = 4, .size = 1, .place = 0}}),
            Sentences{"una cruz negra grande arriba"});
}

ScenePart part_of_group(const SceneGroup& group) {
  return part_of(group.shape, group.colour, group.place);
}

TEST(Scenes, EachPartHasCombinationsOfItsOwnOfWhichTrainingShowsEveryTwo) {
  std::map<ScenePart, int> combinations;
  std::set<std::pair<int, int>> shape_colour, shape_place, colour_place;
  for (int shape = 0; shape < scene_shapes; ++shape)
    for (int colour = 0; colour < scene_colours; ++colour)
      for (int place = 0; place < scene_places; ++place) {
        const ScenePart part = part_of(shape, colour, place);
        ++combinations[part];
        if (part != ScenePart::train) continue;
        shape_colour.emplace(shape, colour);
        shape_place.emplace(shape, place);
        colour_place.emplace(colour, place);
      }
  EXPECT_EQ(combinations[ScenePart::train], 120);
  EXPECT_NEAR(combinations[ScenePart::dev], 15, 3);
  EXPECT_NEAR(combinations[ScenePart::test], 15, 3);
  EXPECT_EQ(shape_colour.size(), 30u);
  EXPECT_EQ(shape_place.size(), 25u);
  EXPECT_EQ(colour_place.size(), 30u);
  for (const ScenePart part : parts) {
    Rng rng(1);
    for (int i = 0; i < 1000; ++i) {
      const Scene scene = random_scene(part, rng);
      const auto own = std::ranges::count_if(
          scene, [&](const SceneGroup& group) { return part_of_group(group) == part; });
      EXPECT_TRUE(part == ScenePart::train ? own == std::ssize(scene) : own == 1);
      EXPECT_TRUE(std::ranges::all_of(scene, [&](const SceneGroup& group) {
        return part_of_group(group) == part || part_of_group(group) == ScenePart::train;
      }));
    }
  }
}

std::set<std::string> words(ScenePart part) {
  std::set<std::string> all;
  Rng rng(2);
  for (int i = 0; i < 1000; ++i)
    for (const std::string& sentence : sentences_of(random_scene(part, rng))) {
      std::istringstream stream(sentence);
      for (std::string word; stream >> word;) all.insert(word);
    }
  return all;
}

TEST(Scenes, TrainingHasEveryWord) {
  const std::set<std::string> train = words(ScenePart::train);
  // 5 nouns in 2 forms, 5 adjectives in 4 and 3 in 2, "un una dos tres y", and "arriba abajo a la
  // izquierda derecha en el centro".
  EXPECT_EQ(train.size(), 5u * 2 + 5 * 4 + 3 * 2 + 5 + 9);
  for (const ScenePart part : {ScenePart::dev, ScenePart::test})
    for (const std::string& word : words(part)) EXPECT_TRUE(train.contains(word)) << word;
}

/// What is not of the ground: parts that hang together.
struct Blob {
  double x = 0, y = 0;  // its middle, the picture being 3 x 3
  int pixels = 0;
  int64_t left = INT64_MAX, right = 0;
  double width() const { return static_cast<double>(right - left + 1); }
};

std::vector<Blob> blobs_of(const Image& image) {
  const int64_t size = image.shape.width;
  std::vector<bool> marked(static_cast<size_t>(size * size));
  for (size_t i = 0; i < marked.size(); ++i) {
    int difference = 0;
    for (size_t c = 0; c < 3; ++c)
      difference += std::abs(image.bytes[3 * i + c] - image.bytes[c]);  // the corner is ground
    marked[i] = difference > 60;
  }
  std::vector<Blob> blobs;
  for (size_t start = 0; start < marked.size(); ++start) {
    if (!marked[start]) continue;
    Blob blob;
    std::vector<size_t> open{start};
    marked[start] = false;
    while (!open.empty()) {
      const auto at = static_cast<int64_t>(open.back());
      open.pop_back();
      const int64_t x = at % size, y = at / size;
      blob.x += static_cast<double>(x) + 0.5;
      blob.y += static_cast<double>(y) + 0.5;
      ++blob.pixels;
      blob.left = std::min(blob.left, x);
      blob.right = std::max(blob.right, x);
      for (int64_t v = std::max<int64_t>(y - 1, 0); v <= std::min(y + 1, size - 1); ++v)
        for (int64_t u = std::max<int64_t>(x - 1, 0); u <= std::min(x + 1, size - 1); ++u)
          if (const auto next = static_cast<size_t>(v * size + u); marked[next]) {
            marked[next] = false;
            open.push_back(next);
          }
    }
    const double scale = 3.0 / static_cast<double>(size) / blob.pixels;
    blob.x *= scale;
    blob.y *= scale;
    blobs.push_back(blob);
  }
  return blobs;
}

TEST(Scenes, ThePictureHasAsManyThingsAsTheSentenceWhereItSaysAndOfItsSize) {
  Rng rng(3);
  for (int i = 0; i < 300; ++i) {
    const Scene scene = random_scene(parts[i % 3], rng);
    SCOPED_TRACE(sentences_of(scene)[0]);
    const std::vector<Blob> blobs = blobs_of(paint(scene, 192, rng));
    for (const SceneGroup& group : scene) {
      const auto of_group = [&](const Blob& blob) {
        const double line[] = {blob.y, blob.x, blob.y, blob.x, blob.y};
        constexpr double wanted[scene_places] = {0.5, 0.5, 1.5, 2.5, 2.5};
        return std::abs(line[group.place] - wanted[group.place]) < 0.15 &&
               (blob.width() > 36) == (group.size == 1);
      };
      // Those of a neighbouring group may stand in the same line.
      EXPECT_GE(std::ranges::count_if(blobs, of_group), group.count);
    }
    EXPECT_EQ(std::ssize(blobs),
              std::accumulate(scene.begin(), scene.end(), 0,
                              [](int sum, const SceneGroup& group) { return sum + group.count; }));
  }
}

TEST(Scenes, PicturesHaveTheColourOfTheSentence) {
  constexpr double of_red_green_blue[scene_colours][3] = {{1, 0, 0},   {0, 0, 1}, {0, .6, 0},
                                                          {.9, .8, 0}, {0, 0, 0}, {.6, 0, .6}};
  Rng rng(4);
  for (int colour = 0; colour < scene_colours; ++colour)
    for (int shape = 0; shape < scene_shapes; ++shape) {
      const Image image =
          paint({{.shape = shape, .colour = colour, .size = 1, .place = 2}}, 48, rng);
      const uint8_t* middle = image.bytes.data() + static_cast<ptrdiff_t>((24 * 48 + 24) * 3);
      int nearest = 0;
      double least = 1e9;
      for (int k = 0; k < scene_colours; ++k) {
        double distance = 0;
        for (int c = 0; c < 3; ++c)
          distance += std::abs(middle[c] / 255.0 - of_red_green_blue[k][c]);
        if (distance < least) least = distance, nearest = k;
      }
      EXPECT_EQ(nearest, colour) << shape;
    }
}

TEST(Scenes, FillsAFolderThatCaptionsAreReadFrom) {
  const Scratch scratch;
  const std::string folder = scratch.path("new/scenes"), again = scratch.path("again");
  write_scenes(folder, {.train = 30, .dev = 5, .test = 4, .size = 24}, false);
  write_scenes(again, {.train = 20, .dev = 5, .test = 4, .size = 24}, false);
  for (const char* name : {"dev.tsv", "test.tsv", "train/00020.ppm", "dev/00005.ppm"})
    EXPECT_EQ(contents(folder + "/" + name), contents(again + "/" + name)) << name;
  EXPECT_TRUE(contents(folder + "/train.tsv").starts_with(contents(again + "/train.tsv")));

  const CaptionSet train = read_captions(folder + "/train.tsv", {.image = {24, 24, 3}});
  ASSERT_EQ(train.items.size(), 30u);
  EXPECT_EQ(train.dimension, 24 * 24 * 3);
  EXPECT_EQ(train.items[29].name, "train/00030.ppm");
  for (const Captioned& item : train.items)
    EXPECT_EQ(item.sentences.size(), item.sentences[0].find(" y ") == std::string::npos ? 1u : 2u);

  expect_refused("not empty", {.file = folder}, [&] { write_scenes(folder, {}, false); });
  write_scenes(folder, {.train = 2, .dev = 1, .test = 1, .size = 16, .seed = 2}, true);
  EXPECT_EQ(read_captions(folder + "/train.tsv").items.size(), 2u);
  EXPECT_NE(contents(folder + "/dev/00001.ppm"), contents(again + "/dev/00001.ppm"));
}

TEST(Scenes, Refused) {
  const Scratch scratch;
  const std::string folder = scratch.path("scenes");
  for (const SceneSetOptions& bad : {SceneSetOptions{.train = 0},
                                     {.dev = -1},
                                     {.test = 0},
                                     {.size = 15},
                                     {.size = 1025},
                                     {.size = -1}}) {
    expect_refused("options", {}, [&] { write_scenes(folder, bad, false); });
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
  const std::string file = scratch.write("file", "");
  EXPECT_THROW(write_scenes(file, {}, true), Error);
  EXPECT_THROW(write_scenes(file + "/in", {}, true), Error);
}

}  // namespace
}  // namespace cadena
