// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/data/check.h"
#include "cadena/data/parallel_text.h"

namespace cadena {

/// What parallel text shows: for to_text and to_json of check.h.
struct PairCheck {
  Findings findings;
  Tally counts;
  Tally overlap;  ///< empty without another text
};

/// Reads pairs to the end, faults and all, and counts them, their different texts and the words on
/// both sides; notes pairs that come twice, sides that are equal, and pairs whose lengths differ by
/// far more than is usual here. `against` is another text, of which it tells how much is here too;
/// its path may be empty. Errors: as read_pairs, but for faults and for no pair after a fault.
PairCheck check_pairs(const PairFiles& files, const PairFiles& against = {});

}  // namespace cadena
