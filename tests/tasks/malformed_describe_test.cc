// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <limits>

#include "tests/support/refused.h"
#include "tests/tasks/captioned.h"
#include "tests/tasks/model_parts.h"

namespace cadena {
namespace {

using namespace std::string_literals;

class MalformedCaptions : public testing::Test {
 protected:
  struct Case {
    std::string name, bytes;
    int64_t line;  // that is told
  };

  /// Each text as training data, held-out data, data to measure with, and in a check.
  void refuse_lists(const std::vector<Case>& cases) {
    Description good(one_epoch, corners_);
    const std::string path = scratch_.path("x.tsv");
    for (const Case& bad : cases) {
      scratch_.write("x.tsv", bad.bytes);
      const Expected expected{path, bad.line};
      expect_refused(bad.name, expected, [&] { Description(one_epoch, path); });
      expect_refused(bad.name, expected, [&] { Description(one_epoch, corners_, path); });
      expect_refused(bad.name, expected, [&] { good.task.evaluate(path); });
      if (bad.line > 0) {
        EXPECT_FALSE(good.task.check(path, {}).sound) << bad.name;
      }
    }
  }

  const Scratch scratch_;
  const std::string corners_ = write_corners(scratch_, "corners");
};

TEST_F(MalformedCaptions, Lists) {
  const std::string good = "corners0.ppm\tun cuadrado\n";
  scratch_.write("cut.ppm", contents(scratch_.path("corners0.ppm")).substr(0, 100));
  scratch_.write("text.png", "no picture\n");
  scratch_.write("huge.ppm", "P6 2000000000 2000000000 255\n");
  scratch_.write("v.npy", npy("<f4", "3,", bytes_of(std::vector<float>{1, 2, 3})));
  refuse_lists({{"nothing", "", 0},
                {"blank lines", "\n \n", 0},
                {"no tab", good + "corners1.ppm\n", 2},
                {"blanks for a tab", good + "corners1.ppm un cuadrado\n", 2},
                {"no sentence", good + "corners1.ppm\t \n", 2},
                {"no path", good + "\n\tun cuadrado\n", 3},
                {"two tabs", good + "corners1.ppm\tun\tcuadrado\n", 2},
                {"no such file", good + "gone.ppm\tuno\n", 2},
                {"a folder", good + "../\tuno\n", 2},
                {"another suffix", good + "x.jpg\tuno\n", 2},
                {"a cut picture", good + "cut.ppm\tuno\n", 2},
                {"text for a picture", good + "text.png\tuno\n", 2},
                {"a huge picture", good + "huge.ppm\tuno\n", 2},
                {"a vector among pictures", good + "v.npy\tuno\n", 2},
                {"no UTF-8", good + "corners1.ppm\tun \xff\n", 2},
                {"a NUL byte", good + "corners1.ppm\tun \0\n"s, 2},
                {"a long line", good + std::string((1 << 20) + 1, 'x') + "\n", 2}});
}

TEST_F(MalformedCaptions, Vectors) {
  const auto write = [&](const std::string& name, const std::vector<float>& values) {
    return scratch_.write(name, npy("<f4", std::to_string(values.size()) + ",", bytes_of(values)));
  };
  write("a.npy", {1, 2, 3});
  write("b.npy", {4, 5, 6});
  write("four.npy", {1, 2, 3, 4});
  write("nan.npy", {1, std::numeric_limits<float>::quiet_NaN(), 3});
  scratch_.write("two.npy", npy("<f4", "1, 3", bytes_of(std::vector<float>{1, 2, 3})));
  scratch_.write("cut.npy", npy("<f4", "3,", "12345"));
  scratch_.write("huge.npy", npy("<f4", "4611686018427387904,", "1234"));
  const std::string good = scratch_.write("good.tsv", "a.npy\tuno\nb.npy\tdos\n");
  Description vectors(one_epoch, good);
  const std::string path = scratch_.path("x.tsv");
  for (const char* name :
       {"four.npy", "nan.npy", "two.npy", "cut.npy", "huge.npy", "corners1.ppm"}) {
    scratch_.write("x.tsv", "a.npy\tuno\n\n"s + name + "\tdos\n");
    expect_refused(name, {path, 3}, [&] { Description(one_epoch, path); });
    expect_refused(name, {path, 3}, [&] { vectors.task.evaluate(path); });
    expect_refused(name, {good, 1}, [&] { described(vectors.task, name + "\n"s, good); });
  }
}

TEST_F(MalformedCaptions, Matrices) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::string sound = npy("<f4", "3, 2", bytes_of(values));
  const std::string path = scratch_.path("x.npy"), texts = scratch_.path("x.txt");
  const auto refuse = [&](const std::string& name, const std::string& bytes,
                          const std::string& sentences, const Expected& expected) {
    scratch_.write("x.npy", bytes);
    scratch_.write("x.txt", sentences);
    expect_refused(name, expected, [&] { Description(one_epoch, path); });
  };
  refuse("nothing", "", "a\nb\nc\n", {path});
  refuse("cut", sound.substr(0, sound.size() - 1), "a\nb\nc\n", {path});
  refuse("one dimension", npy("<f4", "6,", bytes_of(values)), "a\nb\nc\n", {path});
  refuse("text", "1,2\n", "a\nb\nc\n", {path});
  refuse("fewer sentences", sound, "a\nb\n", {texts});
  refuse("more sentences", sound, "a\nb\nc\nd\n", {texts});
  refuse("an empty sentence", sound, "a\n\nc\n", {texts, 2});
  refuse("no UTF-8", sound, "a\nb\n\xff\n", {texts, 3});
  std::filesystem::remove(texts);
  scratch_.write("x.npy", sound);
  expect_refused("no sentences", {texts}, [&] { Description(one_epoch, path); });
  Description pictures(one_epoch, corners_);
  expect_refused("vectors", {path}, [&] { pictures.task.evaluate(path); });
  expect_refused("vectors", {path}, [&] { described(pictures.task, "", path); });
}

TEST_F(MalformedCaptions, ThatAreNoFiles) {
  std::filesystem::create_directory(scratch_.path("folder"));
  for (const char* name : {"folder", "gone.tsv", "gone.npy", "gone/x.tsv"}) {
    const std::string path = scratch_.path(name);
    expect_refused(name, {path}, [&] { Description(one_epoch, path); });
    expect_refused(name, {path}, [&] { Description(one_epoch, corners_, path); });
  }
}

TEST_F(MalformedCaptions, Streams) {
  Description description(one_epoch, corners_);
  for (const char* line : {"gone.ppm", "x.jpg", "/", "\xff", "un cuadrado"})
    expect_refused(line, {corners_, 2},
                   [&] { described(description.task, "corners0.ppm\n"s + line + "\n", corners_); });
  const std::string gone = scratch_.path("gone.png");
  expect_refused("a picture", {gone}, [&] { described(description.task, "", gone); });
  expect_refused("best", {"", 0}, [&] {
    described(description.task, "corners0.ppm", corners_, "text", {{"best", "5"}});
  });
}

TEST_F(MalformedCaptions, Settings) {
  for (const auto& [key, value] : Values{{"data.kind", "sound"},
                                         {"data.size", "0"},
                                         {"data.size", "8,8,100000"},
                                         {"data.batch", "0"},
                                         {"model.cell", "rnn"},
                                         {"model.filters", "0"},
                                         {"model.attention", "dot"},
                                         {"model.hidden", "0"},
                                         {"model.dropout", "1"}})
    expect_refused(key, {"", 0, false}, [&] { Description({{key, value}}, corners_); });
  for (const auto& [key, value] : Values{{"data.size", "8"},
                                         {"data.size", "8,8"},
                                         {"data.size", "8,8,2"},
                                         {"data.size", "8,8,3,1"},
                                         {"model.filters", "4,4,4,4"},
                                         {"model.filters", "4,4,4,4,4,4,4,4,4,4,4,4,4,4,4"}})
    expect_refused(key, {"", 0}, [&] { Description({{key, value}}, corners_); });
  expect_refused("kind", {corners_, 1}, [&] { Description({{"data.kind", "vector"}}, corners_); });
  expect_refused("min_count", {corners_}, [&] {
    Description({{"data.min_count", "1000"}}, corners_);
  });
}

class MalformedDescriber : public testing::Test {
 protected:
  MalformedDescriber() {
    Description description(one_epoch, write_corners(scratch_, "corners"));
    save_task(model_, description.task, description.options, false);
  }

