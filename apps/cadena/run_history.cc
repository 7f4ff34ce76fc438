// SPDX-License-Identifier: MIT
#include "run_history.h"

#include <string_view>

#include "cadena/base/error.h"
#include "metrics.h"

namespace cadena {
namespace {

constexpr size_t most_points = 1500;  // of a curve in the report

class Reader {
 public:
  explicit Reader(int64_t step) : step_(step) {}

  /// Takes a line of metrics.jsonl, or leaves it out: it is of a later step, or of an end.
  void add(std::string_view text) {
    const Json line = Json::parse(text);
    const std::string kind = text_in(line, "kind");
    const Json* const step = line.find("step");
    if (kind == "end" || (step && step->to_int() > step_)) return;
    so_far_.lines += std::string(text) + '\n';
    if (kind == "start") add_start(line);
    if (kind == "step") add_numbers(line, so_far_.history.batches);
    if (kind == "epoch") add_numbers(line, so_far_.history.epochs);
    if (kind == "warning") so_far_.history.warnings.push_back(text_in(line, "text"));
  }
  RunSoFar take() { return std::move(so_far_); }

 private:
  void add_start(const Json& line) {
    so_far_.date = text_in(line, "date");
    so_far_.command = text_in(line, "command");
    const Json* const baselines = line.find("baselines");
    if (!baselines) throw Error("expected \"baselines\"");
    for (const Json& baseline : baselines->items())
      so_far_.baselines.push_back({text_in(baseline, "name"), number_in(baseline, "score")});
  }

  static void add_numbers(const Json& line, std::map<std::string, Quantity>& curves) {
    const double x = number_in(line, "epoch");
    for (const auto& [name, value] : line.members())
      if (name != "kind" && name != "step" && !value.is_null())
        add_point(curves[name], x, value.to_double());
  }

  int64_t step_;
  RunSoFar so_far_;
};

}  // namespace

void add_point(Quantity& curve, double x, double y) {
  curve.x.push_back(x);
  curve.y.push_back(y);
  if (curve.x.size() < most_points) return;
  for (std::vector<double>* values : {&curve.x, &curve.y}) {
    for (size_t i = 0; 2 * i + 1 < values->size(); ++i) (*values)[i] = (*values)[2 * i + 1];
    values->resize(values->size() / 2);
  }
}

RunSoFar read_run_so_far(const std::string& folder, int64_t step) {
  Reader reader(step);
  read_metrics(folder, [&](std::string_view line, int64_t) { reader.add(line); });
  return reader.take();
}

}  // namespace cadena
