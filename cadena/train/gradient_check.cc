// SPDX-License-Identifier: MIT
#include "cadena/train/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cadena/autograd/tape.h"
#include "cadena/base/compute.h"
#include "cadena/base/error.h"

namespace cadena {
namespace {

constexpr double largest_move = 0.4;  // of a value by the first step, on average
constexpr int halvings = 12;          // of that step, at most
constexpr double deviations = 4;      // of the noise that count as explained
constexpr double tolerance = 0.01;    // of a slope
constexpr double rounding = 1e-5;     // of the norm of a gradient
constexpr double clear = 0.1;   // of the norm: what may be explained along the gradient itself
constexpr uint64_t places = 4;  // where an error must be, beside where it was found
constexpr float reach = 0.03f;  // how far values move to there, at most
constexpr double least_noise = 0x1p-25;  // of the loss: it is a float

/// Some values of a parameter and how far each moves, to a length of 1.
struct Direction {
  std::string name;
  std::vector<int64_t> at{};
  std::vector<double> by{};

  void scale_to_one() {
    double squares = 0;
    for (double v : by) squares += v * v;
    for (double& v : by) v /= std::sqrt(squares);
  }
  double spread() const {  // √n if n values move by the same
    double sum = 0;
    for (double v : by) sum += std::abs(v);
    return sum;
  }
};

/// What the losses at two points, one step in a direction and one against it, tell.
struct Difference {
  double error;  ///< of the slope: the central difference less what the gradient expects
  double bend;   ///< by how much the slopes on both sides differ
};

class Checker {
 public:
  Checker(Trainee& trainee, uint64_t seed) : trainee_(trainee), seed_(seed) {
    Visitor visitor([&](const std::string& name, Tensor& parameter) {
      names_.push_back(name);
      parameters_.push_back(parameter);
    });
    trainee.visit(visitor);
  }

  GradientCheck run(const std::function<void(const ParameterCheck&)>& done) {
    const std::vector<Tensor> first = values();
    move(first, reach, Rng(seed_, 1));  // weights that start at 0 would hide faults of others
    here_ = differentiate();
    check_.loss = here_.loss;
    check_.noise = std::max(noise(), least_noise * std::abs(check_.loss));
    for (size_t i = 0; i < parameters_.size(); ++i) {
      check_.parameters.push_back(check(i));
      if (done) done(check_.parameters.back());
    }
    move(first, 0, Rng(seed_));
    return check_;
  }

 private:
  // The same batch and the same choices within it each time.
  Tensor loss() const {
    Rng rng(seed_);
    if (trainee_.start_epoch(rng) == 0) throw Error("there is no batch to learn from");
    return trainee_.loss(0).sum;
  }
  double loss_value() const { return double{loss().item()}; }

  /// The loss and the gradients of all parameters where these stand.
  struct Point {
    double loss = 0;
    std::vector<std::vector<double>> gradients{};
  };
  Point differentiate() const {
    Tape tape;
    const Tensor sum = loss();
    tape.backward(sum);
    Point point{double{sum.item()}};
    if (!std::isfinite(point.loss))
      throw Error("the loss of the first batch is not finite", divergence_hint, Fault::diverged);
    for (const Tensor& parameter : parameters_) {
      std::vector<double>& gradient = point.gradients.emplace_back(parameter.size(), 0.0);
      if (parameter.has_grad()) std::copy_n(parameter.grad(), parameter.size(), gradient.begin());
      parameter.clear_grad();
    }
    return point;
  }

  std::vector<Tensor> values() const {
    std::vector<Tensor> copies;
    for (const Tensor& parameter : parameters_) copies.push_back(parameter.clone());
    return copies;
  }
  // From where they stood each by its own random part of `reach`.
  void move(const std::vector<Tensor>& from, float reach, Rng rng) const {
    for (size_t i = 0; i < from.size(); ++i)
      for (int64_t j = 0; j < from[i].size(); ++j)
        parameters_[i].data()[j] =
            from[i].data()[j] + (reach == 0 ? 0 : rng.uniform(-reach, reach));
  }

