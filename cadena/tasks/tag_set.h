// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/data/table.h"
#include "cadena/nn/crf.h"
#include "cadena/tasks/task.h"

namespace cadena {

/// The labels of a column of tags: entities, learnt in BIOES, or just names of classes.
class TagSet {
 public:
  TagSet() = default;
  /// Learns the labels of a field of a table, but for `unknown`, which stands where a label is not
  /// known. Errors: with file and line, a tag that is no label; all tags are the same, or too many.
  TagSet(const Table& table, size_t field, std::string unknown);
  /// From what to_text() gave. Errors: the text is damaged.
  TagSet(std::string_view text, bool spans, std::string unknown);
  std::string to_text() const;

  bool spans() const { return spans_; }
  const std::vector<std::string>& labels() const { return labels_; }
  int size() const { return static_cast<int>(labels_.size()); }
  /// What the labels are about: types of entities, or classes.
  std::vector<std::string> types() const;

  /// Errors: with file and line, a tag that is no label.
  void expect(const Table& table, size_t field) const;

  /// Ids of the tags of a sentence, -1 for what is not known. They are labels of the training.
  std::vector<int32_t> encode(const std::vector<std::string>& tags) const;
  /// Tags of ids, entities in IOB2.
  std::vector<std::string> decode(const std::vector<int32_t>& ids) const;
  Crf::Legal legal() const;

  /// Compares tags of sentences, entities in IOB2, with those of a field of a table.
  Report score(const Table& table, size_t field,
               const std::vector<std::vector<std::string>>& predicted) const;

 private:
  std::vector<std::string> labels_;  // rising
  bool spans_ = true;
  std::string unknown_;
};

}  // namespace cadena
