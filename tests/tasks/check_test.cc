// SPDX-License-Identifier: MIT
// `data check` of tasks other than tag, which is tests/data/check_test.cc.
#include <gtest/gtest.h>

#include "cadena/base/error.h"
#include "cadena/tasks/task.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using Changes = std::map<std::string, std::string>;

class TaskCheck : public testing::Test {
 protected:
  static Check check(const std::string& name, const std::string& path, const CheckOptions& options,
                     const Changes& changes = {}) {
    const std::unique_ptr<Task> task = make_task(name);
    TrainOptions train = task->train_defaults();
    Settings settings = settings_of(*task, train);
    for (const auto& [key, value] : changes) settings.set(key, value);
    return task->check(path, options);
  }

  Check classes(const std::string& name, const std::string& text,
                const Changes& changes = {}) const {
    return check("classify", scratch_.write(name, text), {}, changes);
  }

  Scratch scratch_;
};

std::string list(const Json& json, const char* key) {
  std::string text;
  for (const Json& problem : json.find(key)->items())
    text += std::to_string(problem.find("line")->to_int()) + ": " +
            problem.find("what")->to_string() + "\n";
  return text;
}

std::string member(const Json& json, const char* key) { return json.find(key)->dump(); }

void expect_row(const Check& check, const std::string& row) {
  EXPECT_NE(check.text.find("  " + row + "\n"), std::string::npos) << check.text;
}

TEST_F(TaskCheck, Texts) {
  const std::string path = scratch_.write(
      "a.tsv", "sí\tun día\nno\tllueve otra vez\nsí\tun día\nno\tun día\nquizás\tx\nmal\n\ty\n");
  const std::string other = scratch_.write("b.tsv", "sí\tun día\nnunca\tllueve\nbah\n");
  const Check found = check("classify", path, {.against = other});
  EXPECT_FALSE(found.sound);
  expect_row(found, "items           5");
  expect_row(found, "classes         no 2, quizás 1, sí 2");
  expect_row(found, "majority        no, 40.00%");
  expect_row(found, "length          1 to 3 tokens, 2.00 on average; the longest at line 2");
  expect_row(found, "items           1 of 2 (50.00%)");
  expect_row(found, "not here        nunca");
  const Json& json = found.json;
  EXPECT_EQ(json.find("task")->to_string(), "classify");
  EXPECT_EQ(json.find("file")->to_string(), path);
  EXPECT_EQ(member(json, "classes"), R"({"no":2,"quizás":1,"sí":2})");
  EXPECT_EQ(member(json, "majority"), R"({"class":"no","share":0.4})");
  EXPECT_EQ(member(json, "length"),
            R"({"unit":"tokens","least":1,"mean":2.0,"most":3,"most_line":2})");
  EXPECT_FALSE(json.find("dimension"));
  EXPECT_EQ(list(json, "problems"),
            "6: expected 'LABEL<tab>TEXT' as in line 1, found 'LABEL TEXT': \"mal\"\n"
            "7: no label: \"\\ty\"\n");
  EXPECT_EQ(list(json, "notes"),
            "3: same text as before with the same label (1 in all)\n"
            "4: same text as before with another label (1 in all)\n"
            "5: the only item of class \"quizás\"\n");
  const Json& overlap = *json.find("overlap");
  EXPECT_EQ(member(overlap, "shared_items") + " of " + member(overlap, "items"), "1 of 2");
  EXPECT_EQ(member(overlap, "shared_classes") + " of " + member(overlap, "classes"), "1 of 2");
  EXPECT_EQ(member(overlap, "missing_classes"), R"(["nunca"])");
}

TEST_F(TaskCheck, Table) {
  const Check found =
      classes("a.csv", "y,a,b\nx,1,2\ny,1,3\nx,1,2\nx,1,nan\n", {{"data.label_column", "1"}});
  expect_row(found, "length          1 steps each");
  expect_row(found, "dimension       2");
  EXPECT_EQ(list(found.json, "problems"), "5: column 3: \"nan\" is not a finite number\n");
  EXPECT_EQ(list(found.json, "notes"),
            "0: 1 of 2 values of a step never change, the first of them is value 1\n"
            "3: the only item of class \"y\"\n"
            "4: same series as before with the same label (1 in all)\n");
}