  // Fourth differences of the loss over nine points that lie close together: what is smooth
  // vanishes in them (Hamming; Moré and Wild, "Estimating computational noise", 2011).
  double noise() const {
    constexpr int points = 9, order = 4;
    constexpr float spacing = 1e-5f;
    std::vector<double> losses;
    const std::vector<Tensor> before = values();
    for (int point = 0; point < points; ++point) {
      move(before, static_cast<float>(point) * spacing, Rng(seed_, 2));
      losses.push_back(loss_value());
    }
    move(before, 0, Rng(seed_));
    for (int k = 0; k < order; ++k) {
      for (size_t i = 0; i + 1 < losses.size(); ++i) losses[i] = losses[i + 1] - losses[i];
      losses.pop_back();
    }
    double squares = 0;
    for (double v : losses) squares += v * v;
    constexpr double binomial = 70;  // (2·order)! / (order!)²
    return std::sqrt(squares / binomial / static_cast<double>(losses.size()));
  }

  ParameterCheck check(size_t number) {
    const std::vector<double>& gradient = here_.gradients[number];
    ParameterCheck result{.name = names_[number], .shape = parameters_[number].shape()};
    for (double g : gradient) result.norm += g * g;
    result.norm = std::sqrt(result.norm);
    Rng rng(seed_, 3 + number);
    for (const Direction& direction : directions(gradient, result.norm, rng)) {
      SlopeProbe& one = result.probes.emplace_back(probe(number, direction, result.norm));
      for (uint64_t place = 1; place <= places && one.suspicious(); ++place)
        one = probe_elsewhere(number, direction, result.norm, place);
    }
    return result;
  }

  // A kink of the loss that spoils differences stands in one place, a wrong gradient everywhere.
  SlopeProbe probe_elsewhere(size_t number, const Direction& direction, double norm,
                             uint64_t place) {
    const std::vector<Tensor> before = values();
    move(before, reach, Rng(seed_ + place, 2));
    std::swap(here_, there_ = differentiate());
    const SlopeProbe result = probe(number, direction, norm);
    std::swap(here_, there_);
    move(before, 0, Rng(seed_));
    return result;
  }

  static std::vector<Direction> directions(const std::vector<double>& gradient, double norm,
                                           Rng& rng);
  Difference difference(size_t number, const Direction& direction, double h) const;
  SlopeProbe probe(size_t number, const Direction& direction, double norm) const;

