// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cadena/base/error.h"
#include "cadena/report/axis.h"
#include "cadena/report/canvas.h"
#include "cadena/report/chart.h"
#include "cadena/report/text.h"

namespace cadena {
namespace {

constexpr double plot_height = 240;
constexpr double edge = 6;            // about the plot, where marks may reach
constexpr size_t most_marks = 40;     // of a curve; beyond, the line alone
constexpr double widest_label = 130;  // at the end of a curve; beyond, a legend
constexpr size_t most_labels = 8;

// About (0, 0), of one size to the eye.
constexpr const char* marks[Canvas::colours] = {
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z",
    "M-3.2-3.2H3.2V3.2H-3.2Z",
    "M0-4.2L4 3H-4Z",
    "M0-4.5L4.5 0L0 4.5L-4.5 0Z",
    "M0 4.2L4-3H-4Z",
    "M-1.3-4H1.3V-1.3H4V1.3H1.3V4H-1.3V1.3H-4V-1.3H-1.3Z"};

bool is_whole(double value) { return std::abs(value) < 1e9 && value == std::round(value); }

class Drawing {
 public:
  explicit Drawing(const LineChart& chart) : chart_(chart) {
    expect_sizes();
    measure();
  }

  std::string svg() {
    double y = canvas_.title(chart_.title, 0, Canvas::width);
    if (!direct_) y = canvas_.legend(keys(), y + 4, Canvas::width);
    if (!chart_.y_label.empty())
      canvas_.text(0, (y += Canvas::line + 4) - 4, chart_.y_label, Canvas::Anchor::start, "dim");
    top_ = y + 12;
    draw_axes();
    draw_plot();
    if (empty_)
      canvas_.text((left_ + right_) / 2, top_ + plot_height / 2, "no data", Canvas::Anchor::middle,
                   "dim");
    if (direct_) draw_labels();
    const double height = top_ + plot_height + (chart_.x_label.empty() ? 28 : 48);
    return canvas_.svg("cadena-lines", Canvas::width, height, chart_.title, description());
  }

 private:
  struct Label {
    double y;
    std::string text, style;
  };

  void expect_sizes() const {
    for (const Curve& c : chart_.curves)
      if (c.x.size() != c.y.size() || c.low.size() != c.high.size() ||
          (!c.low.empty() && c.low.size() != c.x.size()))
        throw Error("a curve needs as many y, and bounds of a band, as x");
  }

  bool has_place(double y) const { return drawable(y) && (!chart_.log_y || y > 1e-300); }
  bool has_place(const Curve& c, size_t i) const { return drawable(c.x[i]) && has_place(c.y[i]); }

  void measure() {
    Extent x = no_extent, y = no_extent;
    bool whole = true;
    const auto take = [&](double value) {
      if (has_place(value)) y.add(value);
    };
    for (const Curve& c : chart_.curves)
      for (size_t i = 0; i < c.x.size(); ++i) {
        if (!has_place(c, i)) continue;
        x.add(c.x[i]);
        take(c.y[i]);
        whole = whole && is_whole(c.x[i]);
        if (!c.low.empty()) take(c.low[i]), take(c.high[i]);
      }
    empty_ = y.empty();
    for (const Level& level : chart_.levels) take(level.y);
    y_ = chart_.log_y ? log_axis(y, 5) : linear_axis(y, 5, true);
    double widest = 0;
    for (const std::string& label : y_.labels)
      widest = std::max(widest, text_width(label, Canvas::type));
    left_ = widest + 8 + edge;
    choose_labels();
    for (int ticks = 8; ticks > 0; ticks /= 2) {
      x_ = linear_axis(x, ticks, false, whole);
      double wide = 0;
      for (const std::string& label : x_.labels)
        wide = std::max(wide, text_width(label, Canvas::type) + 12);
      if (wide * static_cast<double>(x_.labels.size()) <= plot_width()) break;
    }
  }

  void choose_labels() {
    double widest = 0;
    size_t count = chart_.levels.size();
    for (const Level& level : chart_.levels)
      widest = std::max(widest, text_width(name_of(level), Canvas::type));
    for (const Curve& c : chart_.curves) {
      widest = std::max(widest, text_width(c.name, Canvas::type));
      count += !c.name.empty();
    }
    direct_ = widest <= widest_label && count <= most_labels;
    right_ = Canvas::width - (direct_ && count > 0 ? widest + 16 : 20) - edge;
  }