TEST_F(TaskCheck, Series) {
  scratch_.write("1.csv", "1,2\n3,4\n");
  scratch_.write("2.csv", "1,2\n3,zwei\n");
  const Check found = classes("a.list", "x\t1.csv\nx\t2.csv\nx\tnone.csv\n");
  EXPECT_EQ(member(found.json, "items"), "1");
  const std::string problems = list(found.json, "problems");
  EXPECT_NE(problems.find("0: " + scratch_.path("2.csv:2: ")), std::string::npos) << problems;
  EXPECT_NE(problems.find("none.csv"), std::string::npos) << problems;
  EXPECT_NE(list(found.json, "notes").find("0: all items are \"x\"\n"), std::string::npos);
}

TEST_F(TaskCheck, ClassesThatCannotBe) {
  EXPECT_EQ(list(classes("a.csv", "1,x\n2,\"\x01\"\n3,x\n").json, "problems"),
            "2: the class \"\\x01\" is empty or has control characters\n");
}

TEST_F(TaskCheck, NothingButFaults) {
  const Check texts = classes("a.txt", "__label__x\n");
  EXPECT_FALSE(texts.sound);
  EXPECT_EQ(list(texts.json, "problems"), "0: no text in it\n1: no text after the label \"x\"\n");
  EXPECT_EQ(member(texts.json, "items"), "0");
  EXPECT_EQ(member(classes("a.csv", "?,x\n").json, "items"), "0");
  EXPECT_THROW(classes("empty.txt", ""), Error);
  EXPECT_THROW(check("classify", scratch_.path("none.csv"), {}), Error);
}

TEST_F(TaskCheck, RunningText) {
  std::string text = "\xef\xbb\xbf";
  for (int i = 0; i < 9; ++i) text += "ñandú \tñandú y guanaco\r\n";  // 22 characters
  const std::string path = scratch_.write("a.txt", text + "\nmal\xff\ny");
  const std::string other =
      scratch_.write("b.txt", "ñandú \tñandú y guanaco\nguanacos y guanacos y y\ny\n");
  const Check found = check("generate", path, {.against = other});
  EXPECT_FALSE(found.sound);
  expect_row(found, "lines           11");
  expect_row(found, "characters      210");
  expect_row(found, "alphabet        12 different characters, 5 of them less than 10 times");
  expect_row(found, "words           37, 3 of them different");
  expect_row(found, "longest         22 characters, at line 1");
  expect_row(found, "lines of 20+    1 of 2 (50.00%)");
  EXPECT_EQ(list(found.json, "problems"),
            "11: invalid UTF-8: byte 0xff (byte 4 of the line): \"mal\\xff\"\n");
  EXPECT_EQ(list(found.json, "notes"),
            "0: 9 lines end with CR LF\n1: byte order mark at the start of the file\n");
  EXPECT_EQ(member(found.json, "characters"), "210");
  EXPECT_EQ(member(found.json, "character_types"), "12");
  EXPECT_EQ(member(found.json, "rare_character_types"), "5");
  const Json& overlap = *found.json.find("overlap");
  EXPECT_EQ(member(overlap, "shared_words") + " of " + member(overlap, "words"), "8 of 10");
}

TEST_F(TaskCheck, NoRunningText) {
  const Check found = check("generate", scratch_.write("empty", ""), {});
  EXPECT_EQ(list(found.json, "problems"), "0: no text in it\n");
  EXPECT_FALSE(found.json.find("overlap"));
  EXPECT_THROW(check("generate", scratch_.path("none"), {}), Error);
}

TEST_F(TaskCheck, OfTagUsesTheSettings) {
  const std::string path = scratch_.write("a.conll", "B-X el\n_ sol\n");
  const Changes changes{
      {"data.word_column", "2"}, {"data.tag_column", "1"}, {"data.unknown_tag", "_"}};
  const Check found = check("tag", path, {}, changes);
  EXPECT_TRUE(found.sound);
  EXPECT_EQ(member(found.json, "tags"), R"({"B-X":1})");
  EXPECT_EQ(member(found.json, "unknown_tags"), "1");
}

}  // namespace
}  // namespace cadena
