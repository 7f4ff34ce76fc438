// SPDX-License-Identifier: MIT
#include "cadena/io/model_file.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "cadena/base/hash.h"
#include "cadena/base/rng.h"
#include "cadena/io/safetensors.h"

namespace cadena {
namespace {

struct Linear {
  Tensor weight, bias;
  void visit(Visitor& v) {
    v("weight", weight);
    v("bias", bias);
  }
};

struct Model {
  Tensor words = Tensor::parameter({7, 5});
  Linear emit{Tensor::parameter({5, 3}), Tensor::parameter({3})};

  explicit Model(uint64_t seed) {
    Rng rng(seed);
    visit_all([&](const std::string&, Tensor& tensor) {
      for (float& value : tensor.values()) value = rng.normal();
    });
  }
  void visit(Visitor& v) {
    v("words", words);
    v("emit", emit);
  }
  void visit_all(Visitor::Action action) {
    Visitor visitor(std::move(action));
    visit(visitor);
  }
};

Walk walk(Model& model) {
  return [&](Visitor& v) { model.visit(v); };
}

/// Walks these tensors.
Walk walk(std::map<std::string, Tensor>& tensors) {
  return [&](Visitor& v) {
    for (auto& [name, tensor] : tensors) v(name, tensor);
  };
}

std::vector<uint32_t> bits(Model& model) {
  std::vector<uint32_t> bits;
  model.visit_all([&](const std::string&, Tensor& tensor) {
    for (float value : tensor.values()) bits.push_back(std::bit_cast<uint32_t>(value));
  });
  return bits;
}

const std::map<std::string, std::string> metadata = {{"task", "tagger"}, {"config", "{\"a\": 1}"}};

const std::string zeros(32, '0');

class ModelFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "cadena_model_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  /// The bytes of a saved model.
  std::string saved(Model& model) const {
    save_model(path("saved"), metadata, walk(model), true);
    return read_file(path("saved"), 1 << 20);
  }

  std::string directory_;
};

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("none");
}

std::string parse_error(const std::string& bytes) {
  return error_of([&] { parse_model(bytes, "m.cadena"); }).what();
}

/// The file with the right checksum in the place of `zeros`.
std::string sealed(std::string file) {
  const std::string_view all = file;
  return file.replace(file.find(zeros), zeros.size(), xxh3_128_hex(std::span(&all, 1)));
}

/// A model file with a right checksum, whatever it holds.
std::string forged(std::map<std::string, std::string> entries, std::vector<float> values) {
  entries["cadena.checksum"] = zeros;
  const std::vector<NamedShape> shapes = {{"w", {static_cast<int64_t>(values.size())}}};
  std::string file = safetensors_header(entries, shapes);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return sealed(std::move(file));
}

TEST_F(ModelFileTest, RoundTripKeepsEveryBit) {
  Model model(1), other(2);
  model.words.data()[0] = -0.0f;
  model.words.data()[1] = std::numeric_limits<float>::denorm_min();
  model.words.data()[2] = -std::numeric_limits<float>::max();
  save_model(path("m"), metadata, walk(model), false);
  const ModelFile file = read_model(path("m"));
  EXPECT_EQ(file.path, path("m"));
  EXPECT_EQ(file.metadata.at("task"), "tagger");
  EXPECT_EQ(file.metadata.at("config"), "{\"a\": 1}");
  EXPECT_EQ(file.metadata.at("cadena.format"), "1");
  ASSERT_EQ(file.parameters.size(), 3U);
  EXPECT_EQ(file.parameters[0].name, "words");
  EXPECT_EQ(file.parameters[1].name, "emit.weight");
  EXPECT_EQ(file.parameters[1].shape, (Shape{5, 3}));
  load_parameters(file, walk(other));
  EXPECT_EQ(bits(other), bits(model));
}

