// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cadena/base/error.h"
#include "cadena/report/axis.h"
#include "cadena/report/canvas.h"
#include "cadena/report/chart.h"
#include "cadena/report/text.h"

namespace cadena {
namespace {

constexpr double widest = 1060;  // picture
constexpr double least_cell = 3, usual_cell = 18, largest_cell = 44;
constexpr double widest_row_name = 150, widest_column_name = 100;
constexpr double row_of_labels = 16;  // closer, and they would touch
constexpr int steps_of_scale = 24;

class Drawing {
 public:
  explicit Drawing(const HeatMap& chart) : chart_(chart) {
    if (chart.values.size() != chart.rows.size() * chart.columns.size())
      throw Error("a heat map needs a value for each row and column");
    for (double value : chart.values) extent_.add(value);
    if (extent_.empty()) extent_ = {0, 0};
    range_ = extent_;
    if (chart.signed_values)
      range_.high = std::max(std::abs(extent_.low), std::abs(extent_.high)),
      range_.low = -range_.high;
    else if (extent_.low > 0 && extent_.low < extent_.high / 2)
      range_.low = 0;
    measure();
  }

  std::string svg() {
    double y = canvas_.title(chart_.title, 0, width_);
    draw_scale(y + 6);
    y += 6 + Canvas::line;
    top_ = y + 8;
    draw_cells();
    draw_names();
    const double bottom = top_ + height_of_plot() + depth_of_names_ + 8;
    canvas_.text(left_ + width_of_plot() / 2, bottom + 14, chart_.x_label, Canvas::Anchor::middle,
                 "dim");
    return canvas_.svg("cadena-heat", width_, bottom + (chart_.x_label.empty() ? 0 : 24),
                       chart_.title, description());
  }

 private:
  static double count(const std::vector<std::string>& names) {
    return static_cast<double>(std::max<size_t>(1, names.size()));
  }

  void measure() {
    double rows = 0, columns = 0;
    for (const std::string& name : chart_.rows)
      rows = std::max(rows, text_width(name, Canvas::type));
    for (const std::string& name : chart_.columns)
      columns = std::max(columns, text_width(name, Canvas::type));
    left_ = std::min(rows, widest_row_name) + 10;
    const double n = count(chart_.columns), room = Canvas::width - left_ - 8;
    cell_width_ = std::min(largest_cell, room / n);
    if (cell_width_ < usual_cell)
      cell_width_ = std::clamp((widest - left_ - 8) / n, least_cell, usual_cell);
    slanted_ = columns > cell_width_ - 4 && columns > 30;
    columns = std::min(columns, widest_column_name);
    depth_of_names_ = slanted_ ? columns * 0.71 + 14 : 20;
    if (slanted_) left_ = std::max(left_, columns * 0.71 + 4 - cell_width_ / 2);
    every_column_ = thinning(slanted_ ? row_of_labels * 1.2 : columns + 8, cell_width_);
    cell_height_ =
        std::clamp(360 / count(chart_.rows), least_cell, std::min(cell_width_ * 2, 26.0));
    every_row_ = thinning(row_of_labels, cell_height_);
    width_ = std::max(Canvas::width, left_ + n * cell_width_ + 8);
  }

  static size_t thinning(double label, double cell) {
    return static_cast<size_t>(std::max(1.0, std::ceil(label / cell)));
  }

  double width_of_plot() const { return cell_width_ * static_cast<double>(chart_.columns.size()); }
  double height_of_plot() const { return cell_height_ * static_cast<double>(chart_.rows.size()); }

  // From -1 to 1, or 0 to 1.
  double strength(double value) const {
    if (range_.high == range_.low) return range_.high == 0 ? 0 : 0.5;
    return chart_.signed_values ? value / range_.high
                                : (value - range_.low) / (range_.high - range_.low);
  }

  // Cells of one colour are one path: a map may have many.
  using Cells = std::map<int, std::string>;  // by strength in per cent
  static void add_cell(Cells& cells, double x, double y, double width, double height,
                       double strength) {
    cells[static_cast<int>(std::lround(100 * strength))] += fmt::format(
        "M{} {}h{}v{}h-{}Z", pixels(x), pixels(y), pixels(width), pixels(height), pixels(width));
  }
  void draw(const Cells& cells) {
    for (const auto& [strength, path] : cells)
      canvas_.markup(fmt::format(
          R"(<path class="solid {}" shape-rendering="crispEdges" fill-opacity="{}" d="{}"/>)",
          strength < 0 ? "c1" : "c0", pixels(std::abs(strength) / 100.0), path));
  }