  Trainee& trainee_;
  uint64_t seed_;
  std::vector<std::string> names_;
  std::vector<Tensor> parameters_;
  Point here_, there_;
  GradientCheck check_;
};

// The gradient itself, a random direction, the element of the largest gradient, one of those that
// have one and one of all.
std::vector<Direction> Checker::directions(const std::vector<double>& gradient, double norm,
                                           Rng& rng) {
  std::vector<Direction> all;
  Direction random{.name = "random direction"};
  std::vector<int64_t> some;  // that have a gradient
  for (int64_t i = 0; i < std::ssize(gradient); ++i) {
    random.at.push_back(i);
    random.by.push_back(double{rng.normal()});
    if (gradient[static_cast<size_t>(i)] != 0) some.push_back(i);
  }
  if (gradient.empty()) return all;
  random.scale_to_one();
  std::vector<int64_t> elements;
  const auto draw = [&](uint64_t many) {
    return static_cast<int64_t>(rng.below(static_cast<uint32_t>(many)));
  };
  if (norm > 0) {
    Direction own{.name = "gradient"};
    for (int64_t i : some) {
      own.at.push_back(i);
      own.by.push_back(gradient[static_cast<size_t>(i)]);
    }
    own.scale_to_one();
    all.push_back(std::move(own));
    const auto smaller = [](double a, double b) { return std::abs(a) < std::abs(b); };
    elements.push_back(std::ranges::max_element(gradient, smaller) - gradient.begin());
    elements.push_back(some[static_cast<size_t>(draw(some.size()))]);
  }
  elements.push_back(draw(gradient.size()));
  all.push_back(std::move(random));
  for (int64_t i : elements)
    all.push_back({.name = "element " + std::to_string(i), .at = {i}, .by = {1}});
  return all;
}

// The gradient is multiplied by how far the values moved indeed: they are float numbers.
Difference Checker::difference(size_t number, const Direction& direction, double h) const {
  const Tensor& parameter = parameters_[number];
  const std::vector<double>& gradient = here_.gradients[number];
  std::vector<float> before;
  for (int64_t i : direction.at) before.push_back(parameter.data()[i]);
  double expected = 0, losses[2];
  for (const int side : {0, 1}) {
    const double sign = side == 0 ? 1 : -1;
    for (size_t k = 0; k < before.size(); ++k) {
      const int64_t i = direction.at[k];
      float& value = parameter.data()[i];
      value = static_cast<float>(double{before[k]} + sign * h * direction.by[k]);
      expected += sign * gradient[static_cast<size_t>(i)] * double{value};
    }
    losses[side] = loss_value();
  }
  for (size_t k = 0; k < before.size(); ++k) parameter.data()[direction.at[k]] = before[k];
  return {(losses[0] - losses[1] - expected) / (2 * h),
          (losses[0] - 2 * here_.loss + losses[1]) / h};
}

SlopeProbe Checker::probe(size_t number, const Direction& direction, double norm) const {
  const std::vector<double>& gradient = here_.gradients[number];
  SlopeProbe result{.along = direction.name, .explained = std::numeric_limits<double>::infinity()};
  for (size_t k = 0; k < direction.at.size(); ++k)
    result.slope += direction.by[k] * gradient[static_cast<size_t>(direction.at[k])];
  double h = largest_move * direction.spread();
  if (result.slope != 0)  // a loss that falls to nothing is not followed to there
    h = std::min(h, std::abs(here_.loss / result.slope) / 2);
  Difference coarse = difference(number, direction, h);
  double before = 0;
  for (int halving = 1; halving <= halvings; ++halving) {
    h /= 2;
    const Difference fine = difference(number, direction, h);
    // Of a smooth loss the change falls to a quarter each time and the bend to a half; with kinks
    // nearby (rectifiers, maxima) the change falls to a half, and some of the bend stays.
    const double change = std::abs(fine.error - coarse.error);
    const double kink = std::abs(2 * fine.bend - coarse.bend);
    const double noise = deviations * check_.noise / h;
    const double explained = 2 * std::max(change, before / 2) + kink + noise;
    if (halving > 1 && explained < result.explained) {
      result.explained = explained;
      result.error = (4 * fine.error - coarse.error) / 3;  // Richardson
    }
    if (noise > result.explained) break;  // smaller steps say less
    coarse = fine;
    before = change;
  }
  result.allowed = result.explained + tolerance * std::abs(result.slope) + rounding * norm;
  return result;
}

}  // namespace

const SlopeProbe& ParameterCheck::worst() const {
  return *std::ranges::max_element(probes, {}, [](const SlopeProbe& probe) {
    const double part = std::abs(probe.error) / probe.allowed;
    return std::isnan(part) ? 0 : part;
  });
}

ParameterCheck::Verdict ParameterCheck::verdict() const {
  if (std::ranges::any_of(probes, &SlopeProbe::suspicious)) return Verdict::suspicious;
  for (const SlopeProbe& probe : probes) {
    if (!std::isfinite(probe.explained)) return Verdict::unclear;
    if (probe.along == "gradient" && probe.explained > clear * norm) return Verdict::unclear;
  }
  return Verdict::ok;
}

GradientCheck check_gradients_of(Trainee& trainee, const TrainOptions& options,
                                 const std::function<void(const ParameterCheck&)>& done) {
  const ComputeScope scope({.memory = int64_t{options.memory} << 20});
  return Checker(trainee, options.seed).run(done);
}

}  // namespace cadena
