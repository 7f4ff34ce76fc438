// SPDX-License-Identifier: MIT
#include "run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "cadena/report/page.h"
#include "progress.h"

namespace cadena {
namespace {

constexpr double mostly = 0.8;  // share of the time that a gate is open, or closed

const Quantity* find(const std::map<std::string, Quantity>& curves, const std::string& name) {
  const auto found = curves.find(name);
  return found == curves.end() ? nullptr : &found->second;
}

Curve curve_of(const std::string& name, const Quantity& quantity, double unit = 1) {
  Curve curve{name, quantity.x, quantity.y};
  for (double& y : curve.y) y /= unit;
  return curve;
}

// All whose names begin so; what follows is what they are called.
std::vector<Curve> curves_under(const std::map<std::string, Quantity>& curves,
                                const std::string& prefix) {
  std::vector<Curve> found;
  for (const auto& [name, quantity] : curves)
    if (name.starts_with(prefix)) found.push_back(curve_of(name.substr(prefix.size()), quantity));
  return found;
}

class Story {
 public:
  Story(const RunFacts& facts, const RunHistory& history)
      : facts_(facts), history_(history), page_(title()) {}

  std::string html() {
    tell_outcome();
    tell_task();
    draw_learning();
    draw_gradients();
    draw_gates();
    draw_speed();
    show_examples();
    advise();
    return page_.html();
  }

 private:
  using Row = Page::Row;

  std::string title() const { return fmt::format("Training of {}", facts_.model); }
  std::string score_name() const { return facts_.measure.name; }
  bool better(double a, double b) const { return facts_.measure.smaller_is_better ? a < b : a > b; }

  const Baseline* best_baseline() const {
    const Baseline* best = nullptr;
    for (const Baseline& baseline : facts_.baselines)
      if (!best || better(baseline.score, best->score)) best = &baseline;
    return best;
  }

  void tell_outcome() {
    const TrainResult& result = history_.result;
    const std::string state = !history_.done    ? "still going on, or cut off"
                              : result.diverged ? "diverged"
                              : result.stopped  ? "interrupted"
                                                : "done";
    page_.paragraph(
        result.best_epoch == 0
            ? fmt::format("{} so far. The training is {}.", "No epoch was finished", state)
            : fmt::format("Best {} {:.2f} on the held-out data, in epoch {} of {}, after {}. The "
                          "training is {}.",
                          score_name(), result.best, result.best_epoch, history_.epoch,
                          duration(history_.seconds), state));
    if (!history_.warnings.empty()) {
      page_.subheading("What went wrong");
      page_.list(history_.warnings);
    }
  }

  void tell_task() {
    page_.heading("What was trained");
    page_.code(facts_.command);
    page_.code(facts_.summary);
    page_.table({"", ""}, {{"task", facts_.task},
                           {"held-out data", facts_.held_out.empty() ? "a part of the training data"
                                                                     : facts_.held_out},
                           {"begun", facts_.date},
                           {"program", facts_.version},
                           {"machine", facts_.machine}});
    page_.subheading("Settings that differ from the defaults");
    if (facts_.changes.empty()) page_.paragraph("None.");
    std::vector<Row> rows;
    for (const ChangedSetting& change : facts_.changes)
      rows.push_back({change.key, change.value, change.by_default, change.help});
    if (!rows.empty()) page_.table({"setting", "value", "default", "meaning"}, rows);
  }

