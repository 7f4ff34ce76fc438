// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cadena/base/error.h"
#include "cadena/report/axis.h"
#include "cadena/report/canvas.h"
#include "cadena/report/chart.h"
#include "cadena/report/text.h"

namespace cadena {
namespace {

constexpr double bar = 18, pitch = 28;  // thickness of a bar, distance of two
constexpr double widest_name = 240;

// Bars lie, so that their names can be read.
class Drawing {
 public:
  explicit Drawing(const BarChart& chart) : chart_(chart) {
    if (chart.values.size() != chart.names.size() ||
        (!chart.errors.empty() && chart.errors.size() != chart.names.size()))
      throw Error("a bar chart needs as many values, and errors, as names");
    measure();
  }

  std::string svg() {
    double y = canvas_.title(chart_.title, 0, Canvas::width);
    if (!chart_.levels.empty()) {
      std::vector<Canvas::Key> keys;
      for (size_t i = 0; i < chart_.levels.size(); ++i)
        keys.push_back({name_of(chart_.levels[i]), level_sample(), level_style(i)});
      y = canvas_.legend(keys, y + 4, Canvas::width);
    }
    top_ = y + 10;
    const double bottom = top_ + pitch * static_cast<double>(chart_.names.size());
    draw_axis(bottom);
    for (size_t i = 0; i < chart_.names.size(); ++i) draw_bar(i);
    for (size_t i = 0; i < chart_.levels.size(); ++i)
      if (const double at = chart_.levels[i].y; drawable(at))
        canvas_.line_to(across(at), top_, across(at), bottom, "thick level " + level_style(i));
    for (size_t i = 0; i < chart_.names.size(); ++i) write_number(i);
    return canvas_.svg("cadena-bars", Canvas::width, bottom + (chart_.y_label.empty() ? 26 : 46),
                       chart_.title, description());
  }

 private:
  void measure() {
    Extent extent{0, 0};
    double names = 0, numbers = 0;
    for (size_t i = 0; i < chart_.names.size(); ++i) {
      extent.add(chart_.values[i] - error(i));
      extent.add(chart_.values[i] + error(i));
      names = std::max(names, text_width(chart_.names[i], Canvas::type));
      numbers = std::max(numbers, text_width(number(i), Canvas::type));
    }
    for (const Level& level : chart_.levels) extent.add(level.y);
    axis_ = linear_axis(extent, 4, true);
    left_ = std::min(names, widest_name) + 10;
    if (axis_.low < 0) left_ += numbers + 6;
    right_ = Canvas::width - std::max(numbers + 10, 24.0);
  }

  static std::string level_style(size_t i) { return i == 0 ? "ink" : curve_style(i); }
  double error(size_t i) const {
    return chart_.errors.empty() || !drawable(chart_.errors[i]) ? 0 : std::abs(chart_.errors[i]);
  }
  std::string number(size_t i) const {
    const std::string value = short_number(chart_.values[i]);
    if (error(i) <= 0) return value;
    return value + " ± " + short_number(std::stod(fmt::format("{:.2g}", error(i))));
  }
  double across(double value) const { return left_ + axis_.place(value) * (right_ - left_); }

  void draw_axis(double bottom) {
    for (size_t i = 0; i < axis_.ticks.size(); ++i) {
      const double x = across(axis_.ticks[i]);
      canvas_.line_to(x, top_, x, bottom, axis_.ticks[i] == 0 ? "dim" : "faint");
      canvas_.text(x, bottom + 18, axis_.labels[i], Canvas::Anchor::middle, "dim");
    }
    canvas_.text((left_ + right_) / 2, bottom + 38, chart_.y_label, Canvas::Anchor::middle, "dim");
  }

  void draw_bar(size_t i) {
    const double middle = top_ + pitch * (static_cast<double>(i) + 0.5), value = chart_.values[i];
    const double names_end =
        axis_.low < 0 ? left_ - text_width(number(i), Canvas::type) - 14 : left_;
    canvas_.text(axis_.low < 0 ? 0 : names_end - 8, middle + 5,
                 cut_to_width(chart_.names[i], Canvas::type, widest_name),
                 axis_.low < 0 ? Canvas::Anchor::start : Canvas::Anchor::end);
    if (!drawable(value)) return;
    const double zero = across(0), end = across(value);
    canvas_.markup(fmt::format(
        R"(<rect class="c0" fill="currentColor" fill-opacity=".85" x="{}" y="{}" width="{}" height="{}" rx="1"/>)",
        pixels(std::min(zero, end)), pixels(middle - bar / 2), pixels(std::abs(end - zero)),
        pixels(bar)));
    const double low = across(value - error(i)), high = across(value + error(i));
    if (error(i) > 0) {
      canvas_.line_to(low, middle, high, middle, "ink thick");
      for (double x : {low, high}) canvas_.line_to(x, middle - 4, x, middle + 4, "ink thick");
    }
  }

  void write_number(size_t i) {
    const double middle = top_ + pitch * (static_cast<double>(i) + 0.5), value = chart_.values[i];
    if (!drawable(value)) return;
    if (value < 0)
      canvas_.text(across(value - error(i)) - 7, middle + 5, number(i), Canvas::Anchor::end,
                   "ink halo");
    else
      canvas_.text(across(value + error(i)) + 7, middle + 5, number(i), Canvas::Anchor::start,
                   "ink halo");
  }

  std::string description() const {
    std::string text = fmt::format("Bars of {}.", chart_.y_label);
    for (size_t i = 0; i < chart_.names.size(); ++i)
      text += fmt::format(" {}: {}.", chart_.names[i], number(i));
    return text + told(chart_.levels);
  }

  const BarChart& chart_;
  Canvas canvas_;
  Axis axis_;
  double left_ = 0, right_ = 0, top_ = 0;  // of the plot, in the picture
};

}  // namespace

std::string svg(const BarChart& chart) { return Drawing(chart).svg(); }

}  // namespace cadena
