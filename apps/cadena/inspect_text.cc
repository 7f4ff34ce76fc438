// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cadena/base/utf8.h"
#include "inspect_views.h"

namespace cadena {
namespace {

constexpr size_t units_shown = 32, longest_shown = 5, widest_step = 18;

/// In so many columns; what is too long is cut.
std::string fitted(const std::string& text, size_t width) {
  const std::u32string points = code_points(text);
  if (points.size() <= width) return text + std::string(width - points.size(), ' ');
  std::string cut;
  for (size_t i = 0; i + 1 < width; ++i) cut += encode(points[i]);
  return cut + "…";
}

size_t width_of(const std::vector<std::string>& names, size_t least) {
  size_t width = least;
  for (const std::string& name : names) width = std::max(width, code_points(name).size());
  return std::min(width, widest_step);
}

/// 0 to 1 as a bar of one column.
std::string bar(double part) {
  constexpr const char* bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  return bars[std::isfinite(part) ? std::clamp(std::lround(part * 8), 0L, 8L) : 0];
}

/// What is below zero is red, the rest blue, if there are colours.
std::string strip(const std::vector<double>& values, double most, bool colour) {
  std::string text;
  for (const double value : values) {
    const std::string one = bar(most > 0 ? std::abs(value) / most : 0);
    text += !colour ? one : fmt::format("\x1b[{}m{}\x1b[0m", value < 0 ? 31 : 34, one);
  }
  return text;
}

double largest_of(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::ranges::max_element(values);
}

/// Of each step.
std::vector<double> means(const Track& track) {
  std::vector<double> all;
  const auto units = static_cast<size_t>(track.units);
  for (size_t first = 0; first < track.values.size(); first += units) {
    double sum = 0;
    for (size_t u = 0; u < units; ++u) sum += std::abs(track.values[first + u]);
    all.push_back(sum / static_cast<double>(units));
  }
  return all;
}

/// "0.42", "-": in a column under a name of that width.
std::string cell(double value, const std::string& name) {
  return fmt::format(" {:>{}.2f}", value, std::max<size_t>(5, code_points(name).size()));
}

std::string answers_text(const Inspection& seen) {
  const std::vector<std::string> steps = visible(seen.networks.back().steps);
  std::vector<std::string> texts;
  for (const Inspection::Answer& answer : seen.answers) texts.push_back(visible(answer.text));
  const bool each = texts.size() == steps.size();
  const size_t step_width = each ? width_of(steps, 6) : 0, width = width_of(texts, 6);
  std::string text = fitted("step", step_width) + fitted("  answer", width + 4) + "    p\n";
  for (size_t i = 0; i < texts.size(); ++i) {
    const Inspection::Answer& answer = seen.answers[i];
    text += fmt::format("{}  {}  {:.3f}{}\n", each ? fitted(steps[i], step_width) : "",
                        fitted(texts[i], width), answer.probability,
                        answer.best.empty() ? "" : "  likeliest: " + visible(answer.best));
  }
  return text;
}

/// Rows of attention: how much of each column, and the one with most.
std::string grid_text(const Grid& grid, bool colour) {
  const std::vector<std::string> rows = visible(grid.rows), columns = visible(grid.columns);
  const size_t width = width_of(rows, 4);
  std::string text = grid.name + "\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto* const first = grid.values.data() + i * columns.size();
    const std::vector<double> values(first, first + columns.size());
    const auto most = std::ranges::max_element(values);
    text += fmt::format("{}  {} {:.2f}", fitted(rows[i], width), strip(values, 1, colour), *most);
    if (columns.size() > 1) text += " " + columns[static_cast<size_t>(most - values.begin())];
    text += '\n';
  }
  return text;
}

/// A line each step: means of gates and states, the gradient, single units.
std::string steps_text(const LayerRecord& layer, const std::vector<std::string>& steps,
                       size_t width, bool colour) {
  std::vector<const Track*> tracks;
  for (const Track& gate : layer.gates) tracks.push_back(&gate);
  for (const Track& state : layer.states) tracks.push_back(&state);
  std::string text(width, ' ');
  std::vector<std::vector<double>> columns;
  for (const Track* track : tracks) {
    columns.push_back(means(*track));
    text += fmt::format(" {:>5}", track->name);
  }
  const Track& h = layer.states[0];
  const std::vector<int64_t> units = largest(mean_change(h), units_shown);
  text += fmt::format("  |dL/d{}|  {} of the {} units that change most\n", h.name, h.name,
                      units.size());
  double most = 0;
  for (const float value : h.values) most = std::max(most, double{std::abs(value)});
  const double steepest = largest_of(h.gradient);
  for (size_t t = 0; t < steps.size(); ++t) {
    text += fitted(steps[t], width);
    for (size_t i = 0; i < columns.size(); ++i) text += cell(columns[i][t], tracks[i]->name);
    std::vector<double> values;
    for (const int64_t unit : units)
      values.push_back(h.values[t * static_cast<size_t>(h.units) + static_cast<size_t>(unit)]);
    text +=
        fmt::format("  {:7.1e}{} {}\n", h.gradient[t],
                    bar(steepest > 0 ? h.gradient[t] / steepest : 0), strip(values, most, colour));
  }
  for (const bool high : {false, true}) {
    text += fitted(high ? "> 0.9" : "< 0.1", width);
    for (const Track* track : tracks) {
      const Saturation share = saturation(*track);
      text += fmt::format(" {:>{}.0f}%", 100 * (high ? share.high : share.low),
                          std::max<size_t>(5, code_points(track->name).size()) - 1);
    }
    text += '\n';
  }
  return text;
}

std::string memory_text(const LayerRecord& layer, const std::vector<int>& parts) {
  std::string text;
  const Horizon horizon = memory_horizon(layer);
  if (!horizon.steps.empty()) {
    std::vector<double> sorted;
    for (const double steps : horizon.steps)
      if (!std::isnan(steps)) sorted.push_back(steps);
    std::ranges::sort(sorted);
    text += fmt::format("memory in steps, by {}:", told_by(horizon));
    if (!sorted.empty()) text += fmt::format(" median {:.1f};", sorted[sorted.size() / 2]);
    for (const int64_t unit : largest(horizon.steps, longest_shown))
      text += fmt::format(" unit {}: {:.1f}", unit, horizon.steps[static_cast<size_t>(unit)]);
    text += '\n';
  }
  const std::vector<double> means = by_distance(layer, parts);
  for (size_t d = 0; d < means.size(); d = d < 2 ? d + 1 : 2 * d)
    text += fmt::format("{} {}: {:.1e}", d == 0 ? "|dE_t/ds_k| at distance" : ",", d, means[d]);
  return text + (means.empty() ? "" : "\n");
}

}  // namespace

std::string inspection_text(const Subject& subject, const Inspection& seen, bool colour) {
  std::string text = fmt::format("{}: {}; L = {:.4g}, {}\n\n{}", subject.model, subject.task,
                                 seen.observation.loss, seen.loss, answers_text(seen));
  for (const Grid& grid : seen.grids)
    if (grid.name == "attention") text += "\n" + grid_text(grid, colour);
  for (const LayerRecord& layer : seen.observation.layers) {
    const std::vector<std::string> steps =
        visible(seen.networks[static_cast<size_t>(layer.network)].steps);
    text +=
        fmt::format("\n{}: {} of {} units\n{}", title_of(layer, seen), layer.cell,
                    layer.states[0].units, steps_text(layer, steps, width_of(steps, 5), colour));
    text += memory_text(layer, seen.observation.parts);
  }
  return text;
}

}  // namespace cadena
