// SPDX-License-Identifier: MIT
#include "cadena/report/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "cadena/report/chart_table.h"
#include "cadena/report/text.h"

namespace cadena {
namespace {

constexpr const char* style = R"(
:root{color-scheme:light dark;--ink:#1b2127;--dim:#59636e;--faint:#dfe3e8;--paper:#fff;--wash:#f5f7f9;--link:#0067a5}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e8ebee;--dim:#a3adb8;--faint:#343c45;--paper:#14181d;--wash:#1d232a;--link:#5ab4f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:break-word}
main{max-width:72rem;margin:0 auto;padding:1.5rem clamp(.6rem,3vw,2rem) 4rem}
h1,h2,h3{line-height:1.2;text-wrap:balance}
h1{font-size:2rem;margin:.5rem 0 1rem}
h2{font-size:1.4rem;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--faint)}
h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
p,ul,nav{max-width:42rem;margin:.75rem 0}
li{margin:.25rem 0}
a{color:var(--link);text-underline-offset:.15em}
nav ul{list-style:none;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.15rem 1.25rem}
pre{max-width:100%;margin:.75rem 0;padding:.7rem .9rem;overflow-x:auto;background:var(--wash);border-radius:.35rem;font:.875rem/1.5 ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace}
figure{margin:1rem 0 1.25rem;min-width:0}
.picture{overflow-x:auto}
.picture svg{display:block;width:100%;height:auto;max-width:42rem}
.wide .picture svg{min-width:50rem;max-width:none}
figcaption{margin:.4rem 0;max-width:42rem;color:var(--dim);font-size:.95rem;line-height:1.4}
.readout{margin:.2rem 0;min-height:1.4rem;font-size:.875rem;line-height:1.4rem;color:var(--dim);font-variant-numeric:tabular-nums}
.readout b{color:var(--ink);font-weight:600}
.cadena-lines{touch-action:pan-y;user-select:none;-webkit-user-select:none;cursor:crosshair}
details{margin:.75rem 0}
figure details{margin:.25rem 0;font-size:.875rem}
summary{cursor:pointer;color:var(--link)}
.scroll{overflow:auto;max-height:32rem;max-width:100%;width:fit-content}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.35;font-variant-numeric:tabular-nums}
figure table{font-size:.8125rem}
th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--faint)}
th{position:sticky;top:0;background:var(--paper);font-weight:600}
.n{text-align:right;white-space:nowrap}
@media (min-width:66rem){.flow{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));column-gap:2.5rem}
.flow>*{grid-column:1/-1}.flow>figure{grid-column:auto}.flow>figure.wide{grid-column:1/-1}}
@media print{body{font-size:10pt}main{max-width:none;padding:0}nav,.readout,summary{display:none}
figure,tr,pre{break-inside:avoid}h2,h3{break-after:avoid}.scroll{max-height:none;overflow:visible}a{color:inherit}}
)";

