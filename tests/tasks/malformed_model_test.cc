// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <limits>
#include <span>
#include <sstream>

#include "cadena/base/hash.h"
#include "tests/support/refused.h"
#include "tests/tasks/model_parts.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

using namespace std::string_literals;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == text.npos) throw std::out_of_range(from);
  return text.replace(at, from.size(), to);
}

class MalformedModel : public testing::Test {
 protected:
  MalformedModel() {
    Training training(small + Values{{"train.epochs", "1"}},
                      scratch_.write("good.conll", to_conll(tiny_corpus())));
    save_task(good_, training.tagger, training.options, false);
  }

  void refuse_bytes(const std::string& name, const std::string& bytes) const {
    const std::string path = scratch_.write("x.cadena", bytes);
    expect_refused(name, {path}, [&] { load_task(path); });
  }

  /// The good model after a change of its parts. A line within a part may be told.
  void refuse(const std::string& name, const std::function<void(ModelParts&)>& change) const {
    ModelParts parts(good_);
    change(parts);
    const std::string path = scratch_.path("x.cadena");
    parts.save(path);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  }

  void refuse_text(const std::string& key, const std::vector<std::string>& texts) const {
    for (const std::string& text : texts)
      refuse(key + " = " + text.substr(text.size() < 40 ? 0 : text.size() - 40),
             [&](ModelParts& parts) { parts.metadata[key] = text; });
  }

  void refuse_settings(const std::string& from, const std::string& to) const {
    refuse("settings with " + to, [&](ModelParts& parts) { parts.set(from, to); });
  }

  const Scratch scratch_;
  const std::string good_ = scratch_.path("good.cadena");
};

TEST_F(MalformedModel, TheGoodOneIsRead) {
  EXPECT_EQ(load_task(good_)->name(), "tag");
  ModelParts(good_).save(scratch_.path("again"));
  EXPECT_EQ(contents(scratch_.path("again")), contents(good_));
}

TEST_F(MalformedModel, Truncated) {
  const std::string bytes = contents(good_);
  Rng rng(1);
  for (size_t size : {0u, 1u, 7u, 8u, 9u, 16u, 100u, 1000u})
    refuse_bytes("first " + std::to_string(size), bytes.substr(0, size));
  for (size_t lost : {1u, 2u, 3u, 4u, 5u, 8u, 100u})
    refuse_bytes("without last " + std::to_string(lost), bytes.substr(0, bytes.size() - lost));
  for (int i = 0; i < 40; ++i) {
    const size_t size = rng.below(static_cast<uint32_t>(bytes.size()));
    refuse_bytes("first " + std::to_string(size), bytes.substr(0, size));
    refuse_bytes("last " + std::to_string(size), bytes.substr(bytes.size() - size));
  }
  refuse_bytes("one byte more", bytes + 'x');
  refuse_bytes("twice", bytes + bytes);
}

TEST_F(MalformedModel, WithABitFlipped) {
  const std::string bytes = contents(good_);
  Rng rng(2);
  for (int i = 0; i < 300; ++i) {
    std::string flipped = bytes;
    // Half of them in the header, which is the smaller part.
    const size_t within = i % 2 == 0 ? bytes.size() : 4000;
    const size_t at = rng.below(static_cast<uint32_t>(within));
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    refuse_bytes("flipped in byte " + std::to_string(at), flipped);
  }
}

TEST_F(MalformedModel, OfAnotherKind) {
  const std::string bytes = contents(good_);
  for (const std::string& magic : {"PK\x03\x04"s, "\x80\x02}q"s, "GGUF"s, "\x1f\x8b\x08"s,
                                   "\x7f"
                                   "ELF"s,
                                   "\x89PNG\r\n"s, "\x08\x07\x12\x07pytorch"s})
    refuse_bytes(magic, magic + bytes.substr(magic.size()));
  refuse_bytes("text", to_conll(tiny_corpus()));
  refuse_bytes("settings", "[model]\nhidden = 3\n");
  refuse_bytes("only a header", "\x10\0\0\0\0\0\0\0{\"__metadata__\": "s);
  refuse_bytes("no metadata", "\x08\0\0\0\0\0\0\0{}      "s);
  refuse_bytes("a huge header", "\xff\xff\xff\xff\xff\xff\xff\x7f{}"s);
  std::filesystem::create_directory(scratch_.path("folder"));
  for (const char* name : {"folder", "missing.cadena", "missing/x.cadena"})
    expect_refused(name, {scratch_.path(name)}, [&] { load_task(scratch_.path(name)); });
}