  void draw_learning() {
    page_.heading("Learning");
    if (const Quantity* loss = find(history_.batches, "train/loss")) {
      std::vector<Curve> curves{curve_of("batches", *loss)};
      if (const Quantity* mean = find(history_.epochs, "train/epoch_loss"))
        curves.push_back(curve_of("epochs", *mean));
      page_.figure(LineChart{"Loss in training", "epoch", "per term", std::move(curves)},
                   "Of the batches, with dropout and other noise; the means of whole epochs stand "
                   "at their ends.");
    }
    if (const Quantity* score = find(history_.epochs, score_key(score_name()))) {
      std::vector<Level> levels;
      for (const Baseline& baseline : facts_.baselines)
        levels.push_back({baseline.name, baseline.score});
      page_.figure(
          LineChart{score_name() + " on held-out data",
                    "epoch",
                    score_name(),
                    {curve_of("network", *score)},
                    std::move(levels)},
          fmt::format("{} is better. {}", facts_.measure.smaller_is_better ? "Lower" : "Higher",
                      facts_.baselines.empty() ? "" : "Dashed: what naive methods reach."));
    }
    if (const Quantity* rate = find(history_.batches, "train/rate"))
      page_.figure(LineChart{"Learning rate", "epoch", "rate", {curve_of("rate", *rate)}},
                   "How far a step goes.");
    if (!facts_.baselines.empty()) draw_baselines();
  }

  void draw_baselines() {
    BarChart chart{
        .title = "Against naive methods", .y_label = score_name(), .names = {}, .values = {}};
    if (history_.result.best_epoch > 0) {
      chart.names.push_back("this network");
      chart.values.push_back(history_.result.best);
    }
    for (const auto& [name, score] : facts_.baselines) {
      chart.names.push_back(name);
      chart.values.push_back(score);
    }
    page_.figure(chart, "On the same held-out data.");
  }

  void draw_gradients() {
    const Quantity* norm = find(history_.batches, "train/gradient_norm");
    if (!norm) return;
    page_.heading("Gradients");
    std::vector<Level> levels;
    if (facts_.clip > 0) levels.push_back({"clipped at", facts_.clip});
    page_.figure(
        LineChart{"Norm of the whole gradient",
                  "epoch",
                  "norm, before clipping",
                  {curve_of("gradient", *norm)},
                  std::move(levels),
                  true},
        "The mean since the point before. Peaks that do not come back down announce a divergence.");
    page_.figure(LineChart{"By part of the network",
                           "epoch",
                           "norm, before clipping",
                           curves_under(history_.batches, "gradient_norm/"),
                           {},
                           true},
                 "Of single batches. A part far below the others hardly learns.");
  }

  // "gate/1.1/f/mean": of recurrent network 1, layer 1.
  void draw_gates() {
    std::map<std::string, std::map<std::string, std::vector<Curve>>>
        layers;  // [layer][mean, closed, open]
    for (const auto& [name, quantity] : history_.epochs) {
      if (!name.starts_with("gate/")) continue;
      const std::string path = name.substr(5);
      const size_t first = path.find('/'), last = path.rfind('/');
      layers[path.substr(0, first)][path.substr(last + 1)].push_back(
          curve_of(path.substr(first + 1, last - first - 1), quantity));
    }
    if (layers.empty()) return;
    page_.heading("Gates");
    page_.paragraph(
        "After each epoch, on one batch of the training data. 1.2 is the second layer of the first "
        "recurrent "
        "network. A gate that is always open or always closed has nothing to decide.");
    for (auto& [layer, curves] : layers) {
      page_.figure(LineChart{fmt::format("Mean of the gates, layer {}", layer), "epoch",
                             "from 0, closed, to 1, open", std::move(curves["mean"])},
                   "Over units, time steps and sequences.");
      std::vector<Curve> ends;
      for (const char* end : {"open", "closed"})
        for (Curve& curve : curves[end]) {
          curve.name += fmt::format(" {}", end);
          ends.push_back(std::move(curve));
        }
      page_.figure(
          LineChart{fmt::format("Saturated gates, layer {}", layer), "epoch", "share of all",
                    std::move(ends)},
          "Open: above 0.9. Closed: below 0.1. There the gradient of the gate itself is small.");
    }
  }

