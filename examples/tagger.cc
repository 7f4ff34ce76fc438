// SPDX-License-Identifier: MIT
// Trains a small tagger on the bundled corpus with the parts of the library. Run it from the top
// folder.
#include <cstdio>
#include <string>
#include <vector>

#include "cadena/cadena.h"

using namespace cadena;

struct Network {
  Embedding words;
  Recurrent encoder;
  Linear emit;
  Crf crf;

  Network(int symbols, int labels, Rng& rng)
      : words(symbols, 50, rng),
        encoder({.cell = "lstm", .input = 50, .hidden = 50, .bidirectional = true}, rng),
        emit(encoder.outputs(), labels, rng),
        crf(labels) {}

  Tensor scores(const std::vector<int32_t>& ids, const Layout& layout) const {
    return emit(dropout(encoder(words(ids), layout).output, 0.5f));
  }
  void visit(Visitor& v) {
    v("words", words);
    v("encoder", encoder);
    v("emit", emit);
    v("crf", crf);
  }
};

int main() {
  const Table table = read_conll("data/ner-es/train.conll", {{1, -1}});
  SymbolCounts words, tags;
  for (const Sentence& sentence : table.sentences)
    for (size_t i = 0; i < sentence.size(); ++i)
      ++words[sentence.fields[0][i]], ++tags[sentence.fields[1][i]];
  const auto symbols = Vocabulary::from_counts(words), labels = Vocabulary::from_counts(tags);

  Rng rng(1);
  Network network(symbols.size(), labels.size(), rng);
  Optimiser adam(parameters(network), {.kind = "adam"});
  for (int epoch = 1; epoch <= 3; ++epoch) {
    double sum = 0;
    for (const Sentence& sentence : table.sentences) {
      std::vector<int32_t> ids, gold;
      for (const std::string& word : sentence.fields[0]) ids.push_back(symbols.id(word));
      for (const std::string& tag : sentence.fields[1]) gold.push_back(labels.id(tag));
      const Layout layout(std::vector{static_cast<int>(ids.size())});

      Tape tape(rng);  // records, supplies dropout noise, gone at the brace
      const Tensor loss = network.crf.loss(network.scores(ids, layout), gold, layout);
      tape.backward(loss);
      adam.step(0.003f);
      sum += loss.item();
    }
    std::printf("epoch %d: loss %.3f per token\n", epoch,
                sum / static_cast<double>(table.tokens()));
  }
}
