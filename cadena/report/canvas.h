// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cadena/report/chart.h"

namespace cadena {

/// What charts are drawn on, in pixels at the width that they are made for. Colours are classes:
/// c0 to c5 for data, ink, dim and faint for the rest.
class Canvas {
 public:
  static constexpr double width = 520;           ///< of usual charts
  static constexpr double type = 14, line = 20;  ///< size and distance of lines of text
  static constexpr size_t colours = 6;

  enum class Anchor { start, middle, end };

  void text(double x, double y, std::string_view text, Anchor anchor = Anchor::start,
            std::string_view style = "ink");
  void line_to(double x1, double y1, double x2, double y2, std::string_view style);
  void markup(std::string_view svg) { body_ += svg; }

  /// Lines of a heading from `y` on; returns where it ends.
  double title(std::string_view text, double y, double width);

  struct Key {
    std::string name, sample;  ///< `sample`: SVG about (0, 0), 26 wide
    std::string style;
  };
  /// Samples and names, side by side as they fit; returns where they end.
  double legend(const std::vector<Key>& keys, double y, double width);

  /// The picture. `kind`: a class of its own; `title` and `description`: for who cannot see it.
  std::string svg(std::string_view kind, double width, double height, std::string_view title,
                  std::string_view description) const;

 private:
  std::string body_;
};

/// "12.5", with two decimals at most.
std::string pixels(double value);

/// "c2 d2": colour and dashes of a curve, which differ for 36 of them.
std::string curve_style(size_t index);

/// A dashed line as the sample of a level.
std::string level_sample();

/// "chance 25".
std::string name_of(const Level& level);
/// " Level chance: 25." for each.
std::string told(const std::vector<Level>& levels);

}  // namespace cadena
