// SPDX-License-Identifier: MIT
#include "cadena/tasks/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cadena/data/lines.h"
#include "cadena/data/ngram.h"
#include "tests/support/cells.h"
#include "tests/support/threads.h"
#include "tests/tasks/tiny.h"

namespace cadena {
namespace {

const char* const kinds[] = {"character", "word", "subword"};

/// Settings of a generator that learns a text that repeats itself in a blink.
const Values quick{{"model.size", "8"},         {"model.hidden", "16"}, {"model.layers", "1"},
                   {"model.dropout", "0"},      {"data.lanes", "4"},    {"data.steps", "8"},
                   {"data.merges", "6"},        {"train.steps", "0"},   {"train.epochs", "15"},
                   {"train.rate", "0.05"},      {"train.average", "0"}, {"train.patience", "0"},
                   {"train.decay", "constant"}, {"train.clip", "1"}};
const Values untrained{{"train.epochs", "1"}, {"train.rate", "0"}};

/// A generator that is trained from a file.
struct Writer {
  Generator task;
  TrainOptions options = task.train_defaults();
  TrainResult result;

  Writer(const Values& values, const std::string& file,
         const std::optional<std::string>& held_out = {}) {
    Settings settings = settings_of(task, options);
    for (const auto& [key, value] : quick + values) settings.set(key, value);
    Rng rng(options.seed);
    task.prepare(file, held_out, rng);
    result = train(task, options, [](const Progress&) { return true; });
  }

