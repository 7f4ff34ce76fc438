// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_windows.h"

#include <algorithm>
#include <cassert>

namespace cadena {

std::vector<ForecastWindow> forecast_windows(int64_t length, const RollingOrigin& protocol) {
  assert(protocol.horizon > 0 && protocol.stride > 0 && protocol.windows >= 0 &&
         protocol.first_origin >= 0);
  const int64_t last = length - protocol.horizon;
  if (last < protocol.first_origin) return {};
  int64_t count = (last - protocol.first_origin) / protocol.stride + 1;
  if (protocol.windows > 0) count = std::min<int64_t>(count, protocol.windows);
  std::vector<ForecastWindow> windows;
  windows.reserve(static_cast<size_t>(count));
  for (int64_t i = count - 1; i >= 0; --i)
    windows.push_back({last - i * protocol.stride, protocol.horizon});
  return windows;
}

}  // namespace cadena
