// SPDX-License-Identifier: MIT
// What a classifier does at each step of a text or a series.
#include <algorithm>
#include <ostream>
#include <utility>

#include "cadena/autograd/ops.h"
#include "cadena/base/error.h"
#include "cadena/data/tokenizer.h"
#include "cadena/tasks/classifier.h"

namespace cadena {

Classifier::Item Classifier::chosen_item(std::istream& in, const InspectOptions& options) const {
  std::optional<Item> chosen;
  int64_t items = 0;
  std::ostream nowhere(nullptr);
  read_stream({in, [] { return true; }, nowhere}, options.file, [&](Item item) {
    if (++items == options.number) chosen = std::move(item);
    return !chosen;
  });
  if (!chosen) throw_too_few(options, items);
  return *std::move(chosen);
}

Inspection Classifier::look(std::istream& in, const InspectOptions& options) {
  if (!network_->recurrent())
    throw Error("this model has no recurrent layer to look at", "model.cell chooses one");
  const Item item = chosen_item(in, options);
  const Examples examples = encode({item});
  expect_inspectable(examples.all[0].steps, options);
  const ClassifierBatch batch = make_batch(examples, {0}, nullptr);
  Inspection seen{.text = item.text,
                  .loss = "-log p of its own class",
                  .part = {},
                  .networks = {{"encoder", {}}},
                  .answers = {},
                  .observation = {},
                  .grids = {}};
  std::vector<std::string>& steps = seen.networks[0].steps;
  for (const Token& token : tokenize(item.text)) steps.emplace_back(token.text);
  for (int t = 1; !reads_text() && t <= batch.layout.steps(); ++t)
    steps.push_back(std::to_string(t));

  const Tensor vectors = network_->vectors(batch);
  Tensor attention;
  const Tensor p = [&] {
    const Trace trace;
    const Tensor logits = network_->logits(vectors, batch.layout);
    for (const Trace::Note& note : trace.notes())
      if (note.name == "attention") attention = note.value;
    return softmax(logits);
  }();
  const auto best = std::ranges::max_element(p.values()) - p.values().begin();
  const std::string& label = labels_[static_cast<size_t>(best)];
  seen.answers.push_back({.text = label, .probability = p.data()[best]});
  seen.grids.push_back(grid_of("probabilities", {"p"}, labels_, p));
  if (attention) seen.grids.push_back(grid_of("attention", steps, {"share"}, attention));
  const std::vector<int32_t> target{static_cast<int32_t>(best)};
  seen.observation = observe(0, 1, [&](std::span<const int>) {
    return cross_entropy(network_->logits(side_by_side(vectors, 1), batch.layout), target);
  });
  return seen;
}

}  // namespace cadena