  std::string saved() {
    const Scratch scratch;
    save_task(scratch.path("model"), task, options, false);
    return contents(scratch.path("model"));
  }
};

/// What the likeliest 40 units are, or what `values` ask for.
std::string answer(Task& task, const std::string& input, const Values& values = {}) {
  const Values plain{{"prompt", ""}, {"length", "40"}, {"temperature", "0"},
                     {"top_k", "0"}, {"top_p", "1"},   {"seed", "1"}};
  Settings settings;
  task.add_answer_settings(settings);
  for (const auto& [key, value] : plain + values) settings.set(key, value);
  std::istringstream in(input);
  std::ostringstream out;
  task.predict({in, [] { return true; }, out}, {.input = "text", .output = "text", .file = "x"});
  return out.str();
}

/// The numbers of a text, made without the task.
std::vector<int32_t> ids_of(const Generator& generator, const std::string& unit,
                            const std::string& text) {
  const std::map<std::string, std::string> parts = generator.vocabularies();
  const TextUnits units(unit, parts.at("generate.units"), parts.at("generate.merges"));
  std::vector<int32_t> ids;
  for (const std::string& line : split_lines(text)) {
    units.encode(line, ids);
    ids.push_back(units.line_end());
  }
  return ids;
}

double number(const Report& report, const char* key) { return report.json.find(key)->to_double(); }

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string random_text(int lines, uint32_t letters) {
  Rng rng(8);
  std::string text;
  for (int i = 0; i < lines; ++i) {
    for (uint32_t length = 1 + rng.below(30); length > 0; --length)
      text += rng.below(5) == 0 ? ' ' : static_cast<char>('a' + rng.below(letters));
    text += '\n';
  }
  return text;
}

class GeneratorTest : public testing::Test {
 protected:
  const Scratch scratch_;
  const std::string line_ = "abcd éfgh ij\n";
  const std::string file_ = scratch_.write("again.txt", repeated(line_, 60));
  const std::string noise_ = scratch_.write("noise.txt", random_text(60, 12));
};

TEST_F(GeneratorTest, LearnsATextThatRepeatsItself) {
  for (const char* kind : kinds) {
    SCOPED_TRACE(kind);
    Writer writer({{"data.unit", kind}}, file_, file_);
    EXPECT_LT(number(writer.task.evaluate(file_), "perplexity"), 1.05);
    const std::string more = answer(writer.task, "\n");
    EXPECT_TRUE(more.starts_with(repeated(line_, 3))) << more;
    EXPECT_EQ(answer(writer.task, "abcd\n", {{"length", "1000"}}).find("abcd éfgh ij\nabcd"), 0u);
  }
}

TEST_F(GeneratorTest, EveryModelLearns) {
  std::vector<Values> models{{{"model.tied", "false"}},
                             {{"model.tied", "true"}, {"model.hidden", "8"}, {"model.size", "8"}},
                             {{"model.tied", "true"}, {"model.hidden", "12"}, {"model.size", "20"}},
                             {{"model.layers", "2"}},
                             {{"data.lanes", "1"}, {"data.steps", "30"}},
                             {{"model.weight_drop", "0.1"}, {"model.dropout", "0.1"}}};
  for (const std::string& cell : cells_of_each_kind()) models.push_back({{"model.cell", cell}});
  for (const Values& model : models) {
    SCOPED_TRACE(model[0].first + " = " + model[0].second);
    Writer writer(model + Values{{"train.epochs", "10"}}, file_, file_);
    EXPECT_LT(number(writer.task.evaluate(file_), "perplexity"), 1.1);
    save_task(scratch_.path("m"), writer.task, writer.options, true);
    EXPECT_EQ(load_task(scratch_.path("m"))->evaluate(file_).score, writer.result.best);
  }
}

TEST_F(GeneratorTest, SavedAndLoadedItIsTheSame) {
  for (const char* kind : kinds) {
    Writer writer({{"data.unit", kind}, {"train.epochs", "2"}, {"model.dropout", "0.2"}}, noise_);
    save_task(scratch_.path("a"), writer.task, writer.options, true);
    const std::unique_ptr<Task> loaded = load_task(scratch_.path("a"));
    EXPECT_EQ(loaded->name(), "generate");
    EXPECT_EQ(loaded->vocabularies(), writer.task.vocabularies());
    EXPECT_EQ(loaded->evaluate(file_).json, writer.task.evaluate(file_).json);
    const Values drawn{{"temperature", "1"}, {"seed", "7"}};
    EXPECT_EQ(answer(*loaded, "ab\nz\n\n", drawn), answer(writer.task, "ab\nz\n\n", drawn));
    save_task(scratch_.path("b"), *loaded, writer.options, true);
    EXPECT_EQ(contents(scratch_.path("b")), contents(scratch_.path("a")));
  }
}

// Enough text and units for several blocks of work in every kernel.
TEST_F(GeneratorTest, TheBitsDoNotDependOnThreads) {
  const std::string file = scratch_.write("long.txt", random_text(1000, 20));
  std::string one;
  for (int count : {1, 2, 3, 4}) {
    const ThreadScope scope(count);
    const std::string bits = Writer({{"model.size", "24"},
                                     {"model.hidden", "40"},
                                     {"model.dropout", "0.3"},
                                     {"model.weight_drop", "0.3"},
                                     {"data.lanes", "64"},
                                     {"data.steps", "16"},
                                     {"train.epochs", "1"}},
                                    file)
                                 .saved();
    if (one.empty()) one = bits;
    EXPECT_TRUE(bits == one) << count << " threads";
  }
}

TEST_F(GeneratorTest, AnotherSeedGivesOtherBits) {
  const Values once{{"train.epochs", "1"}};
  EXPECT_NE(Writer(once, noise_).saved(),
            Writer(once + Values{{"train.seed", "2"}}, noise_).saved());
}

TEST_F(GeneratorTest, TheFormOfTheFileDoesNotMatter) {
  const Values once{{"train.epochs", "1"}};
  const std::string text = "\nuno dos\ntres\n" + random_text(20, 9) + "fin";
  std::string windows = "\xef\xbb\xbf";
  for (char c : text) windows += c == '\n' ? "\r\n" : std::string(1, c);
  const std::string bits = Writer(once, scratch_.write("x.txt", text + "\n")).saved();
  EXPECT_TRUE(Writer(once, scratch_.write("x.txt", text)).saved() == bits) << "no last end";
  EXPECT_TRUE(Writer(once, scratch_.write("x.txt", windows)).saved() == bits) << "BOM, CRLF";
}

TEST_F(GeneratorTest, PerplexityDoesNotDependOnTheStepsOfItsEvaluation) {
  for (const char* cell : {"lstm", "gru"}) {
    const Writer writer({{"model.cell", cell}, {"model.layers", "2"}, {"train.epochs", "2"}},
                        noise_);
    const std::vector<int32_t> ids = ids_of(writer.task, "character", random_text(40, 14));
    ASSERT_GT(ids.size(), 500u);
    const double nats = writer.task.cross_entropy_of(ids);
    for (int steps : {1, 7, 255, 256, 257, 100000})
      EXPECT_EQ(writer.task.cross_entropy_of(ids, steps), nats) << steps;
  }
}

// -log p(unit | all before) is the difference of two sums over texts that differ by this unit.
TEST_F(GeneratorTest, ProbabilitiesOfWhatMayComeAddUpToOne) {
  const Writer writer({{"train.epochs", "2"}}, noise_);
  std::vector<int32_t> ids = ids_of(writer.task, "character", "ab ba\nca");
  ids.pop_back();
  const auto nats = [&] {
    return writer.task.cross_entropy_of(ids) * static_cast<double>(ids.size());
  };
  const double before = nats();
  double sum = 0;
  ids.push_back(0);
  for (; ids.back() < 15; ++ids.back()) sum += std::exp(before - nats());
  EXPECT_NEAR(sum, 1, 1e-5) << "<unk>, the end of line, a blank, 12 letters";
}

// With one step a batch, the losses of an epoch are those of the lanes, each read in one go: only
// a state that is carried from batch to batch can do that. Every lane begins at an end of line.
TEST_F(GeneratorTest, TheStateIsCarriedFromBatchToBatch) {
  std::string text = "\n";
  for (char c = 'a'; c < 'a' + 24; ++c) text += std::string{c, static_cast<char>(c ^ 1)} + "\n";
  const std::string file = scratch_.write("x.txt", text);
  for (int lanes : {1, 2, 3, 4}) {
    Writer writer(untrained + Values{{"data.lanes", std::to_string(lanes)}, {"data.steps", "1"}},
                  file, file);
    const std::vector<int32_t> ids = ids_of(writer.task, "character", text);
    const size_t length = (ids.size() - 1) / static_cast<size_t>(lanes);
    double expected = 0;
    for (size_t lane = 0; lane < static_cast<size_t>(lanes); ++lane)
      expected += static_cast<double>(length) *
                  writer.task.cross_entropy_of(std::span(ids).subspan(1 + lane * length, length));
    Rng rng(1);
    double sum = 0;
    int64_t terms = 0;
    const int64_t batches = writer.task.start_epoch(rng);
    for (int64_t batch = 0; batch < batches; ++batch) {
      const Trainee::Loss loss = writer.task.loss(batch);
      sum += loss.sum.item();
      terms += loss.terms;
    }
    EXPECT_EQ(batches, static_cast<int64_t>(length));
    EXPECT_EQ(terms, 72);
    EXPECT_NEAR(sum, expected, 1e-4 * expected) << lanes << " lanes";
  }
}

// What ends a line is told by its first unit, one step before the only one that gradients see.
TEST_F(GeneratorTest, DependencesLongerThanTheStepsAreLearnt) {
  Rng rng(2);
  std::string text;
  for (int i = 0; i < 150; ++i) text += rng.below(2) == 0 ? "a_x\n" : "b_y\n";
  const std::string file = scratch_.write("x.txt", text);
  const Writer writer({{"model.cell", "gru"},
                       {"model.tied", "false"},
                       {"data.steps", "1"},
                       {"train.epochs", "25"},
                       {"train.rate", "0.01"}},
                      file, file);
  EXPECT_LT(writer.result.best, 0.35) << "a bit in four units; without a memory there are two";
}

TEST_F(GeneratorTest, DropoutIsOfTrainingOnly) {
  const std::string plain = Writer({{"train.epochs", "1"}}, noise_).saved();
  for (const char* key : {"model.dropout", "model.weight_drop"}) {
    Writer writer({{key, "0.5"}, {"train.epochs", "1"}}, noise_);
    const Report report = writer.task.evaluate(noise_);
    EXPECT_EQ(writer.task.evaluate(noise_).json, report.json) << key;
    EXPECT_EQ(answer(writer.task, "ab\n"), answer(writer.task, "ab\n")) << key;
    EXPECT_EQ(writer.task.held_out_score(), writer.result.best) << key;
    const std::string bits = writer.saved();
    EXPECT_NE(bits.substr(bits.size() - 1000), plain.substr(plain.size() - 1000)) << key;
  }
}

TEST_F(GeneratorTest, ReportsWhatItMeasured) {
  const std::string text = "abcd zz éfgh\n\nij\n";
  const std::string path = scratch_.write("x.txt", text);
  const std::pair<const char*, const char*> last_lines[] = {
      {"character", "17 characters; 2 unknown (11.76 %)\n"},
      {"word", "7 words, 17 characters; 1 unknown (14.29 %)\n"}};
  for (const auto& [kind, last_line] : last_lines) {
    Writer writer({{"data.unit", kind}, {"train.epochs", "3"}}, file_);
    const std::vector<int32_t> ids = ids_of(writer.task, kind, text);
    const double nats = writer.task.cross_entropy_of(ids);
    const Report report = writer.task.evaluate(path);
    const double bits = nats * static_cast<double>(ids.size()) / 17 / std::numbers::ln2;
    EXPECT_DOUBLE_EQ(number(report, "perplexity"), std::exp(nats));
    EXPECT_DOUBLE_EQ(number(report, "bits_per_character"), bits);
    EXPECT_EQ(report.score, number(report, *kind == 'c' ? "bits_per_character" : "perplexity"));
    EXPECT_EQ(number(report, "characters"), 17);
    EXPECT_EQ(report.json.find("unit")->to_string(), kind);
    EXPECT_EQ(report.json.find("schema_version")->to_int(), 1);
    EXPECT_TRUE(report.text.starts_with("perplexity          ")) << report.text;
    EXPECT_NE(report.text.find("\nbits per character  "), std::string::npos) << report.text;
    EXPECT_TRUE(report.text.ends_with(last_line)) << report.text;
  }
}

TEST_F(GeneratorTest, WithoutHeldOutDataATwentiethIsKeptBack) {
  Writer writer(untrained, file_);
  EXPECT_TRUE(
      writer.task.summary().starts_with("741 characters to learn from; 39 held out\n"
                                        "13 different characters; "))
      << writer.task.summary();
  const Writer words(untrained + Values{{"data.unit", "word"}}, file_, file_);
  EXPECT_TRUE(
      words.task.summary().starts_with("240 words to learn from; 240 held out\n"
                                       "5 different words; "))
      << words.task.summary();
}

TEST_F(GeneratorTest, TheBaselineCounts) {
  const std::string text = random_text(40, 10), path = scratch_.write("x.txt", text);
  for (const auto& [kind, order, name] :
       {std::tuple("character", 8, "8-gram"), std::tuple("word", 5, "5-gram"),
        std::tuple("subword", 5, "5-gram")}) {
    const Writer writer(untrained + Values{{"data.unit", kind}}, noise_, path);
    const std::vector<int32_t> learnt = ids_of(writer.task, kind, contents(noise_));
    const int symbols = 1 + *std::ranges::max_element(learnt);
    const double nats =
        NgramModel(learnt, order, symbols).cross_entropy(ids_of(writer.task, kind, text));
    const std::vector<Baseline> found = writer.task.baselines();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].name, name);
    EXPECT_DOUBLE_EQ(found[0].score, *kind == 'c' ? nats / std::numbers::ln2 : std::exp(nats));
  }
}

