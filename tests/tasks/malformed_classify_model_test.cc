// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/refused.h"
#include "tests/tasks/classes.h"
#include "tests/tasks/model_parts.h"

namespace cadena {
namespace {

using namespace std::string_literals;

class MalformedClassifier : public testing::Test {
 protected:
  MalformedClassifier() {
    const Values one_pass = small_classifier + Values{{"train.epochs", "1"}};
    const std::pair<const std::string&, std::string> models[] = {
        {texts_, scratch_.write("good.tsv", to_lines(opinions()))},
        {table_, scratch_.write("good.csv", two_clouds())},
        {ts_, scratch_.write("good.ts", to_ts(slopes()))}};
    for (const auto& [model, file] : models) {
      Classification training(one_pass, file);
      save_task(model, training.task, training.options, false);
    }
  }

  /// A good model after a change of its parts.
  void refuse(const std::string& name, const std::string& model,
              const std::function<void(ModelParts&)>& change) const {
    ModelParts parts(model);
    change(parts);
    const std::string path = scratch_.path("x.cadena");
    parts.save(path);
    expect_refused(name, {path, anywhere}, [&] { load_task(path); });
  }

  void refuse_text(const std::string& model, const std::string& key,
                   const std::vector<std::string>& texts) const {
    refuse("no " + key, model, [&](ModelParts& parts) { parts.metadata.erase(key); });
    for (const std::string& text : texts)
      refuse(key + " = " + text.substr(0, 40), model,
             [&](ModelParts& parts) { parts.metadata[key] = text; });
  }

  void refuse_setting(const std::string& model, const std::string& from,
                      const std::string& to) const {
    refuse(to, model, [&](ModelParts& parts) { parts.set(from, to); });
  }

  const Scratch scratch_;
  const std::string texts_ = scratch_.path("texts.cadena"), table_ = scratch_.path("table.cadena"),
                    ts_ = scratch_.path("ts.cadena");
};

TEST_F(MalformedClassifier, TheGoodOnesAreRead) {
  for (const std::string& model : {texts_, table_, ts_}) {
    EXPECT_EQ(load_task(model)->name(), "classify");
    ModelParts(model).save(scratch_.path("again"));
    EXPECT_EQ(contents(scratch_.path("again")), contents(model));
  }
}

TEST_F(MalformedClassifier, Labels) {
  EXPECT_EQ(ModelParts(texts_).metadata["classify.labels"], "bien\nmal\nnada");
  refuse_text(texts_, "classify.labels",
              {"", "bien", "bien\nmal", "bien\nmal\nnada\nx", "mal\nbien\nnada", "bien\nmal\nmal",
               "bien\n\nnada", "\n\n", "bien\nmal\nna\x1b[31mda", "bien\nmal\nnada\x7f",
               "bien\nmal\nnada\xc2\x9b", "\x01", std::string(5000, '\n')});
  refuse_text(table_, "classify.labels",
              {"", "left", "right\nleft", "left\nleft", "left\nmid\nright"});
}

TEST_F(MalformedClassifier, Kind) {
  EXPECT_EQ(ModelParts(ts_).metadata["classify.kind"], "ts");
  for (const std::string& model : {table_, ts_})
    refuse_text(model, "classify.kind",
                {"", "text", "tables", "TABLE", "table\n", " table", "\x1b[31m", "2",
                 std::string(100000, 'x')});
  refuse_text(texts_, "classify.kind", {"", "table", "ts", "list", "npy", "idx", "texts"});
}

TEST_F(MalformedClassifier, Means) {
  const std::vector<std::string> damaged{
      "",         "1",       "1 2",     "1 2 3 4",   "x 2 3",     "1 2 x",
      "1  2 3",   " 1 2 3",  "nan 2 3", "1 2 -nan",  "inf 2 3",   "1 2 -infinity",
      "1e39 2 3", "0x1 2 3", "1,2,3",   "1 2 3\n",   "1\t2\t3",   "1 2 3 \x1b",
      "1 2 3-",   "\x01",    "+1 2 3",  "1 2 3e400", "1 2 3e-400"};
  refuse_text(table_, "classify.means", damaged);
  refuse_text(table_, "classify.deviations", damaged);
  refuse_text(table_, "classify.deviations",
              {"0 1 1", "1 1 0", "1 0.0 1", "-0 1 1", "1 0e10 1", "-1 1 1", "1 1 -3"});
  for (const char* key : {"classify.means", "classify.deviations"})
    refuse_text(texts_, key, {"1", "1 2 3"});
  refuse("one dimension less", table_, [](ModelParts& parts) {
    parts.metadata["classify.means"] = parts.metadata["classify.deviations"] = "1 1";
  });
  refuse("more dimensions than there are numbers", table_, [](ModelParts& parts) {
    std::string many = "1";
    for (int i = 0; i < 100000; ++i) many += " 1";
    parts.metadata["classify.means"] = parts.metadata["classify.deviations"] = many;
  });
}

TEST_F(MalformedClassifier, Words) {
  for (const char* key : {"classify.words", "classify.characters"}) {
    const std::string text = ModelParts(texts_).metadata[key];
    refuse_text(texts_, key,
                {"", text.substr(1), text + "new\t1\n", text + "new\n", text + "new\t-1\n",
                 text + text, "<unk>\t0\n", "\x1b[31m"});
  }
}

TEST_F(MalformedClassifier, SettingsOfAnotherModel) {
  for (const std::string& model : {texts_, table_, ts_}) {
    for (const char* value : {"7", "9", "4096", "65536"})
      refuse_setting(model, "\nhidden = 8", "\nhidden = "s + value);
    for (const char* value : {"2", "64"})
      refuse_setting(model, "\nlayers = 1", "\nlayers = "s + value);
    const char* pooling = model == texts_ ? "pooling = \"attention\"" : "pooling = \"max\"";
    for (const char* other : {"auto", "sum", model == texts_ ? "max" : "attention"})
      refuse_setting(model, pooling, "pooling = \""s + other + "\"");
    const char* cell = model == table_ ? "cell = \"none\"" : "cell = \"lstm\"";
    for (const char* other : {"auto", "gru", "rnn", ""})
      refuse_setting(model, cell, "cell = \""s + other + "\"");
  }
  refuse_setting(ts_, "bidirectional = true", "bidirectional = false");
  refuse_setting(texts_, "\nword_size = 8", "\nword_size = 65536");
}

// Sizes within the number of weights in the file, but not within what a network of them has.
TEST_F(MalformedClassifier, SizesThatWouldFillTheMemory) {
  for (const auto& [cell, pooling] : {std::pair("none", "attention"), std::pair("gru", "max")})
    refuse(cell + ", "s + pooling, ts_, [&](ModelParts& parts) {
      parts.set("\nhidden = 8", "\nhidden = 4500");
      parts.set("cell = \"lstm\"", "cell = \""s + cell + "\"");
      parts.set("pooling = \"max\"", "pooling = \""s + pooling + "\"");
      parts.tensors.emplace_back("more", Tensor(Shape{20000}));
    });
}

}  // namespace
}  // namespace cadena