TEST_F(ModelFileTest, TheSameModelGivesTheSameBytes) {
  Model model(1), other(2);
  const std::string first = saved(model);
  EXPECT_EQ(saved(model), first);
  load_parameters(parse_model(first, "m"), walk(other));
  EXPECT_EQ(saved(other), first);
}

TEST_F(ModelFileTest, ModelWithoutParameters) {
  save_model(
      path("m"), {}, [](Visitor&) {}, false);
  EXPECT_TRUE(read_model(path("m")).parameters.empty());
}

TEST_F(ModelFileTest, CopiesOutliveTheOriginal) {
  Model model(1);
  ModelFile copy;
  {
    const ModelFile file = parse_model(saved(model), "m");
    copy = file;
  }
  load_parameters(copy, walk(model));
}

TEST_F(ModelFileTest, KeepsTheOldFile) {
  Model model(1), other(2);
  const std::string first = saved(model);
  EXPECT_EQ(error_of([&] { save_model(path("saved"), {}, walk(other), false); }).message(),
            "already exists");
  other.emit.bias.data()[1] = NAN;
  const Error error = error_of([&] { save_model(path("saved"), {}, walk(other), true); });
  EXPECT_EQ(error.fault(), Fault::diverged);
  EXPECT_EQ(error.message(), "not saved: 'emit.bias' holds values that are not finite");
  EXPECT_EQ(read_file(path("saved"), 1 << 20), first);
}

TEST_F(ModelFileTest, ChecksTheFormat) {
  EXPECT_EQ(parse_error(forged({{"cadena.format", "1"}}, {1})), "none");
  EXPECT_EQ(parse_error(forged({{"cadena.format", "2"}}, {1})),
            "m.cadena: is of format 2; this cadena reads up to format 1");
  EXPECT_EQ(parse_error(forged({}, {1})),
            "m.cadena: is a safetensors file, but not a model of cadena");
  for (const char* text : {"", "0", "-1", "1x", " 1", "99999999999", "one"})
    EXPECT_TRUE(parse_error(forged({{"cadena.format", text}}, {1})).find("unknown format") !=
                std::string::npos)
        << text;
}

TEST_F(ModelFileTest, HasNoDoubles) {
  const std::vector<NamedShape> shapes = {{"w", {1}, StoredType::f64}};
  const std::string header =
      safetensors_header({{"cadena.format", "1"}, {"cadena.checksum", zeros}}, shapes);
  EXPECT_EQ(parse_error(sealed(header + std::string(sizeof(double), '\0'))),
            "m.cadena: 'w' is not of type F32");
}

TEST_F(ModelFileTest, NotAModel) {
  for (const std::string& bytes : {std::string(), std::string("word TAG\nword TAG\n"),
                                   std::string(100, '\0'), std::string(100, '\xff')})
    EXPECT_TRUE(
        parse_error(bytes).starts_with("m.cadena: is not a model of cadena, or is damaged"));
  EXPECT_EQ(error_of([&] { read_model(path("none")); }).message(), "no such file");
}

TEST_F(ModelFileTest, ChecksTheChecksum) {
  Model model(1);
  const std::string good = saved(model);
  std::string bytes = good;
  bytes.back() ^= 1;
  EXPECT_EQ(parse_error(bytes), "m.cadena: is damaged: its checksum does not match");
  // The header means the same but is not what was saved.
  bytes = good;
  const size_t at = bytes.find("\"task\"");
  bytes.replace(at + 1, 1, "\\u0074");
  EXPECT_NE(parse_error(bytes), "none");
  // No checksum, a short one, one of capital letters.
  const std::vector<NamedShape> none;
  EXPECT_NE(parse_error(safetensors_header({{"cadena.format", "1"}}, none)), "none");
  EXPECT_NE(
      parse_error(safetensors_header({{"cadena.format", "1"}, {"cadena.checksum", "12"}}, none)),
      "none");
  bytes = good;
  const size_t digits = bytes.find("cadena.checksum\":\"") + 18;
  for (size_t i = digits; i < digits + 32; ++i)
    bytes[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(bytes[i])));
  EXPECT_NE(parse_error(bytes), "none");
}

