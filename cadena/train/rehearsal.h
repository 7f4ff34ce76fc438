// SPDX-License-Identifier: MIT
#pragma once

#include "cadena/train/trainer.h"

namespace cadena {

/// Holds at once all that train() will: gradients, moments, running mean, best weights, and what a
/// batch keeps for the way back, for the largest batch and some others; and measures once.
/// Afterwards the most memory that the process had is about the most that it will have; the trainee
/// is as it was before. Errors: std::bad_alloc, if there is not so much (BufferLimit).
void rehearse(Trainee& trainee, const TrainOptions& options);

}  // namespace cadena