TEST_F(MalformedModel, OfAnotherFormat) {
  const auto with_format = [&](const std::string& format) {
    const std::string key = "\"cadena.checksum\":\"", zeros(32, '0');
    std::string bytes = replaced(contents(good_), "\"cadena.format\":\"1\"",
                                 "\"cadena.format\":\"" + format + "\"");
    bytes.replace(bytes.find(key) + key.size(), zeros.size(), zeros);
    const std::string_view all = bytes;
    return replaced(bytes, zeros, xxh3_128_hex(std::span(&all, 1)));
  };
  EXPECT_EQ(with_format("1"), contents(good_));
  for (const char* format : {"2", "9", "0", "x", " "}) refuse_bytes(format, with_format(format));
}

TEST_F(MalformedModel, OfAnUnknownTask) {
  refuse_text("cadena.task", {"tagg", "", "parse", "tag\n", "\x1b[31m", std::string(100000, 'x')});
  refuse("no task", [](ModelParts& parts) { parts.metadata.erase("cadena.task"); });
}

TEST_F(MalformedModel, WithSettingsThatAreNone) {
  refuse("no settings", [](ModelParts& parts) { parts.metadata.erase("cadena.settings"); });
  refuse_settings("hidden = 12", "hidden = 0");
  refuse_settings("hidden = 12", "hiden = 12");
  refuse_settings("hidden = 12", "hidden = \"12\"");
  refuse_settings("cell = \"lstm\"", "cell = \"rnn\"");
  refuse_settings("[model]", "[model");
  refuse_settings("[model]", "[muddle]");
  refuse("settings are noise",
         [](ModelParts& parts) { parts.metadata["cadena.settings"] = "\x01\x02\x03"; });
}

TEST_F(MalformedModel, WithSettingsOfAnotherModel) {
  for (const char* value : {"11", "13", "4096", "65536"}) {
    refuse_settings("hidden = 12", "hidden = "s + value);
    refuse_settings("word_size = 12", "word_size = "s + value);
    refuse_settings("character_size = 6", "character_size = "s + value);
    refuse_settings("character_hidden = 6", "character_hidden = "s + value);
  }
  for (const char* layers : {"2", "64"}) refuse_settings("layers = 1", "layers = "s + layers);
  refuse_settings("cell = \"lstm\"", "cell = \"gru\"");
  refuse_settings("characters = \"lstm\"", "characters = \"none\"");
  refuse_settings("characters = \"lstm\"", "characters = \"convolution\"");
  // Each of these sizes may be large, but not so much larger than what is there.
  refuse("wide words and a wide layer", [](ModelParts& parts) {
    parts.set("\nword_size = 12", "\nword_size = 65536");
    parts.set("\nhidden = 12", "\nhidden = 100");
    parts.metadata["tag.words"] = "<unk>\t0\n";
    parts.tensors.emplace_back("more", Tensor(Shape{100000}));
  });
}

TEST_F(MalformedModel, WithoutAVocabulary) {
  for (const char* key : {"tag.words", "tag.characters", "tag.labels", "tag.spans"}) {
    refuse("no "s + key, [&](ModelParts& parts) { parts.metadata.erase(key); });
    refuse_text(key, {""});
  }
}