TEST_F(ModelFileTest, AKeyThatLooksLikeTheChecksum) {
  Model model(1);
  save_model(path("m"),
             {{"a", "\"cadena.checksum\":\"x\""},
              {"\"cadena.checksum\":\"", "y"},
              {"cadena.checksum", "of the caller"}},
             walk(model), false);
  EXPECT_EQ(read_model(path("m")).metadata.at("a"), "\"cadena.checksum\":\"x\"");
}

TEST_F(ModelFileTest, NamesValuesThatAreNotFinite) {
  for (float bad : {NAN, -NAN, INFINITY, -INFINITY})
    EXPECT_EQ(parse_error(forged({{"cadena.format", "1"}}, {1, bad, 2})),
              "m.cadena: 'w' holds values that are not finite");
}

TEST_F(ModelFileTest, RefusesValuesThatAreNotAligned) {
  std::string file = safetensors_header({{"cadena.format", "1"}, {"cadena.checksum", zeros}},
                                        std::vector<NamedShape>{{"w", {1}}});
  EXPECT_EQ(parse_error(sealed(file + std::string(4, '\0'))), "none");
  ++file[0];  // the length of the header
  file += ' ';
  EXPECT_EQ(parse_error(sealed(file + std::string(4, '\0'))),
            "m.cadena: is damaged: its values are not aligned");
}

TEST_F(ModelFileTest, EveryChangedByteIsSeen) {
  Model model(1);
  const std::string good = saved(model);
  ASSERT_EQ(parse_error(good), "none");
  Rng rng(3);
  const auto at = [&](size_t size) { return rng.below(static_cast<uint32_t>(size)); };
  for (int i = 0; i < 4000; ++i) {
    std::string bytes = good;
    switch (i % 4) {
      case 0:
        bytes[at(bytes.size())] ^= static_cast<char>(1 + at(255));
        break;
      case 1:
        bytes[at(bytes.size())] ^= static_cast<char>(1 << at(8));
        break;
      case 2:
        bytes.resize(at(bytes.size()));
        break;
      case 3:
        bytes.append(1 + at(16), static_cast<char>(at(256)));
        break;
    }
    ASSERT_NE(parse_error(bytes), "none") << i;
  }
  for (size_t i = 0; i < good.size(); ++i) {  // every bit of the header too
    std::string bytes = good;
    bytes[i] ^= 0x20;
    ASSERT_NE(parse_error(bytes), "none") << i;
  }
}

TEST_F(ModelFileTest, ListsAllThatDoesNotFit) {
  Model model(1);
  const ModelFile file = parse_model(saved(model), "m.cadena");
  std::map<std::string, Tensor> tensors = {{"words", Tensor::parameter({7, 5})},
                                           {"emit.bias", Tensor::parameter({4})},
                                           {"crf", Tensor::parameter({2})}};
  const Error error = error_of([&] { load_parameters(file, walk(tensors)); });
  EXPECT_EQ(error.what(),
            std::string("m.cadena: the parameters are not those of the model: 'crf' is missing; "
                        "'emit.bias' has shape [3], expected [4]; 'emit.weight' is not in the "
                        "model"));
  EXPECT_NE(error.hint(), "");
  for (float value : tensors.at("words").values()) EXPECT_EQ(value, 0.0f);

  std::map<std::string, Tensor> many;
  for (int i = 0; i < 20; ++i)
    many[std::string("t").append(std::to_string(i))] = Tensor::parameter({1});
  const std::string message = error_of([&] { load_parameters(file, walk(many)); }).message();
  EXPECT_TRUE(message.ends_with("'t15' is missing; and 15 more")) << message;
}

}  // namespace
}  // namespace cadena
