// SPDX-License-Identifier: MIT
#include "run_history.h"

#include <string_view>

#include "cadena/base/error.h"
#include "cadena/base/file.h"
#include "run_folder.h"

namespace cadena {
namespace {

constexpr int64_t most_bytes = int64_t{1} << 30;
constexpr size_t most_points = 1500;  // of a curve in the report

class Reader {
 public:
  explicit Reader(int64_t step) : step_(step) {}

  /// Takes a line of metrics.jsonl, or leaves it out: it is of a later step, or of an end.
  void add(std::string_view text) {
    const Json line = Json::parse(text);
    const std::string kind = line.find("kind")->to_string();
    const Json* const step = line.find("step");
    if (kind == "end" || (step && step->to_int() > step_)) return;
    so_far_.lines += std::string(text) + '\n';
    if (kind == "start") add_start(line);
    if (kind == "step") add_numbers(line, so_far_.history.batches);
    if (kind == "epoch") add_numbers(line, so_far_.history.epochs);
    if (kind == "warning") so_far_.history.warnings.push_back(line.find("text")->to_string());
  }
  RunSoFar take() { return std::move(so_far_); }

 private:
  void add_start(const Json& line) {
    so_far_.date = line.find("date")->to_string();
    so_far_.command = line.find("command")->to_string();
    for (const Json& baseline : line.find("baselines")->items())
      so_far_.baselines.push_back(
          {baseline.find("name")->to_string(), baseline.find("score")->to_double()});
  }

  static void add_numbers(const Json& line, std::map<std::string, Quantity>& curves) {
    const double x = line.find("epoch")->to_double();
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
  const std::string path = folder + '/' + metrics_file, text = read_file(path, most_bytes);
  Reader reader(step);
  int64_t number = 0;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    ++number;
    try {
      reader.add(std::string_view(text).substr(begin, end - begin));
    } catch (const Error& error) {
      throw Error(Place{path, number}, error.message(), "was it written by 'cadena train'?");
    }
  }
  return reader.take();
}

}  // namespace cadena
