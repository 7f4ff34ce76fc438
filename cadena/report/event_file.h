// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cadena {

/// What a file "events.out.tfevents..." that TensorBoard reads begins with. Times are seconds since
/// 1970.
std::string event_file_head(double time);

/// Numbers under their names at a step, to append to such a file.
std::string event_record(double time, int64_t step,
                         std::span<const std::pair<std::string, double>> scalars);

/// The cyclic redundancy check of Castagnoli (1993), as iSCSI has it: of "123456789" e3069283.
uint32_t crc32c(std::string_view bytes);

}  // namespace cadena
