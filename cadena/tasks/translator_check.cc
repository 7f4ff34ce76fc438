// SPDX-License-Identifier: MIT
#include "cadena/data/check_pairs.h"
#include "cadena/tasks/translator.h"

namespace cadena {

Check Translator::check(const std::string& path, const CheckOptions& options) const {
  const PairFiles against = options.against.empty() ? PairFiles{} : pair_files(options.against);
  const PairCheck found = check_pairs(pair_files(path), against);
  return {found.findings.problems.empty(),
          to_text(found.findings, found.counts, found.overlap, options.most_problems),
          to_json(name(), found.findings, found.counts, found.overlap)};
}

}  // namespace cadena