  // Left the label of the rows, right what the colours mean.
  void draw_scale(double y) {
    canvas_.text(0, y + 14, chart_.y_label, Canvas::Anchor::start, "dim");
    const std::string low = short_number(range_.low), high = short_number(range_.high);
    const double end = width_ - text_width(high, Canvas::type) - 8,
                 begin = end - 5 * steps_of_scale;
    Cells cells;
    for (int i = 0; i < steps_of_scale; ++i) {
      const double part = (i + 0.5) / steps_of_scale;
      add_cell(cells, begin + 5 * i, y + 3, 5, 12, chart_.signed_values ? 2 * part - 1 : part);
    }
    draw(cells);
    canvas_.text(begin - 6, y + 14, low, Canvas::Anchor::end, "dim");
    canvas_.text(end + 6, y + 14, high, Canvas::Anchor::start, "dim");
  }

  double x_of(size_t i) const {
    return left_ + cell_width_ * static_cast<double>(i % chart_.columns.size());
  }
  double y_of(size_t i) const {
    const size_t row = i / chart_.columns.size();
    return top_ + cell_height_ * static_cast<double>(row);
  }

  void draw_cells() {
    Cells cells;
    for (size_t i = 0; i < chart_.values.size(); ++i)
      if (drawable(chart_.values[i]))
        add_cell(cells, x_of(i), y_of(i), cell_width_, cell_height_, strength(chart_.values[i]));
    draw(cells);
    if (cell_width_ >= 36 && cell_height_ >= 18)
      for (size_t i = 0; i < chart_.values.size(); ++i) draw_number(i);
    canvas_.markup(fmt::format(
        R"(<rect class="dim" fill="none" stroke="currentColor" x="{}" y="{}" width="{}" height="{}"/>)",
        pixels(left_), pixels(top_), pixels(width_of_plot()), pixels(height_of_plot())));
  }

  void draw_number(size_t i) {
    const double value = chart_.values[i];
    if (!drawable(value)) return;
    const std::string text = std::abs(value) < 10
                                 ? fmt::format("{:.2g}", std::round(value * 100) / 100)
                                 : short_number(std::round(value));
    if (text_width(text, Canvas::type) <= cell_width_)
      canvas_.text(x_of(i) + cell_width_ / 2, y_of(i) + cell_height_ / 2 + 5, text,
                   Canvas::Anchor::middle, std::abs(strength(value)) > 0.6 ? "paper" : "ink");
  }

  void draw_names() {
    for (size_t i = 0; i < chart_.rows.size(); i += every_row_)
      canvas_.text(left_ - 6, top_ + cell_height_ * (static_cast<double>(i) + 0.5) + 5,
                   cut_to_width(chart_.rows[i], Canvas::type, widest_row_name),
                   Canvas::Anchor::end);
    const double y = top_ + height_of_plot();
    for (size_t i = 0; i < chart_.columns.size(); i += every_column_) {
      const double x = left_ + cell_width_ * (static_cast<double>(i) + 0.5);
      const std::string name = cut_to_width(chart_.columns[i], Canvas::type, widest_column_name);
      if (slanted_)
        canvas_.markup(fmt::format(
            R"-(<text class="ink" text-anchor="end" transform="translate({} {})rotate(-45)">{}</text>)-",
            pixels(x + 4), pixels(y + 14), escape(name)));
      else
        canvas_.text(x, y + 17, name, Canvas::Anchor::middle);
    }
  }

  std::string description() const {
    std::string text =
        fmt::format("A grid of {} rows ({}) and {} columns ({}).", chart_.rows.size(),
                    chart_.y_label, chart_.columns.size(), chart_.x_label);
    size_t least = chart_.values.size(), most = least;
    for (size_t i = 0; i < chart_.values.size(); ++i) {
      if (!drawable(chart_.values[i])) continue;
      if (least == chart_.values.size()) least = most = i;
      if (chart_.values[i] < chart_.values[least]) least = i;
      if (chart_.values[i] > chart_.values[most]) most = i;
    }
    if (least == chart_.values.size()) return text + " No values.";
    const auto at = [&](size_t i) {
      return fmt::format("{} at {}, {}", short_number(chart_.values[i]),
                         chart_.rows[i / chart_.columns.size()],
                         chart_.columns[i % chart_.columns.size()]);
    };
    return text + fmt::format(" Smallest {}; largest {}.", at(least), at(most));
  }

  const HeatMap& chart_;
  Canvas canvas_;
  Extent extent_ = no_extent;
  Extent range_{0, 0};                       // of the colours
  bool slanted_ = false;                     // names of the columns
  size_t every_row_ = 1, every_column_ = 1;  // has its name
  double cell_width_ = 0, cell_height_ = 0, depth_of_names_ = 0;
  double width_ = 0, left_ = 0, top_ = 0;
};

}  // namespace

std::string svg(const HeatMap& chart) { return Drawing(chart).svg(); }

}  // namespace cadena
