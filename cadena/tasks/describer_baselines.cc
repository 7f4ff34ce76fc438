// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "cadena/autograd/ops.h"
#include "cadena/tasks/describer.h"

namespace cadena {
namespace {

constexpr size_t items_at_once = 128;

template <class Use>
void for_each_block(size_t count, const Use& use) {
  for (size_t first = 0; first < count; first += items_at_once)
    use(first, std::min(count - first, items_at_once));
}

Tensor matrix_of(std::span<const Captioned> items) {
  const Tensor all =
      Tensor::unset({std::ssize(items), static_cast<int64_t>(items[0].values.size())});
  float* to = all.data();
  for (const Captioned& item : items) to = std::ranges::copy(item.values, to).out;
  return all;
}

// -|w|² / 2 of each row w.
Tensor half_squares(const Tensor& rows) {
  const Tensor all = Tensor::unset({rows.rows()});
  for (int64_t i = 0; i < rows.rows(); ++i) {
    double sum = 0;
    for (int64_t d = 0; d < rows.cols(); ++d) {
      const double value = rows.data()[i * rows.cols() + d];
      sum += value * value;
    }
    all.data()[i] = static_cast<float>(-sum / 2);
  }
  return all;
}

}  // namespace

// Of the learnt w, that with the largest x · w - |w|² / 2 is nearest to x.
std::vector<std::string> Describer::nearest_sentences() const {
  std::vector<std::string> sentences(held_out_.size());
  std::vector<float> best(held_out_.size(), -INFINITY);
  const std::span<const Captioned> asked(held_out_), learnt(train_.items);
  for_each_block(learnt.size(), [&](size_t from, size_t width) {
    const Tensor w = matrix_of(learnt.subspan(from, width)), halves = half_squares(w);
    for_each_block(asked.size(), [&](size_t first, size_t count) {
      const Tensor near = linear(matrix_of(asked.subspan(first, count)), w, halves);
      for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < width; ++j)
          if (const float score = near.data()[i * width + j]; score > best[first + i]) {
            best[first + i] = score;
            sentences[first + i] = normal_form(learnt[from + j].sentences[0]);
          }
    });
  });
  return sentences;
}

std::vector<Baseline> Describer::baselines() const {
  std::map<std::string, int64_t> counts;
  for (const Captioned& item : train_.items)
    for (const std::string& sentence : item.sentences) ++counts[normal_form(sentence)];
  const std::string& frequent =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
  std::vector<Baseline> all{
      {"always \"" + frequent + "\"",
       exact(held_out_, std::vector<std::string>(held_out_.size(), frequent))}};
  if (!none_held_out_)
    all.push_back({data_.kind == "image" ? "sentence of the nearest picture"
                                         : "sentence of the nearest vector",
                   exact(held_out_, nearest_sentences())});
  return all;
}

}  // namespace cadena
