// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cadena/base/json.h"
#include "cadena/tasks/inspection.h"

namespace cadena {

/// What was inspected.
struct Subject {
  std::string model, task;
};

// One file each.
std::string inspection_text(const Subject& subject, const Inspection& seen, bool colour);
Json inspection_json(const Subject& subject, const Inspection& seen);
/// A page of HTML.
std::string inspection_page(const Subject& subject, const Inspection& seen);

/// A unit as a person can see it: "␣" for a blank, "⏎" for the end of a line.
std::string visible(std::string_view unit);
std::vector<std::string> visible(const std::vector<std::string>& units);

/// "encoder, layer 1, backward"; the direction only where there are two.
std::string title_of(const LayerRecord& layer, const Inspection& seen);

/// How many steps those of a layer's units remember that remember longest, and by what it is told:
/// "1 / (1 − mean of f)".
std::string told_by(const Horizon& horizon);

/// Mean over the parts t of |dE_t/ds_k| of a layer by the distance of k from t, from 0.
std::vector<double> by_distance(const LayerRecord& layer, const std::vector<int>& parts);

}  // namespace cadena
