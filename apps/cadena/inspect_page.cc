// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cadena/report/page.h"
#include "inspect_views.h"

namespace cadena {
namespace {

/// Cells of a heat map of units and steps, about; and units, at most and at least.
constexpr size_t cells_shown = 4000, most_units = 40, least_units = 8, longest_shown = 20;
/// Norms smaller than the largest by more are shown as if they were this small.
constexpr double decades = 6;

const std::vector<std::string>& steps_of(const LayerRecord& layer, const Inspection& seen) {
  return seen.networks[static_cast<size_t>(layer.network)].steps;
}

/// "3 vive": tokens may come twice.
std::vector<std::string> numbered(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (size_t i = 0; i < names.size(); ++i)
    all.push_back(fmt::format("{} {}", i + 1, visible(names[i])));
  return all;
}

HeatMap heat_of(const Grid& grid, const std::string& title, const std::string& x,
                const std::string& y) {
  HeatMap chart{.title = title,
                .x_label = x,
                .y_label = y,
                .columns = visible(grid.columns),
                .rows = visible(grid.rows),
                .values = {grid.values.begin(), grid.values.end()}};
  chart.signed_values = std::ranges::any_of(chart.values, [](double v) { return v < 0; });
  return chart;
}

/// Steps as columns.
Grid turned(const Grid& grid) {
  Grid other{grid.name, grid.columns, grid.rows, {}};
  for (size_t k = 0; k < grid.columns.size(); ++k)
    for (size_t i = 0; i < grid.rows.size(); ++i)
      other.values.push_back(grid.values[i * grid.columns.size() + k]);
  return other;
}

/// Those that change most, by their state.
std::vector<int64_t> shown_units(const LayerRecord& layer) {
  const size_t count =
      std::clamp(cells_shown / static_cast<size_t>(layer.steps), least_units, most_units);
  return largest(mean_change(layer.states[0]), count);
}

HeatMap units_over_time(const Track& track, const std::vector<int64_t>& units,
                        const std::vector<std::string>& steps) {
  HeatMap chart{.title = track.name,
                .x_label = "step",
                .y_label = "unit",
                .columns = steps,
                .rows = {},
                .values = {}};
  for (const int64_t unit : units) {
    if (unit >= track.units) continue;
    chart.rows.push_back(std::to_string(unit));
    for (size_t i = static_cast<size_t>(unit); i < track.values.size();
         i += static_cast<size_t>(track.units))
      chart.values.push_back(track.values[i]);
  }
  chart.signed_values = std::ranges::any_of(chart.values, [](double v) { return v < 0; });
  return chart;
}

void add_answers(Page& page, const Inspection& seen) {
  page.heading("What it answered");
  page.paragraph(fmt::format("L, which all gradients are of, is {}: {:.4g}.", seen.loss,
                             seen.observation.loss));
  const std::vector<std::string>& steps = seen.networks.back().steps;
  const bool each = steps.size() == seen.answers.size();
  const bool others = std::ranges::any_of(
      seen.answers, [](const Inspection::Answer& answer) { return !answer.best.empty(); });
  std::vector<Page::Row> rows;
  for (size_t i = 0; i < seen.answers.size(); ++i) {
    const Inspection::Answer& answer = seen.answers[i];
    Page::Row& row = rows.emplace_back(
        Page::Row{visible(answer.text), fmt::format("{:.3f}", answer.probability)});
    if (each) row.insert(row.begin(), visible(steps[i]));
    if (others) row.push_back(visible(answer.best));
  }
  Page::Row header{"answer", "probability"};
  if (each) header.insert(header.begin(), "step");
  if (others) header.push_back("likelier");
  page.table(header, rows);
}

void add_grid(Page& page, const Grid& grid) {
  if (grid.name == "attention" && grid.columns.size() > 1)
    page.figure(heat_of(grid, "Attention", "source", "answer"),
                "How much each unit of the answer (rows) looks at each unit of the source "
                "(columns); a row sums to 1.");
  else if (grid.name == "attention")
    page.figure(heat_of(turned(grid), "Attention", "step", ""),
                "How much of each step the answer is made of; they sum to 1.");
  else if (grid.name == "transitions")
    page.figure(heat_of(grid, "Transitions", "to", "from"),
                "What the random field adds to the score of a label (columns) after another "
                "(rows), for any sentence. Blank: never.");
  else if (grid.name == "scores")
    page.figure(heat_of(turned(grid), "Scores", "step", "label"),
                "What the network gives each label at each step, before anything is said of "
                "their order.");
  else if (grid.name == "marginals")
    page.figure(heat_of(turned(grid), "Marginal probabilities", "step", "label"),
                "How probable each label is at each step, whatever the other labels are.");
  else if (grid.rows.size() > 1)
    page.figure(heat_of(turned(grid), "Probabilities", "step", ""),
                "What was thought probable after each step.");
  else {
    BarChart chart{.title = "Probabilities", .y_label = "p", .names = grid.columns, .values = {}};
    chart.values.assign(grid.values.begin(), grid.values.end());
    page.figure(chart, "How probable each class is.");
  }
}

/// log10, from so many decades below the largest.
std::vector<double> logarithms(const std::vector<double>& norms) {
  const double least = *std::ranges::max_element(norms) * std::pow(10, -decades);
  std::vector<double> all;
  for (const double norm : norms)
    all.push_back(norm > 0 ? std::log10(std::max(norm, least))
                           : std::numeric_limits<double>::quiet_NaN());
  return all;
}

void add_gradients(Page& page, const Inspection& seen) {
  page.heading("Gradients");
  for (size_t n = 0; n < seen.networks.size(); ++n) {
    LineChart chart{.title = fmt::format("|dL/dh| at each step of the {}", seen.networks[n].name),
                    .x_label = "step",
                    .y_label = "norm over all units",
                    .curves = {},
                    .log_y = true};
    for (const LayerRecord& layer : seen.observation.layers)
      if (layer.network == static_cast<int>(n)) {
        Curve& curve =
            chart.curves.emplace_back(Curve{title_of(layer, seen), {}, layer.states[0].gradient});
        for (int t = 1; t <= layer.steps; ++t) curve.x.push_back(t);
      }
    page.figure(chart,
                "How much the loss would change if the output of a layer did at that step: "
                "through the layers above and through all later steps.");
  }
  for (const LayerRecord& layer : seen.observation.layers) {
    if (layer.triangle.empty()) continue;
    HeatMap chart{.title = "log₁₀ |dE_t/ds_k|: " + title_of(layer, seen),
                  .x_label = "state at step k",
                  .y_label = "loss at step t",
                  .columns = numbered(steps_of(layer, seen)),
                  .rows = {},
                  .values = logarithms(layer.triangle)};
    const std::vector<std::string> all = numbered(seen.networks.back().steps);
    for (const int part : seen.observation.parts)
      chart.rows.push_back(all[static_cast<size_t>(part)]);
    page.figure(chart,
                fmt::format("How much E_t, {}, would change with a state: a row shows how far "
                            "back it reaches. On the other side of the diagonal stands what "
                            "comes through later answers. Blank: nothing.",
                            seen.part));
  }
}

void add_memory(Page& page, const LayerRecord& layer) {
  std::vector<Page::Row> rows;
  for (const auto* tracks : {&layer.gates, &layer.states})
    for (const Track& track : *tracks) {
      const Saturation share = saturation(track);
      const std::vector<double> sizes = mean_size(track), changes = mean_change(track);
      const int64_t big = largest(sizes, 1)[0], moved = largest(changes, 1)[0];
      rows.push_back({track.name, fmt::format("{:.0f} %", 100 * share.low),
                      fmt::format("{:.0f} %", 100 * share.high),
                      fmt::format("{}: {:.2f}", big, sizes[static_cast<size_t>(big)]),
                      fmt::format("{}: {:.2f}", moved, changes[static_cast<size_t>(moved)])});
    }
  page.table({"", "below 0.1", "above 0.9", "largest unit", "changes most"}, rows);
  const Horizon horizon = memory_horizon(layer);
  if (horizon.steps.empty()) return;
  BarChart chart{.title = "Memory of single units",
                 .y_label = "steps, by " + told_by(horizon),
                 .names = {},
                 .values = {}};
  for (const int64_t unit : largest(horizon.steps, longest_shown)) {
    chart.names.push_back(std::to_string(unit));
    chart.values.push_back(horizon.steps[static_cast<size_t>(unit)]);
  }
  page.figure(chart, fmt::format("The {} units that remember longest.", chart.names.size()));
}

void add_layer(Page& page, const LayerRecord& layer, const Inspection& seen) {
  page.heading(title_of(layer, seen));
  const std::vector<int64_t> units = shown_units(layer);
  const std::vector<std::string> steps = numbered(steps_of(layer, seen));
  page.paragraph(fmt::format(
      "{} of {} units. Below, the {} whose {} changes most from step to step, in that order.",
      layer.cell, layer.states[0].units, units.size(), layer.states[0].name));
  for (const Track& track : layer.states)
    page.figure(units_over_time(track, units, steps),
                fmt::format("State {} of each unit after each step.", track.name));
  for (const Track& track : layer.gates)
    page.figure(units_over_time(track, units, steps),
                fmt::format("{} of each unit at each step.", track.name));
  add_memory(page, layer);
}

}  // namespace

std::string inspection_page(const Subject& subject, const Inspection& seen) {
  const std::string name = subject.model.substr(subject.model.rfind('/') + 1);
  Page page(fmt::format("What {} does at each step", name));
  page.paragraph(seen.text.empty()
                     ? fmt::format("A model of '{}' and one input.", subject.task)
                     : fmt::format("A model of '{}' reads: {}", subject.task, seen.text));
  add_answers(page, seen);
  for (const Grid& grid : seen.grids) add_grid(page, grid);
  add_gradients(page, seen);
  for (const LayerRecord& layer : seen.observation.layers) add_layer(page, layer, seen);
  return page.html();
}

}  // namespace cadena