  void draw_speed() {
    page_.heading("Speed and memory");
    if (const Quantity* speed = find(history_.batches, "perf/tokens_per_s"))
      page_.figure(LineChart{"Speed",
                             "epoch",
                             "tokens a second, mean of the epoch so far",
                             {curve_of("training", *speed)}},
                   "Without evaluation.");
    if (const Quantity* memory = find(history_.batches, "sys/rss_bytes"))
      page_.figure(
          LineChart{"Memory", "epoch", "MiB, resident", {curve_of("process", *memory, 1 << 20)}},
          "All of the program, the data included.");
  }

  void show_examples() {
    for (const bool good : {false, true}) {
      std::vector<Row> rows;
      for (const ShownExample& example : history_.examples)
        if (example.good == good) rows.push_back({example.place, example.truth, example.answer});
      if (rows.empty()) continue;
      page_.heading(good ? "Best held-out examples" : "Worst held-out examples");
      page_.table({"where", "truth", "answer"}, rows);
    }
  }

  void advise() {
    page_.heading("What to do next");
    std::vector<std::string> advice;
    const TrainResult& result = history_.result;
    if (result.diverged) advice.emplace_back(divergence_hint);
    if (const Baseline* naive = best_baseline();
        naive && result.best_epoch > 0 && !better(result.best, naive->score))
      advice.push_back(fmt::format(
          "{} does as well without a network. Look at the data with 'cadena data check', then "
          "at train.rate and the size of the model.",
          naive->name));
    if (history_.done && result.best_epoch > 0 && result.best_epoch == history_.epoch)
      advice.emplace_back("The last epoch was the best: more of train.epochs may help.");
    else if (history_.done && result.best_epoch > 0 && 2 * result.best_epoch < history_.epoch)
      advice.emplace_back(
          "The best epoch came early: it learns the examples by heart. More data, more dropout or "
          "a "
          "smaller model may help.");
    advise_on_clipping(advice);
    advise_on_gates(advice);
    if (result.best_epoch > 0)
      advice.push_back(fmt::format(
          "'cadena eval {0} FILE' on data that nothing was chosen by tells the honest score, "
          "'cadena predict {0} FILE' what it is worth to you.",
          facts_.model));
    advice.emplace_back("'cadena runs compare A B' sets this training against others.");
    page_.list(advice);
  }

  void advise_on_clipping(std::vector<std::string>& advice) const {
    const Quantity* norm = find(history_.batches, "train/gradient_norm");
    if (!norm || facts_.clip <= 0) return;
    const auto clipped = std::ranges::count_if(norm->y, [&](double y) { return y > facts_.clip; });
    if (2 * clipped > std::ssize(norm->y))
      advice.push_back(fmt::format(
          "Most gradients are longer than train.clip = {:g}, so that steps have one length: "
          "try a larger one, or a smaller train.rate.",
          facts_.clip));
  }

  void advise_on_gates(std::vector<std::string>& advice) const {
    for (const auto& [name, quantity] : history_.epochs) {
      const bool open = name.ends_with("/open");
      if (!name.starts_with("gate/") || (!open && !name.ends_with("/closed"))) continue;
      if (quantity.y.back() > mostly)
        advice.push_back(fmt::format(
            "Gate {} is {} in {:.0f} % of all cases: such a layer may do with a simpler cell.",
            name.substr(5, name.rfind('/') - 5), open ? "open" : "closed",
            100 * quantity.y.back()));
    }
  }

  const RunFacts& facts_;
  const RunHistory& history_;
  Page page_;
};

}  // namespace

std::string score_key(const std::string& measure) {
  std::string key = "dev/";
  for (char letter : measure)
    key += std::isalnum(static_cast<unsigned char>(letter))
               ? static_cast<char>(std::tolower(static_cast<unsigned char>(letter)))
               : '_';
  return key;
}

std::string run_report(const RunFacts& facts, const RunHistory& history) {
  return Story(facts, history).html();
}

}  // namespace cadena