TEST_F(MalformedModel, WithADamagedVocabulary) {
  for (const char* key : {"tag.words", "tag.characters"}) {
    const std::string text = ModelParts(good_).metadata[key];
    refuse_text(key, {text.substr(0, text.size() - 5), text.substr(1), text + "new\t1\n",
                      text + "new\n", text + "new\tx\n", text + "new\t-1\n", text + "\t1\n",
                      text + "\n", text + "ne\\w\t1\n", text + "new\\", text + text,
                      text + "new\t99999999999999999999\n", "<unk>\t0\n", "a\t1\n", "\n",
                      "\x1b[31m", std::string(100000, 'x')});
  }
}

TEST_F(MalformedModel, WithDamagedLabels) {
  const std::string text = ModelParts(good_).metadata["tag.labels"];
  EXPECT_EQ(text,
            "B-LOC\nB-ORG\nB-PER\nE-LOC\nE-ORG\nE-PER\nI-LOC\nI-ORG\nI-PER\nO\nS-LOC\nS-ORG\n"
            "S-PER");
  refuse_text(
      "tag.labels",
      {replaced(text, "B-LOC\n", ""), text + "\nX", replaced(text, "B-LOC", "B-ORG"),
       replaced(text, "I-ORG", "O"), replaced(text, "B-LOC", ""), replaced(text, "B-LOC", "X-LOC"),
       replaced(text, "B-LOC", "b-loc"), replaced(text, "B-LOC", "B-\x1b[31m"),
       replaced(text, "\nO\n", "\nS-X\n"), replaced(text, "B-LOC", "B-LOC\r"), "O",
       "\n\n\n\n\n\n\n\n\n\n\n\n\n", "\x01", std::string(5000, '\n')});
  refuse_text("tag.spans", {"maybe", "YES", "yes\n", "1"});
}

TEST_F(MalformedModel, WithOtherTensors) {
  refuse("renamed", [](ModelParts& parts) { parts.tensors[0].first = "wards.weight"; });
  refuse("renamed badly", [](ModelParts& parts) { parts.tensors[0].first = "\x1b[31m\n"; });
  refuse("one missing", [](ModelParts& parts) { parts.tensors.pop_back(); });
  refuse("none", [](ModelParts& parts) { parts.tensors.clear(); });
  refuse("one more",
         [](ModelParts& parts) { parts.tensors.emplace_back("more", Tensor(Shape{2})); });
  refuse("turned", [](ModelParts& parts) {
    Tensor& weight = parts.tensor("emit.weight");
    weight =
        Tensor({weight.cols(), weight.rows()}, {weight.values().begin(), weight.values().end()});
  });
  refuse("of another rank", [](ModelParts& parts) {
    Tensor& bias = parts.tensor("emit.bias");
    bias = Tensor({1, bias.size()}, {bias.values().begin(), bias.values().end()});
  });
  refuse("one row less", [](ModelParts& parts) {
    Tensor& words = parts.tensor("words.weight");
    words = Tensor(words.rows() - 1, words.cols());
  });
}

// Values that overflow are no fault of the file: labels come out, whichever.
TEST_F(MalformedModel, HugeWeightsAreHarmless) {
  const float limit = std::numeric_limits<float>::max();
  Rng rng(3);
  for (int mode = 0; mode < 4; ++mode) {
    ModelParts parts(good_);
    for (auto& [name, tensor] : parts.tensors)
      for (float& value : tensor.values())
        value = mode == 0 ? limit : mode == 1 ? -limit : limit * rng.uniform(-1, 1);
    parts.save(scratch_.path("x.cadena"));
    const std::unique_ptr<Task> task = load_task(scratch_.path("x.cadena"));
    std::istringstream in("Ana Ruiz vive en Lima. Hoy no llueve.\n\nLuis\n");
    std::ostringstream out;
    task->predict({in, [] { return true; }, out}, {.input = "text", .output = "conll"});
    const std::string answer = out.str();
    EXPECT_EQ(std::ranges::count(answer, '\n'), 14);
    task->evaluate(scratch_.path("good.conll"));
  }
}

}  // namespace
}  // namespace cadena
