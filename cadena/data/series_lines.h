// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cadena/base/error.h"
#include "cadena/data/series.h"

// What the readers of data/series.h are made of, a kind of file each.
namespace cadena {

/// Most bytes that a binary file of series may have, unpacked.
inline constexpr int64_t largest_series_file = int64_t{1} << 31;

/// Dimension and labels as in SeriesReader.
SeriesLine table_lines(const SeriesOptions& options, int dimension);
SeriesLine ts_lines(const SeriesOptions& options, int dimension);
/// `folder`: what paths in the list are relative to.
SeriesLine list_lines(const std::string& folder, const SeriesOptions& options, int dimension);

/// As read_series.
SeriesSet read_npy_series(const std::string& path, const SeriesOptions& options,
                          const OnFault& on_fault);
SeriesSet read_idx_series(const std::string& path, const SeriesOptions& options);

/// Without spaces and tabs at its ends.
std::string_view trim(std::string_view text);

/// A number written in full, "+1" among them, whatever the locale; one too small for a float is
/// zero. Nothing if it is not finite.
std::optional<float> finite_number(std::string_view text);
/// What to say where there is none; `where` stands before it.
Error number_fault(const std::string& where, std::string_view text);

std::string_view without_gz(std::string_view path);
/// ".csv" of "folder/a.CSV.gz".
std::string suffix(std::string_view path);

}  // namespace cadena
