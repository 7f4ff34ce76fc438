// SPDX-License-Identifier: MIT
#include "cadena/report/canvas.h"

#include <fmt/format.h>

#include <cmath>

#include "cadena/report/text.h"

namespace cadena {
namespace {

// The colours are those of Okabe and Ito (2008), darker on white and lighter on black, so that text
// in them has a contrast of 4.5 at least.
constexpr const char* style = R"(<style>
.cadena-chart{--ink:#1b2127;--dim:#59636e;--faint:#dfe3e8;--paper:#fff;
--c0:#0072b2;--c1:#bf4f00;--c2:#00795a;--c3:#a0286f;--c4:#8a6100;--c5:#59636e;
color-scheme:light dark;font:14px system-ui,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
@media screen and (prefers-color-scheme:dark){.cadena-chart{--ink:#e8ebee;--dim:#a3adb8;--faint:#343c45;--paper:#14181d;
--c0:#5ab4f0;--c1:#ff9d5c;--c2:#3fd0a4;--c3:#f08cc8;--c4:#e8c24a;--c5:#b4bec8}}
.cadena-chart text{fill:currentColor;font-variant-numeric:tabular-nums}
.cadena-chart path,.cadena-chart line{fill:none;stroke:currentColor;vector-effect:non-scaling-stroke}
.cadena-chart .ink{color:var(--ink)}.cadena-chart .dim{color:var(--dim)}.cadena-chart .faint{color:var(--faint)}
.cadena-chart .paper{color:var(--paper)}.cadena-chart .head{color:var(--ink);font-weight:600;font-size:15px}
.cadena-chart .c0{color:var(--c0)}.cadena-chart .c1{color:var(--c1)}.cadena-chart .c2{color:var(--c2)}
.cadena-chart .c3{color:var(--c3)}.cadena-chart .c4{color:var(--c4)}.cadena-chart .c5{color:var(--c5)}
.cadena-chart .line{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.cadena-chart .thick{stroke-width:2.5}
.cadena-chart .d1{stroke-dasharray:7 4}.cadena-chart .d2{stroke-dasharray:1 4}.cadena-chart .d3{stroke-dasharray:10 4 1 4}
.cadena-chart .d4{stroke-dasharray:14 5}.cadena-chart .d5{stroke-dasharray:6 4 1 4 1 4}.cadena-chart .level{stroke-dasharray:4 4}
.cadena-chart .band{fill:currentColor;fill-opacity:.16;stroke:none}.cadena-chart .solid{fill:currentColor;stroke:none}
.cadena-chart .open{fill:var(--paper);stroke-width:1.75}.cadena-chart .back{fill:var(--paper)}
.cadena-chart .halo{paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
</style>)";

}  // namespace

std::string pixels(double value) {
  std::string text = fmt::format("{:.2f}", std::abs(value) < 0.005 ? 0 : value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string curve_style(size_t index) {
  constexpr size_t n = Canvas::colours;
  return fmt::format("c{} d{}", index % n, (index + index / n) % n);
}

std::string level_sample() { return R"(<path class="level" d="M0 0H26"/>)"; }

std::string name_of(const Level& level) {
  return (level.name.empty() ? "" : level.name + ' ') + short_number(level.y);
}

std::string told(const std::vector<Level>& levels) {
  std::string text;
  for (const Level& level : levels)
    text += fmt::format(" Level {}: {}.", level.name, short_number(level.y));
  return text;
}

void Canvas::text(double x, double y, std::string_view text, Anchor anchor,
                  std::string_view style) {
  constexpr const char* names[] = {"", R"( text-anchor="middle")", R"( text-anchor="end")"};
  body_ += fmt::format(R"(<text class="{}" x="{}" y="{}"{}>{}</text>)", style, pixels(x), pixels(y),
                       names[static_cast<int>(anchor)], escape(text));
}

void Canvas::line_to(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ += fmt::format(R"(<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>)", style, pixels(x1),
                       pixels(y1), pixels(x2), pixels(y2));
}

double Canvas::title(std::string_view title, double y, double width) {
  for (const std::string& part : wrap(title, 16, width))
    text(0, (y += line) - 4, cut_to_width(part, 16, width), Anchor::start, "head");
  return y;
}

double Canvas::legend(const std::vector<Key>& keys, double y, double width) {
  constexpr double sample = 32, gap = 18;
  double x = 0;
  y += line;
  for (const Key& key : keys) {
    const std::string name = cut_to_width(key.name, type, width - sample);
    const double size = sample + text_width(name, type);
    if (x > 0 && x + size > width) x = 0, y += line;
    body_ += fmt::format(R"-(<g class="{}" transform="translate({} {})">{}</g>)-", key.style,
                         pixels(x), pixels(y - 9), key.sample);
    text(x + sample, y - 4, name, Anchor::start, key.style.substr(0, key.style.find(' ')));
    x += size + gap;
  }
  return y;
}

std::string Canvas::svg(std::string_view kind, double width, double height, std::string_view title,
                        std::string_view description) const {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="cadena-chart {}" role="img" )"
      R"(viewBox="0 0 {} {}"><title>{}</title><desc>{}</desc>{}<rect class="back" )"
      R"(width="100%" height="100%"/>{}</svg>)",
      kind, pixels(width), pixels(height), escape(title), escape(description), style, body_);
}

}  // namespace cadena