TEST_F(GeneratorTest, EveryLineIsABeginning) {
  for (const char* kind : kinds) {
    SCOPED_TRACE(kind);
    Writer writer({{"data.unit", kind}, {"train.epochs", "3"}}, noise_);
    std::string apart;
    for (const char* prompt : {"ab c", "", "never seen: ñ", " ", "ab c"}) {
      const std::string text = answer(writer.task, std::string(prompt) + "\n");
      EXPECT_TRUE(text.starts_with(prompt)) << text;
      EXPECT_TRUE(text.ends_with('\n')) << text;
      EXPECT_EQ(answer(writer.task, "ignored\n", {{"prompt", prompt}}) == text, *prompt != '\0');
      apart += text;
    }
    EXPECT_EQ(answer(writer.task,
                     "\xef\xbb\xbf"
                     "ab c\r\n\nnever seen: ñ\n \nab c"),
              apart);
    EXPECT_EQ(answer(writer.task, ""), "");
  }
}

TEST_F(GeneratorTest, AnswersHaveTheLengthThatIsWanted) {
  Writer writer({{"train.epochs", "2"}}, noise_);
  for (size_t length : {1, 2, 17, 200}) {
    const Values values{{"length", std::to_string(length)}, {"temperature", "1"}};
    for (const char* seed : {"1", "2", "3", "4", "5"}) {
      const std::string text = answer(writer.task, "ab\n", values + Values{{"seed", seed}});
      EXPECT_TRUE(text.ends_with('\n'));
      EXPECT_TRUE(text.size() == 2 + length || text.size() == 2 + length + 1) << text;
    }
  }
}