// For each line chart: values under the pointer, a drag zooms along x, a double click goes back.
constexpr const char* script = R"(
for (const chart of document.querySelectorAll(".cadena-lines")) {
  const plot = chart.querySelector(".plot"), lines = plot.querySelector(".lines");
  const ticks = chart.querySelector(".x-ticks"), view = plot.viewBox.baseVal;
  const edge = -view.x, width = view.width - 2 * edge, height = view.height - 2 * edge;
  const left = plot.x.baseVal.value + edge, bottom = plot.y.baseVal.value + view.height;
  const all = [+plot.dataset.low, +plot.dataset.high];
  const curves = [...plot.querySelectorAll("[data-values]")].map(line =>
    ({name: line.dataset.name, points: line.dataset.values.split(" ").map(p => p.split(",").map(Number))}));
  const marks = [...plot.querySelectorAll(".marks path")].map(mark => [mark, mark.transform.baseVal[0].matrix])
    .map(([mark, at]) => ({mark, x: at.e, y: at.f}));
  let [from, to] = all, begin = null;
  const name = chart.querySelector("title");  // else a tooltip over the whole chart
  chart.setAttribute("aria-label", name.textContent), name.remove();
  const readout = document.createElement("p");
  readout.className = "readout";
  chart.parentNode.after(readout);
  const make = (parent, tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return parent.appendChild(element);
  };
  const cursor = make(plot, "path", {class: "dim", visibility: "hidden"});
  const choice = make(plot, "rect", {class: "dim", fill: "currentColor", "fill-opacity": .15,
    y: -edge, height: view.height, visibility: "hidden"});
  const told = value => String(+value.toPrecision(5)).replace(/-/g, "\u2212");
  const across = x => (x - from) / (to - from) * width;
  const show = (element, yes) => element.setAttribute("visibility", yes ? "visible" : "hidden");
  const rest = () => {
    readout.textContent = to - from < all[1] - all[0] ? "Double click shows all." : "Point to read, drag to zoom in.";
    show(cursor, false);
  };
  const zoom = (low, high) => {
    [from, to] = [low, high];
    const scale = (all[1] - all[0]) / (to - from), shift = -(from - all[0]) / (to - from) * width;
    lines.setAttribute("transform", `translate(${shift} 0) scale(${scale} 1)`);
    for (const {mark, x, y} of marks) mark.setAttribute("transform", `translate(${x * scale + shift} ${y})`);
    ticks.replaceChildren();
    const rough = (to - from) / 6, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough * .999);
    for (let i = Math.ceil(from / step - 1e-6); i * step <= to + step * 1e-6; ++i) {
      const x = left + across(i * step);
      make(ticks, "line", {class: "dim", x1: x, x2: x, y1: bottom, y2: bottom + 4});
      make(ticks, "text", {class: "dim", x, y: bottom + 18, "text-anchor": "middle"}).textContent = told(i * step);
    }
    rest();
  };
  const where = event => {
    const box = chart.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width - left;
    return from + Math.min(1, Math.max(0, x / width)) * (to - from);
  };
  const nearest = (points, x) => points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
  const read = x => {
    if (curves.length === 0) return;
    const found = curves.map(curve => nearest(curve.points, x)), at = nearest(found, x)[0];
    cursor.setAttribute("d", `M${across(at)} ${-edge}V${height + edge}`), show(cursor, true);
    readout.textContent = "at " + told(at);
    found.forEach(([x, y], i) => {
      readout.append(" \u00b7 " + curves[i].name + (x === at ? " " : ` (at ${told(x)}) `));
      readout.appendChild(document.createElement("b")).textContent = told(y);
    });
  };
  const select = x => {
    choice.setAttribute("x", Math.min(across(begin), across(x)));
    choice.setAttribute("width", Math.abs(across(x) - across(begin))), show(choice, true);
  };
  const end = (event, use) => {
    if (begin !== null && use && Math.abs(across(where(event)) - across(begin)) > 8)
      zoom(...[begin, where(event)].sort((a, b) => a - b));
    begin = null, show(choice, false);
  };
  chart.addEventListener("pointermove", event => begin === null ? read(where(event)) : select(where(event)));
  chart.addEventListener("pointerdown", event => { begin = where(event); chart.setPointerCapture(event.pointerId); });
  chart.addEventListener("pointerup", event => end(event, true));
  chart.addEventListener("pointercancel", event => end(event, false));
  chart.addEventListener("pointerleave", rest);
  chart.addEventListener("dblclick", () => zoom(...all));
  rest();
}
)";

constexpr size_t wide_columns = 28;  // a heat map of more takes both columns of the page

