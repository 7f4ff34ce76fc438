// SPDX-License-Identifier: MIT
#include "cadena/data/check.h"
#include "cadena/tasks/tagger.h"

namespace cadena {

Check Tagger::check(const std::string& path, const CheckOptions& options) const {
  const DataReport report = check_data(
      path, options.against, {data_.word_column, data_.tag_columns.front(), data_.unknown_tag});
  return {report.problems.empty(), to_text(report, options.most_problems), to_json(name(), report)};
}

}  // namespace cadena
