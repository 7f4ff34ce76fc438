// SPDX-License-Identifier: MIT
// What a classifier cannot learn from or be measured by. Model files:
// malformed_classify_model_test.
#include <gtest/gtest.h>

#include "tests/support/refused.h"
#include "tests/tasks/classes.h"

namespace cadena {
namespace {

using namespace std::string_literals;

struct Case {
  const char* name;
  std::string bytes;
  int64_t line;
  std::string file = {};  ///< where the fault is, if in another one
};

const Values one_pass = small_classifier + Values{{"train.epochs", "1"}};

/// No program can read these, whatever for.
std::vector<Case> unreadable(const std::string& sound_line) {
  return {{"latin-1", sound_line + "Espa\xf1"s + "a\tb,1,2,3\n", 2},
          {"NUL", sound_line + "a\tb\0,1,2\n"s, 2},
          {"UTF-16",
           "\xff\xfe"
           "a\0\t\0b\0\n\0"s,
           1},
          {"PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, anywhere},
          {"damaged gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03garbage that is no deflate"s, anywhere},
          {"two mebibytes in a line", sound_line + std::string(2 << 20, 'x') + "\n", 2},
          {"nothing", "", 0},
          {"only a byte order mark", "\xef\xbb\xbf", 0},
          {"only blank lines", "\n \n\t\n\r\n", 0}};
}

class MalformedClasses : public testing::Test {
 protected:
  /// To learn from, to hold out and to be measured by, beside a sound file of the same kind.
  void refuse_all(const std::string& name, const std::string& good, std::vector<Case> cases,
                  const std::vector<Case>& more, const Values& values = {}) {
    Classification training(one_pass + values, good, good);
    cases.insert(cases.end(), more.begin(), more.end());
    for (const Case& c : cases) {
      const std::string path = scratch_.write(name, c.bytes);
      const Expected expected{c.file.empty() ? path : c.file, c.line};
      const auto train = [&](const std::string& file, const std::optional<std::string>& held_out) {
        return [&, file, held_out] { Classification(one_pass + values, file, held_out); };
      };
      expect_refused(c.name + ", with --dev"s, expected, train(path, good));
      expect_refused(c.name + ", alone"s, expected, train(path, {}));
      expect_refused(c.name + ", as --dev"s, expected, train(good, path));
      expect_refused(c.name + ", measured"s, expected, [&] { training.task.evaluate(path); });
    }
  }

  /// Only to learn from; `good` is held out.
  void refuse_training(const std::string& name, const std::string& good,
                       const std::vector<Case>& cases, const Values& values = {}) {
    for (const Case& c : cases) {
      const std::string path = scratch_.write(name, c.bytes);
      expect_refused(c.name, {path, c.line},
                     [&] { Classification(one_pass + values, path, good); });
    }
  }

  const Scratch scratch_;
  const std::string texts_ = scratch_.write("good.tsv", to_lines(opinions()));
  const std::string table_ = scratch_.write("good.csv", two_clouds());
  const std::string ts_ = scratch_.write("good.ts", to_ts(slopes()));
};

TEST_F(MalformedClasses, Texts) {
  refuse_all("x.tsv", texts_, unreadable("bien\tme gusta\n"),
             {{"a label alone", "bien\tme gusta\nmal\n", 2},
              {"no text", "bien\tme gusta\nmal\t \n", 2},
              {"no label", "bien\tme gusta\n\tno\n", 2},
              {"two tabs", "bien\tme\tgusta\n", 1},
              {"fastText within tabs", "bien\tme gusta\n__label__mal no\n", 2},
              {"tabs within fastText", "__label__mal no\nbien\tme gusta\n", 2},
              {"several labels", "__label__mal __label__peor no\n", 1},
              {"a mark alone", "__label__ no\n", 1},
              {"control", "bien\tme gusta\n\nm\x1b[31mal\tno\n", 3},
              {"delete", "bien\tme gusta\nmal\x7f\tno\n", 2}});
}

TEST_F(MalformedClasses, Tables) {
  refuse_all("x.csv", table_, unreadable("1,2,3,left\n"),
             {{"only a header", "width,age,one,class\n", 0},
              {"a value is missing", "1,2,3,left\n1,,3,right\n", 2},
              {"a question mark", "1,2,3,left\n1,?,3,right\n", 2},
              {"a word", "1,2,3,left\n1,two,3,right\n", 2},
              {"nan", "1,2,3,left\n1,nan,3,right\n", 2},
              {"infinite", "1,2,3,left\n1,-inf,3,right\n", 2},
              {"too large", "1,2,3,left\n1,1e39,3,right\n", 2},
              {"hexadecimal", "1,2,3,left\n1,0x10,3,right\n", 2},
              {"a comma too many", "1,2,3,left\n1,2,3,4,right\n", 2},
              {"a comma too few", "1,2,3,left\n1,2,right\n", 2},
              {"no label", "1,2,3,left\n1,2,3,\n", 2},
              {"an open quote", "1,2,3,left\n1,2,3,\"right\n", 2},
              {"after a quote", "1,2,3,left\n1,2,3,\"right\"x\n", 2},
              {"no commas", "1 2 3 left\n", 1}});
}

TEST_F(MalformedClasses, Sequences) {
  const std::string head = "@dimensions 2\n@classLabel true rises falls\n@data\n";
  refuse_all("x.ts", ts_, unreadable(head.substr(0, head.find('\n') + 1)),
             {{"no header", "1,2:3,4:rises\n", 1},
              {"no data", "@dimensions 2\n1,2:3,4:rises\n", 2},
              {"only a header", head, 0},
              {"no classes", "@dimensions 2\n@classLabel false\n@data\n", 3},
              {"time stamps", "@timeStamps true\n", 1},
              {"dimensions", "@dimensions two\n", 1},
              {"maybe", "@classLabel maybe\n", 1},
              {"another class", head + "1,2:3,4:stays\n", 4},
              {"unequal dimensions", head + "1,2:3,4,5:rises\n", 4},
              {"a dimension more", head + "1,2:3,4:5,6:rises\n", 4},
              {"a dimension less", head + "1,2:rises\n", 4},
              {"missing value", head + "1,?:3,4:rises\n", 4},
              {"nan", head + "1,NaN:3,4:rises\n", 4},
              {"no value", head + "1,:3,4:rises\n", 4},
              {"no class", head + "1,2:3,4:\n", 4}});
}

TEST_F(MalformedClasses, Lists) {
  const std::string good = write_list(scratch_, slopes());
  scratch_.write("three.csv", "1,2,3\n");
  std::filesystem::create_directory(scratch_.path("folder.csv"));
  const auto other = [&](const char* name, const std::string& bytes) {
    return scratch_.write(name, bytes);
  };
  refuse_all("x.tsv", good, {},
             {{"latin-1",
               "rises\tpath_0.csv\nEspa\xf1"
               "a\tpath_1.csv\n",
               2},
              {"no tab", "rises\tpath_0.csv\nfalls path_1.csv\n", 2},
              {"no label", "rises\tpath_0.csv\n\tpath_1.csv\n", 2},
              {"another kind", "rises\tpath_0.csv\nfalls\tpath_1.mp3\n", 2},
              {"no path", "rises\tpath_0.csv\nfalls\t\n", 2},
              {"other values", "rises\tpath_0.csv\nfalls\tthree.csv\n", 2},
              {"missing", "rises\tgone.csv\n", 0, scratch_.path("gone.csv")},
              {"a folder", "rises\tfolder.csv\n", 0, scratch_.path("folder.csv")},
              {"empty", "rises\tempty.csv\n", 0, other("empty.csv", "")},
              {"ragged", "rises\tragged.csv\n", 2, other("ragged.csv", "1,2\n1,2,3\n")},
              {"nan", "rises\tnan.csv\n", 2, other("nan.csv", "1,2\n1,nan\n")},
              {"no NumPy", "rises\tx.npy\n", 0, other("x.npy", "1,2\n")},
              {"no sound", "rises\tx.wav\n", 0, other("x.wav", "RIFF\x04\0\0\0WAVE"s)},
              {"cut sound", "rises\ty.wav\n", 0, other("y.wav", "RIFF\xff\xff"s)}});
}

/// A NumPy array of version 1.0.
std::string npy(const std::string& kind, const std::string& shape, const std::string& bytes) {
  std::string header =
      "{'descr': '" + kind + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(117, ' ');
  return "\x93NUMPY\x01\0\x76\0"s + header + "\n" + bytes;
}

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

TEST_F(MalformedClasses, Arrays) {
  std::vector<float> values;
  std::string labels;
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 6; ++k) values.push_back(static_cast<float>(i % 2 == 0 ? k : -k));
    labels += i % 2 == 0 ? "up\n" : "down\n";
  }
  const std::string sound = bytes_of(values), twenty = scratch_.write("y.txt", labels);
  scratch_.write("good_y.txt", labels);
  const std::string good = scratch_.write("good_X.npy", npy("<f4", "20, 3, 2", sound));
  values[7] = std::numeric_limits<float>::quiet_NaN();
  refuse_all("X.npy", good, {},
             {{"nothing", "", 0},
              {"text", "1,2\n3,4\n", 0},
              {"cut header", npy("<f4", "20, 3, 2", "").substr(0, 40), 0},
              {"cut", npy("<f4", "20, 3, 2", sound.substr(1)), 0},
              {"more", npy("<f4", "20, 3, 2", sound + "x"), 0},
              {"objects", npy("|O", "20, 3, 2", sound), 0},
              {"complex", npy("<c8", "20, 3, 1", sound), 0},
              {"four dimensions", npy("<f4", "20, 3, 2, 1", sound), 0},
              {"one dimension", npy("<f4", "120,", sound), 0},
              {"negative", npy("<f4", "-20, 3, 2", sound), 0},
              {"huge", npy("<f4", "4611686018427387904, 4, 2", sound), 0},
              {
                  "no series",
                  npy("<f4", "0, 3, 2", ""),
                  0,
              },
              {"no steps", npy("<f4", "20, 0, 2", ""), 0},
              {"nan", npy("<f4", "20, 3, 2", bytes_of(values)), 0},
              {"fewer labels", npy("<f4", "40, 3, 1", sound), 0, twenty}});
  refuse_training("X_train.npy", good, {{"no labels", npy("<f4", "20, 3, 2", sound), 0}});
  refuse_training("paths.npy", good, {{"no X in the name", npy("<f4", "20, 3, 2", sound), 0}});
}

TEST_F(MalformedClasses, Images) {
  const auto images = [](int count, const std::string& bytes) {
    return "\0\0\x08\x03\0\0\0"s + static_cast<char>(count) + "\0\0\0\x02\0\0\0\x03"s + bytes;
  };
  const auto labels = [](int count, const std::string& bytes) {
    return "\0\0\x08\x01\0\0\0"s + static_cast<char>(count) + bytes;
  };
  std::string pixels, digits;
  for (int i = 0; i < 20; ++i) {
    pixels += std::string(6, i % 2 == 0 ? '\xf0' : '\x10');
    digits += i % 2 == 0 ? '\1' : '\0';
  }
  scratch_.write("good-labels-idx1-ubyte", labels(20, digits));
  const std::string good = scratch_.write("good-images-idx3-ubyte", images(20, pixels));
  const std::string own = scratch_.write("x-labels-idx1-ubyte", labels(20, digits));
  refuse_all("x-images-idx3-ubyte", good, {},
             {{"nothing", "", 0},
              {"text", "1,2\n3,4\n", 0},
              {"cut header", images(20, "").substr(0, 9), 0},
              {"cut", images(20, pixels.substr(1)), 0},
              {"more", images(20, pixels + "x"), 0},
              {"no images", images(0, ""), 0},
              {"labels", labels(20, digits), 0},
              {"floats", "\0\0\x0d\x03"s + images(20, pixels).substr(4), 0},
              {"another magic", "\1\0\x08\x03"s + images(20, pixels).substr(4), 0},
              {"huge", "\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s + pixels, 0},
              {"fewer labels", images(10, pixels.substr(60)), 0, own}});
  refuse_training("y-images-idx3-ubyte", good, {{"no labels", images(20, pixels), 0}});
  refuse_training("pictures-idx3-ubyte", good, {{"no such name", images(20, pixels), 0}});
}

TEST_F(MalformedClasses, TooLittleToLearnFrom) {
  std::string many, columns;
  for (int i = 0; i < 1001; ++i) {
    many += "class" + std::to_string(i) + "\tx\n";
    columns += "1,2,3,class" + std::to_string(i) + "\n";
  }
  refuse_training("x.tsv", texts_,
                  {{"one class", "bien\tuno\nbien\tdos\n", 0}, {"too many classes", many, 0}});
  refuse_training("x.csv", table_,
                  {{"one class", "1,2,3,x\n4,5,6,x\n", 0}, {"too many classes", columns, 0}});
}

// A label goes to the terminal.
TEST_F(MalformedClasses, LabelsWithControlCharacters) {
  for (const char* label : {"\x1b[31mright", "right\x7f", "ri\xc2\x9bght"})
    refuse_all("x.csv", table_, {},
               {{label, "1,2,3,left\n\n4,5,6,"s + label + "\n" + two_clouds().substr(20), 3}});
}

TEST_F(MalformedClasses, OtherDimensions) {
  Classification training(one_pass, table_);
  const std::string path = scratch_.write("x.csv", "1,2,left\n3,4,right\n");
  expect_refused("held out", {path}, [&] { Classification(one_pass, table_, path); });
  expect_refused("measured", {path}, [&] { training.task.evaluate(path); });
}

TEST_F(MalformedClasses, ThatAreNoFiles) {
  std::filesystem::create_directory(scratch_.path("folder"));
  std::filesystem::create_directory(scratch_.path("folder.csv"));
  for (const char* name : {"folder", "folder.csv", "gone", "gone.tsv", "gone.csv", "gone.ts",
                           "gone.npy", "gone-images-idx3-ubyte", "gone/x.csv"}) {
    const std::string path = scratch_.path(name);
    expect_refused(name, {path}, [&] { Classification(one_pass, path); });
    for (const std::string& good : {texts_, table_})
      expect_refused(name, {path}, [&] { Classification(one_pass, good, path); });
  }
}

TEST_F(MalformedClasses, AnotherKindToHoldOut) {
  for (const std::string& good : {table_, ts_})
    expect_refused("texts", {texts_}, [&] { Classification(one_pass, good, texts_); });
  expect_refused("a table", {table_, 1}, [&] { Classification(one_pass, texts_, table_); });
}

TEST_F(MalformedClasses, Settings) {
  for (const auto& [key, value] : Values{{"model.pooling", "first"},
                                         {"model.cell", "rnn"},
                                         {"model.hidden", "0"},
                                         {"model.dropout", "1"},
                                         {"data.standardise", "both"},
                                         {"data.batch", "0"},
                                         {"data.mel_bands", "0"},
                                         {"data.label_column", "x"},
                                         {"data.tag_column", "1"},
                                         {"data.vectors", std::string(2000, 'x')}})
    expect_refused(key, {"", 0, false}, [&] {
      Classification(one_pass + Values{{key, value}}, table_);
    });
  for (const char* column : {"5", "-5", "1000000"})
    expect_refused(column, {table_, 1}, [&] {
      Classification(one_pass + Values{{"data.label_column", column}}, table_);
    });
  expect_refused("0", {table_, 2}, [&] {
    Classification(one_pass + Values{{"data.label_column", "0"}}, table_);
  });
  expect_refused("numbers", {table_, any_line}, [&] {
    Classification(one_pass + Values{{"data.label_column", "1"}}, table_);
  });
}

}  // namespace
}  // namespace cadena