TEST_F(GeneratorTest, SeedsAndBoldness) {
  Writer writer({{"train.epochs", "2"}}, noise_);
  const auto drawn = [&](const Values& values) {
    return answer(writer.task, "ab\n", Values{{"temperature", "1"}} + values);
  };
  EXPECT_EQ(drawn({{"seed", "5"}}), drawn({{"seed", "5"}}));
  EXPECT_NE(drawn({{"seed", "5"}}), drawn({{"seed", "6"}}));
  const std::string likeliest = answer(writer.task, "ab\n");
  EXPECT_NE(drawn({}), likeliest);
  for (const char* seed : {"1", "2"}) {
    EXPECT_EQ(drawn({{"seed", seed}, {"top_k", "1"}}), likeliest);
    EXPECT_EQ(drawn({{"seed", seed}, {"top_p", "0"}}), likeliest);
  }
  const std::string twice = answer(writer.task, "ab\nab\n", {{"temperature", "1"}});
  EXPECT_EQ(twice.find(drawn({})), 0u);
  EXPECT_NE(twice, drawn({}) + drawn({})) << "the same beginning may go on in another way";
}

// It would be the likeliest one.
TEST_F(GeneratorTest, TheUnknownUnitIsNeverWritten) {
  for (const char* kind : kinds) {
    Writer writer({{"data.unit", kind}, {"data.max_units", "2"}, {"train.epochs", "2"}}, noise_);
    EXPECT_GT(number(writer.task.evaluate(noise_), "unknown"), 100);
    for (const char* temperature : {"0", "1", "100"})
      EXPECT_EQ(answer(writer.task, "b\n\n", {{"temperature", temperature}, {"length", "200"}})
                    .find("<unk>"),
                std::string::npos)
          << kind << temperature;
  }
}

}  // namespace
}  // namespace cadena
