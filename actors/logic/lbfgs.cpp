// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/lbfgs.hpp"

#include "actors/algorithms/sandblaster_lbfgs.hpp"
#include "base/check.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

namespace dk {
namespace {

using V = SandblasterLbfgs;
using Combination = VectorProgram::Combination;

constexpr double kSufficient = 1e-4;  ///< Armijo's c1
constexpr double kCurvature = 1e-10;
constexpr double kLeastShrink = 0.1;
constexpr double kMostShrink = 0.5;

constexpr std::uint32_t step_of(std::uint32_t pair) {
  return V::kPairs + 2 * pair;
}
constexpr std::uint32_t difference_of(std::uint32_t pair) {
  return V::kPairs + 2 * pair + 1;
}

}  // namespace

// -- passes -----------------------------------------------------------------------------

void Lbfgs::begin() {
  DK_CHECK(idle() && stopped_.empty(), "a pass begins behind the one before");
  phase_ = Phase::kOpening;
  ++programs_;
  loss_sum_ = 0;
}

Result<void> Lbfgs::evaluated() {
  DK_CHECK(open(), "an open pass is evaluated");
  const double loss = loss_sum_ / static_cast<double>(config_.samples);
  if (first() && !std::isfinite(loss))
    return fail(Errc::kInternal, "the loss of the initial weights is {}", loss);
  accepting_ = first() || (std::isfinite(loss) && loss <= loss_ + kSufficient * step_ * slope_);
  if (accepting_) {
    loss_ = loss;
  } else {
    retreat(loss);
  }
  phase_ = Phase::kClosing;
  ++programs_;
  return {};
}

/// The parabola has f(x) and g'd at 0 and the loss at a: its minimum is at -g'd a^2 / 2(f_a - f - a
/// g'd).
void Lbfgs::retreat(double loss) {
  direction_.clear();
  if (tried_ < config_.backtracks) {
    ++tried_;
    const double above = loss - loss_ - step_ * slope_;
    const double best = -slope_ * step_ / (2 * above);
    step_ *= std::isfinite(loss) ? std::clamp(best, kLeastShrink, kMostShrink) : kLeastShrink;
    return;
  }
  if (!pairs_.empty()) {
    pairs_.clear();
    return choose_gradient();
  }
  stopped_ = "no step along the gradient makes the loss smaller";
}

VectorProgram Lbfgs::program() const {
  DK_CHECK(phase_ == Phase::kOpening || phase_ == Phase::kClosing, "a program is to be run");
  VectorProgram program;
  program.number = programs_;
  const bool closing = phase_ == Phase::kClosing;
  program.first_block = (pass_ + (closing ? 1 : 0)) * config_.blocks_per_pass;
  auto& steps = program.combinations;
  if (!closing) {
    if (first()) steps.push_back({V::kAccepted, {{V::kCentre, 1}}});
    if (!direction_.empty()) steps.push_back({step_of(spare_), direction_});
    if (!first()) steps.push_back({V::kCentre, {{V::kAccepted, 1}, {step_of(spare_), step_}}});
    steps.push_back({V::kGradient, {}});
    return program;
  }
  if (!accepting_) {
    steps.push_back({V::kCentre, {{V::kAccepted, 1}}});
    return program;
  }
  const double share = 1 / static_cast<double>(config_.samples);
  if (!first()) {
    steps.push_back({step_of(spare_), {{V::kCentre, 1}, {V::kAccepted, -1}}});
    steps.push_back({difference_of(spare_), {{V::kGradient, share}, {V::kAcceptedGradient, -1}}});
    steps.push_back({V::kAccepted, {{V::kCentre, 1}}});
  }
  steps.push_back({V::kAcceptedGradient, {{V::kGradient, share}}});
  program.dots = wanted_dots();
  return program;
}

std::vector<VectorProgram::Dot> Lbfgs::wanted_dots() const {
  std::vector<VectorProgram::Dot> dots{{V::kAcceptedGradient, V::kAcceptedGradient}};
  if (first()) return dots;
  auto pairs = pairs_;
  pairs.push_back(spare_);
  for (const auto pair : pairs) {
    for (const auto vector : {step_of(pair), difference_of(pair)}) {
      dots.push_back({vector, V::kAcceptedGradient});
      dots.push_back({vector, difference_of(spare_)});
    }
  }
  return dots;
}

Result<void> Lbfgs::answered(std::span<const double> sums) {
  if (phase_ == Phase::kOpening) {
    direction_.clear();
    phase_ = Phase::kOpen;
    return {};
  }
  DK_CHECK(phase_ == Phase::kClosing, "a program was to be run");
  if (accepting_) {
    const auto wanted = wanted_dots();
    DK_CHECK(sums.size() == wanted.size(), "each scalar product has its sum");
    if (!std::ranges::all_of(sums, [](double sum) { return std::isfinite(sum); }))
      return fail(Errc::kInternal, "the gradient of pass {} is not finite", pass_ + 1);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      dots_[std::minmax(wanted[i].left, wanted[i].right)] = sums[i];
    if (!first()) keep_pair();
    choose_direction();
  }
  ++pass_;
  phase_ = Phase::kIdle;
  return {};
}

// -- the direction ----------------------------------------------------------------------

double Lbfgs::dot(std::uint32_t left, std::uint32_t right) const {
  return dots_.at(std::minmax(left, right));
}

void Lbfgs::keep_pair() {
  const auto y = difference_of(spare_);
  if (dot(step_of(spare_), y) <= kCurvature * dot(y, y)) return;
  pairs_.push_back(spare_);
  if (pairs_.size() <= config_.history) {
    std::vector<bool> used(config_.history + 1, false);
    for (const auto pair : pairs_) used[pair] = true;
    spare_ = static_cast<std::uint32_t>(std::ranges::find(used, false) - used.begin());
  } else {
    spare_ = pairs_.front();
    pairs_.erase(pairs_.begin());
  }
  std::erase_if(dots_, [&](const auto& entry) {
    const auto of_spare = [&](std::uint32_t vector) {
      return vector == step_of(spare_) || vector == difference_of(spare_);
    };
    return of_spare(entry.first.first) || of_spare(entry.first.second);
  });
}

void Lbfgs::choose_gradient() {
  direction_ = {{V::kAcceptedGradient, -1}};
  slope_ = -dot(V::kAcceptedGradient, V::kAcceptedGradient);
  step_ = std::min(1.0, 1 / std::sqrt(-slope_));
  tried_ = 0;
}

void Lbfgs::choose_direction() {
  choose_gradient();
  if (slope_ == 0) {
    stopped_ = "the gradient is zero";
    return;
  }
  if (pairs_.empty()) return;
  // The vector of the recursion, as factors of g, s_i and y_i.
  std::map<std::uint32_t, double> factors{{V::kAcceptedGradient, 1}};
  const auto times = [&](std::uint32_t vector) {
    double sum = 0;
    for (const auto& [other, factor] : factors) sum += factor * dot(vector, other);
    return sum;
  };
  std::map<std::uint32_t, double> first_loop;
  for (const auto pair : std::views::reverse(pairs_)) {
    const auto y = difference_of(pair);
    first_loop[pair] = times(step_of(pair)) / dot(step_of(pair), y);
    factors[y] -= first_loop[pair];
  }
  const auto newest = pairs_.back();
  const double scale = dot(step_of(newest), difference_of(newest)) /
                       dot(difference_of(newest), difference_of(newest));
  for (auto& [vector, factor] : factors) factor *= scale;
  for (const auto pair : pairs_) {
    const auto y = difference_of(pair);
    factors[step_of(pair)] += first_loop[pair] - times(y) / dot(step_of(pair), y);
  }
  const double slope = -times(V::kAcceptedGradient);
  if (!(slope < 0) || !std::isfinite(slope)) return pairs_.clear();
  slope_ = slope;
  step_ = 1;
  direction_.clear();
  for (const auto& [vector, factor] : factors) direction_.push_back({vector, -factor});
}

// -- the record -------------------------------------------------------------------------

namespace {

/// JSON has no infinity; a sum that is none is as good as no number.
double number_of(const nlohmann::json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

nlohmann::json Lbfgs::to_json() const {
  auto direction = nlohmann::json::array();
  for (const auto& term : direction_)
    direction.push_back(nlohmann::json::array({term.vector, term.factor}));
  auto dots = nlohmann::json::array();
  for (const auto& [pair, value] : dots_)
    dots.push_back(nlohmann::json::array({pair.first, pair.second, value}));
  return {{"phase", static_cast<int>(phase_)},
          {"pass", pass_},
          {"programs", programs_},
          {"loss_sum", loss_sum_},
          {"loss", loss_},
          {"slope", slope_},
          {"step", step_},
          {"tried", tried_},
          {"accepting", accepting_},
          {"pairs", pairs_},
          {"spare", spare_},
          {"direction", std::move(direction)},
          {"dots", std::move(dots)},
          {"stopped", stopped_}};
}

Result<void> Lbfgs::restore(const nlohmann::json& json) {
  Lbfgs state(config_);
  const auto wrong = [] {
    return fail(Errc::kCorrupt, "an L-BFGS coordinator's state is not one");
  };
  const auto is_pair = [&](const nlohmann::json& item) {
    return item.is_number_unsigned() && item.get<std::uint64_t>() <= config_.history;
  };
  const auto is_vector = [&](const nlohmann::json& item) {
    return item.is_number_unsigned() && item.get<std::uint64_t>() <= difference_of(config_.history);
  };
  if (!json.is_object()) return wrong();
  const auto at = [&](const char* key) { return json.value(key, nlohmann::json()); };
  const auto phase = at("phase");
  if (!phase.is_number_integer() || phase < 0 || phase > static_cast<int>(Phase::kClosing) ||
      !at("pass").is_number_unsigned() || !at("programs").is_number_unsigned() ||
      !at("tried").is_number_unsigned() || !at("accepting").is_boolean() ||
      !at("pairs").is_array() || !is_pair(at("spare")) || !at("direction").is_array() ||
      !at("dots").is_array() || !at("stopped").is_string()) {
    return wrong();
  }
  state.phase_ = static_cast<Phase>(phase.get<int>());
  state.pass_ = at("pass").get<std::uint64_t>();
  state.programs_ = at("programs").get<std::uint64_t>();
  state.loss_sum_ = number_of(at("loss_sum"));
  state.loss_ = number_of(at("loss"));
  state.slope_ = number_of(at("slope"));
  state.step_ = number_of(at("step"));
  state.tried_ = at("tried").get<std::uint32_t>();
  state.accepting_ = at("accepting").get<bool>();
  state.spare_ = at("spare").get<std::uint32_t>();
  state.stopped_ = at("stopped").get<std::string>();
  for (const auto& item : json["pairs"]) {
    if (!is_pair(item)) return wrong();
    state.pairs_.push_back(item.get<std::uint32_t>());
  }
  for (const auto& item : json["direction"]) {
    if (!item.is_array() || item.size() != 2 || !is_vector(item[0])) return wrong();
    state.direction_.push_back({item[0].get<std::uint32_t>(), number_of(item[1])});
  }
  for (const auto& item : json["dots"]) {
    if (!item.is_array() || item.size() != 3 || !is_vector(item[0]) || !is_vector(item[1]))
      return wrong();
    state.dots_[{item[0].get<std::uint32_t>(), item[1].get<std::uint32_t>()}] = number_of(item[2]);
  }
  *this = std::move(state);
  return {};
}

}  // namespace dk