  double plot_width() const { return right_ - left_; }
  double across(double x) const { return x_.place(x) * plot_width(); }
  double down(double y) const { return (1 - y_.place(y)) * plot_height; }

  std::vector<Canvas::Key> keys() const {
    std::vector<Canvas::Key> keys;
    for (size_t i = 0; i < chart_.curves.size(); ++i) {
      const std::string sample =
          fmt::format(R"(<path class="line {}" d="M0 0H26"/><path class="solid" )"
                      R"-(transform="translate(13 0)" d="{}"/>)-",
                      curve_style(i), marks[i % Canvas::colours]);
      keys.push_back({chart_.curves[i].name, sample, curve_style(i)});
    }
    for (const Level& level : chart_.levels)
      keys.push_back({name_of(level), level_sample(), "dim"});
    return keys;
  }

  void draw_axes() {
    for (size_t i = 0; i < y_.ticks.size(); ++i) {
      const double y = top_ + down(y_.ticks[i]);
      canvas_.line_to(left_ - edge, y, right_ + edge, y, "faint");
      canvas_.text(left_ - edge - 6, y + 5, y_.labels[i], Canvas::Anchor::end, "dim");
    }
    const double bottom = top_ + plot_height;
    canvas_.markup(R"(<g class="x-ticks">)");
    for (size_t i = 0; i < x_.ticks.size(); ++i) {
      const double x = left_ + across(x_.ticks[i]);
      canvas_.line_to(x, bottom + edge, x, bottom + edge + 4, "dim");
      canvas_.text(x, bottom + edge + 18, x_.labels[i], Canvas::Anchor::middle, "dim");
    }
    canvas_.markup("</g>");
    canvas_.line_to(left_ - edge, bottom + edge, right_ + edge, bottom + edge, "dim");
    canvas_.text((left_ + right_) / 2, bottom + edge + 38, chart_.x_label, Canvas::Anchor::middle,
                 "dim");
  }

  // A picture within the picture: it cuts off what a zoom moves outside.
  void draw_plot() {
    canvas_.markup(fmt::format(
        R"(<svg class="plot" x="{}" y="{}" width="{}" height="{}" viewBox="{} {} {} {}" )"
        R"(overflow="hidden" data-low="{:.9g}" data-high="{:.9g}"><g class="lines">)",
        pixels(left_ - edge), pixels(top_ - edge), pixels(plot_width() + 2 * edge),
        pixels(plot_height + 2 * edge), pixels(-edge), pixels(-edge),
        pixels(plot_width() + 2 * edge), pixels(plot_height + 2 * edge), x_.low, x_.high));
    for (const Level& level : chart_.levels)
      if (has_place(level.y))
        canvas_.markup(fmt::format(R"(<path class="dim level" d="M{} {}H{}"/>)", pixels(-edge),
                                   pixels(down(level.y)), pixels(plot_width() + edge)));
    for (size_t i = 0; i < chart_.curves.size(); ++i) draw_curve(chart_.curves[i], i);
    canvas_.markup("</g>");
    for (size_t i = 0; i < chart_.curves.size(); ++i) draw_marks(chart_.curves[i], i);
    canvas_.markup("</svg>");
  }

  void draw_curve(const Curve& c, size_t index) {
    std::string path, values;
    bool pen_down = false;
    for (size_t i = 0; i < c.x.size(); ++i) {
      const bool here = has_place(c, i);
      if (here) {
        path += fmt::format("{}{} {}", pen_down ? 'L' : 'M', pixels(across(c.x[i])),
                            pixels(down(c.y[i])));
        values += fmt::format("{}{:.6g},{:.6g}", values.empty() ? "" : " ", c.x[i], c.y[i]);
      }
      pen_down = here;
    }
    if (!c.low.empty()) draw_band(c, index);
    if (path.empty()) return;
    canvas_.markup(fmt::format(R"(<path class="line {}" data-name="{}" data-values="{}" d="{}"/>)",
                               curve_style(index), escape(c.name), values, path));
  }

