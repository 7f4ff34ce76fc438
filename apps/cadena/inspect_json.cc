// SPDX-License-Identifier: MIT
#include <charconv>
#include <span>

#include "inspect_views.h"

namespace cadena {
namespace {

/// To five digits; nobody sees more.
Json number(double value) {
  char text[32];
  const char* const end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 4).ptr;
  std::from_chars(text, end, value);
  return value;
}

Json numbers(const auto& values) {
  Json all = Json::array();
  for (const auto value : values) all.push(number(value));
  return all;
}

/// A list of rows.
Json matrix(const auto& values, size_t columns) {
  Json rows = Json::array();
  for (size_t first = 0; first < values.size(); first += columns)
    rows.push(numbers(std::span(values).subspan(first, columns)));
  return rows;
}

Json texts(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const std::string& text : all) list.push(text);
  return list;
}

Json json_of(const Track& track) {
  const Saturation share = saturation(track);
  Json json = Json::object({{"name", track.name},
                            {"values", matrix(track.values, static_cast<size_t>(track.units))},
                            {"low", number(share.low)},
                            {"high", number(share.high)},
                            {"mean_size", numbers(mean_size(track))},
                            {"mean_change", numbers(mean_change(track))}});
  if (!track.gradient.empty()) json.push("gradient", numbers(track.gradient));
  return json;
}

Json json_of(const std::vector<Track>& tracks) {
  Json all = Json::array();
  for (const Track& track : tracks) all.push(json_of(track));
  return all;
}

Json json_of(const LayerRecord& layer) {
  Json json =
      Json::object({{"network", layer.network},
                    {"layer", layer.layer + 1},
                    {"direction", layer.reverse ? "backward" : "forward"},
                    {"cell", layer.cell},
                    {"states", json_of(layer.states)},
                    {"gates", json_of(layer.gates)},
                    {"triangle", matrix(layer.triangle, static_cast<size_t>(layer.steps))}});
  const Horizon horizon = memory_horizon(layer);
  if (!horizon.steps.empty())
    json.push("horizon",
              Json::object({{"by", told_by(horizon)}, {"steps", numbers(horizon.steps)}}));
  return json;
}

Json json_of(const Grid& grid) {
  return Json::object({{"name", grid.name},
                       {"rows", texts(grid.rows)},
                       {"columns", texts(grid.columns)},
                       {"values", matrix(grid.values, grid.columns.size())}});
}

}  // namespace

Json inspection_json(const Subject& subject, const Inspection& seen) {
  Json networks = Json::array(), answers = Json::array(), layers = Json::array(),
       grids = Json::array(), parts = Json::array();
  for (const Inspection::Network& network : seen.networks)
    networks.push(Json::object({{"name", network.name}, {"steps", texts(network.steps)}}));
  for (const Inspection::Answer& answer : seen.answers) {
    Json one = Json::object({{"text", answer.text}, {"probability", number(answer.probability)}});
    if (!answer.best.empty()) one.push("best", answer.best);
    answers.push(std::move(one));
  }
  for (const LayerRecord& layer : seen.observation.layers) layers.push(json_of(layer));
  for (const Grid& grid : seen.grids) grids.push(json_of(grid));
  for (const int part : seen.observation.parts) parts.push(part);
  return Json::object({{"schema_version", 1},
                       {"model", subject.model},
                       {"task", subject.task},
                       {"text", seen.text},
                       {"loss", number(seen.observation.loss)},
                       {"loss_is", seen.loss},
                       {"part_is", seen.part},
                       {"parts", std::move(parts)},
                       {"networks", std::move(networks)},
                       {"answers", std::move(answers)},
                       {"layers", std::move(layers)},
                       {"grids", std::move(grids)}});
}

}  // namespace cadena