std::string table_html(const Page::Row& header, const std::vector<Page::Row>& rows) {
  std::vector<const char*> styles;  // of columns
  for (size_t k = 0; k < header.size(); ++k)
    styles.push_back(
        std::ranges::all_of(rows,
                            [&](const auto& row) { return k >= row.size() || is_number(row[k]); })
            ? R"( class="n")"
            : "");
  std::string html = R"(<div class="scroll" tabindex="0"><table><thead><tr>)";
  for (size_t k = 0; k < header.size(); ++k)
    html += fmt::format(R"(<th scope="col"{}>{}</th>)", styles[k], escape(header[k]));
  html += "</tr></thead>\n<tbody>";
  for (const Page::Row& row : rows) {
    html += "<tr>";
    for (size_t k = 0; k < header.size(); ++k)
      html += fmt::format("<td{}>{}</td>", styles[k], k < row.size() ? escape(row[k]) : "");
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string figure_html(std::string_view svg, std::string_view caption, std::string_view style,
                        const ChartTable& table) {
  std::string html =
      fmt::format("<figure{}><div class=\"picture\">{}</div><figcaption>{}</figcaption>", style,
                  svg, escape(caption));
  if (!table.rows.empty())
    html += fmt::format("<details><summary>Numbers{}</summary>\n{}</details>",
                        table.every > 1 ? fmt::format(", one row of {}", table.every) : "",
                        table_html(table.header, table.rows));
  return html + "</figure>\n";
}

}  // namespace

Page::Page(std::string_view title, std::string_view language)
    : title_(escape(title)), language_(escape(language)) {}

void Page::heading(std::string_view text) {
  ++headings_;
  contents_ += fmt::format(R"(<li><a href="#s{}">{}</a></li>)", headings_, escape(text));
  body_ += fmt::format("<h2 id=\"s{}\">{}</h2>\n", headings_, escape(text));
}

void Page::subheading(std::string_view text) {
  body_ += fmt::format("<h3>{}</h3>\n", escape(text));
}

void Page::paragraph(std::string_view text) { body_ += fmt::format("<p>{}</p>\n", escape(text)); }

void Page::list(const std::vector<std::string>& items) {
  body_ += "<ul>";
  for (const std::string& item : items) body_ += fmt::format("<li>{}</li>\n", escape(item));
  body_ += "</ul>\n";
}

void Page::code(std::string_view text) {
  body_ += fmt::format("<pre tabindex=\"0\"><code>{}</code></pre>\n", escape(text));
}

void Page::table(const Row& header, const std::vector<Row>& rows) {
  body_ += table_html(header, rows);
}

void Page::figure(const LineChart& chart, std::string_view caption) {
  has_lines_ = true;
  body_ += figure_html(svg(chart), caption, "", table_of(chart));
}

void Page::figure(const HeatMap& chart, std::string_view caption) {
  const bool wide = chart.columns.size() > wide_columns;
  body_ += figure_html(svg(chart), caption, wide ? R"( class="wide")" : "", table_of(chart));
}

void Page::figure(const BarChart& chart, std::string_view caption) {
  body_ += figure_html(svg(chart), caption, "", table_of(chart));
}

void Page::figure(std::string_view svg, std::string_view caption) {
  body_ += figure_html(svg, caption, "", {});
}

void Page::details(std::string_view summary, const std::function<void()>& content) {
  body_ += fmt::format("<details><summary>{}</summary><div class=\"flow\">\n", escape(summary));
  content();
  body_ += "</div></details>\n";
}

void Page::markup(std::string_view html) { body_ += html; }

std::string Page::html() const {
  const std::string contents =
      headings_ > 2 ? fmt::format("<nav aria-label=\"Contents\"><ul>{}</ul></nav>\n", contents_)
                    : "";
  return fmt::format(
      R"(<!doctype html>
<html lang="{}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>{}</style></head>
<body><main class="flow">
<h1>{}</h1>
{}{}</main>{}</body></html>
)",
      language_, has_lines_ ? "; script-src 'unsafe-inline'" : "", title_, style, title_, contents,
      body_, has_lines_ ? fmt::format("\n<script>{}</script>", script) : "");
}

}  // namespace cadena