  void draw_band(const Curve& c, size_t index) {
    std::string path;
    const auto here = [&](size_t i) {
      return has_place(c, i) && has_place(c.low[i]) && has_place(c.high[i]);
    };
    for (size_t begin = 0; begin < c.x.size();) {
      size_t end = begin;
      while (end < c.x.size() && here(end)) ++end;
      for (size_t i = begin; i < end; ++i)  // there
        path += fmt::format("{}{} {}", i == begin ? 'M' : 'L', pixels(across(c.x[i])),
                            pixels(down(c.high[i])));
      for (size_t i = end; i-- > begin;)  // and back
        path += fmt::format("L{} {}", pixels(across(c.x[i])), pixels(down(c.low[i])));
      if (end > begin) path += 'Z';
      begin = std::max(end, begin + 1);
    }
    if (!path.empty())
      canvas_.markup(fmt::format(R"(<path class="band {}" d="{}"/>)", curve_style(index), path));
  }

  void draw_marks(const Curve& c, size_t index) {
    std::vector<size_t> shown;
    for (size_t i = 0; i < c.x.size(); ++i)
      if (has_place(c, i)) shown.push_back(i);
    if (shown.size() > most_marks) return;
    canvas_.markup(fmt::format(R"(<g class="marks {}">)", curve_style(index)));
    for (size_t i : shown)
      canvas_.markup(fmt::format(R"-(<path class="solid" transform="translate({} {})" d="{}"/>)-",
                                 pixels(across(c.x[i])), pixels(down(c.y[i])),
                                 marks[index % Canvas::colours]));
    canvas_.markup("</g>");
  }

  // Beside the ends of the lines, moved apart where they would overlap.
  void draw_labels() {
    std::vector<Label> labels;
    for (size_t i = 0; i < chart_.curves.size(); ++i) {
      const Curve& c = chart_.curves[i];
      size_t last = c.x.size();
      while (last > 0 && !has_place(c, last - 1)) --last;
      if (last > 0 && !c.name.empty())
        labels.push_back({down(c.y[last - 1]), c.name, curve_style(i).substr(0, 2)});
    }
    for (const Level& level : chart_.levels)
      if (has_place(level.y)) labels.push_back({down(level.y), name_of(level), "dim"});
    std::ranges::stable_sort(labels, {}, &Label::y);
    constexpr double gap = 17;
    double least = 0;
    for (Label& label : labels) {
      label.y = std::max(label.y, least);
      least = label.y + gap;
    }
    double most = plot_height + edge;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
      label->y = std::min(label->y, most);
      most = label->y - gap;
      canvas_.text(right_ + edge + 6, top_ + label->y + 5, label->text, Canvas::Anchor::start,
                   label->style);
    }
  }

  std::string description() const {
    std::string text = fmt::format("Lines. Across: {}; up: {}{}.", chart_.x_label, chart_.y_label,
                                   chart_.log_y ? ", logarithmic" : "");
    for (const Curve& c : chart_.curves) {
      std::vector<size_t> shown;
      for (size_t i = 0; i < c.x.size(); ++i)
        if (has_place(c, i)) shown.push_back(i);
      text += fmt::format(" {}: ", c.name.empty() ? "the line" : c.name);
      if (shown.empty()) {
        text += "no points.";
        continue;
      }
      const auto of = [&](size_t i) { return c.y[i]; };
      const size_t least = *std::ranges::min_element(shown, {}, of);
      const size_t most = *std::ranges::max_element(shown, {}, of);
      text +=
          fmt::format("{} points, first {}, last {}, smallest {} at {}, largest {} at {}.",
                      shown.size(), short_number(c.y[shown.front()]),
                      short_number(c.y[shown.back()]), short_number(c.y[least]),
                      short_number(c.x[least]), short_number(c.y[most]), short_number(c.x[most]));
    }
    return text + told(chart_.levels);
  }

  const LineChart& chart_;
  Canvas canvas_;
  Axis x_, y_;
  bool empty_ = false;
  bool direct_ = true;                     // names stand at the ends of the curves, not in a legend
  double left_ = 0, right_ = 0, top_ = 0;  // of the plot, in the picture
};

}  // namespace

std::string svg(const LineChart& chart) { return Drawing(chart).svg(); }

}  // namespace cadena