  /// A good model after a change of its parts.
  void refuse(const std::string& name, const std::function<void(ModelParts&)>& change) const {
    ModelParts parts(model_);
    change(parts);
    const std::string path = scratch_.path("x.cadena");
    parts.save(path);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  }

  void refuse_text(const std::string& key, const std::vector<std::string>& texts) const {
    refuse("no " + key, [&](ModelParts& parts) { parts.metadata.erase(key); });
    for (const std::string& text : texts)
      refuse(key + " = " + text.substr(0, 40),
             [&](ModelParts& parts) { parts.metadata[key] = text; });
  }

  const Scratch scratch_;
  const std::string model_ = scratch_.path("good.cadena");
};

TEST_F(MalformedDescriber, TheGoodOneIsRead) {
  EXPECT_EQ(load_task(model_)->name(), "describe");
  ModelParts(model_).save(scratch_.path("again"));
  EXPECT_EQ(contents(scratch_.path("again")), contents(model_));
}

TEST_F(MalformedDescriber, Texts) {
  const std::string words = ModelParts(model_).metadata.at("describe.words");
  refuse_text("describe.words", {"", "<unk>", "<unk>\t0\n", words.substr(0, words.size() / 2),
                                 words + "más\t1\n", words + words, "x\t1\n" + words});
  const std::vector<std::string> scales{"",
                                        "1",
                                        "1 2",
                                        "1 2 3 4",
                                        "1 2 x",
                                        "1 2 ",
                                        "1  2 3",
                                        "nan 1 2",
                                        "inf 1 2",
                                        "1 2 1e99",
                                        "1\t2 3",
                                        "\x1b[31m",
                                        std::string(100000, '1')};
  refuse_text("describe.means", scales);
  refuse_text("describe.deviations", scales);
  refuse_text("describe.deviations", {"0 1 1", "1 -1 1", "1 1 -0"});
}

TEST_F(MalformedDescriber, Settings) {
  for (const auto& [from, to] : Values{{"kind = \"image\"", "kind = \"auto\""},
                                       {"kind = \"image\"", "kind = \"vector\""},
                                       {"size = [8, 8, 3]", "size = [8, 8, 1]"},
                                       {"size = [8, 8, 3]", "size = [8, 8]"},
                                       {"size = [8, 8, 3]", "size = [1024, 1024, 3]"},
                                       {"size = [8, 8, 3]", "size = [2, 2, 3]"},
                                       {"filters = [8, 8]", "filters = [8]"},
                                       {"filters = [8, 8]", "filters = []"},
                                       {"filters = [8, 8]", "filters = [4096, 4096]"},
                                       {"filters = [8, 8]", "filters = [8, 8, 8, 8, 8]"},
                                       {"hidden = 24", "hidden = 65536"},
                                       {"hidden = 24", "hidden = 25"},
                                       {"layers = 1", "layers = 64"},
                                       {"layers = 1", "layers = 2"},
                                       {"attention = \"general\"", "attention = \"none\""},
                                       {"attention = \"general\"", "attention = \"dot\""},
                                       {"cell = \"lstm\"", "cell = \"gru\""}})
    refuse(to, [&](ModelParts& parts) { parts.set(from, to); });
}

TEST_F(MalformedDescriber, Weights) {
  refuse("one less", [](ModelParts& parts) { parts.tensors.pop_back(); });
  refuse("another shape", [](ModelParts& parts) {
    parts.tensor("eye.layers.0.weight") = Tensor(Shape{8, 3, 3, 1});
  });
  refuse("one more", [](ModelParts& parts) { parts.tensors.emplace_back("x", Tensor(Shape{1})); });
}

}  // namespace
}  // namespace cadena
