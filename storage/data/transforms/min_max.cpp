// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/min_max.hpp"

#include "storage/data/transforms/affine.hpp"
#include "storage/data/transforms/observed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::storage {
namespace {

using Interval = std::pair<double, double>;

class MinMaxTransform : public AffineTransform {
 public:
  MinMaxTransform(Selection selection, std::optional<Interval> from, Interval to)
      : AffineTransform(std::move(selection)), from_(from), to_(to) {
    if (!from_) return;
    for (std::size_t i = 0; i < selection_.inputs.size(); ++i) map(i, from_->first, from_->second);
  }

  void take(std::vector<double> min, std::vector<double> max) {
    min_ = std::move(min);
    max_ = std::move(max);
    for (std::size_t i = 0; i < min_.size(); ++i) map(i, min_[i], max_[i]);
    fitted_ = true;
  }

  bool fitted() const override { return from_ || fitted_; }

  void begin_pass() override {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    min_.assign(selection_.inputs.size(), kInfinity);
    max_.assign(selection_.inputs.size(), -kInfinity);
  }

  Result<void> observe(std::size_t rows, std::span<const float> in, const RowName& name) override {
    return observe_numbers("min_max", selection_, rows, in, name, [&](auto input, double value) {
      min_[input] = std::min(min_[input], value);
      max_[input] = std::max(max_[input], value);
    });
  }

  Result<void> end_pass() override {
    take(std::move(min_), std::move(max_));
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    if (from_) arguments["from"] = {from_->first, from_->second};
    arguments["to"] = {to_.first, to_.second};
    if (fitted_) {
      arguments["min"] = min_;
      arguments["max"] = max_;
    }
    return {{"min_max", std::move(arguments)}};
  }

 private:
  void map(std::size_t input, double from_low, double from_high) {
    const bool constant = from_low == from_high;
    const double scale = constant ? 0 : (to_.second - to_.first) / (from_high - from_low);
    set(input, scale, to_.first - from_low * scale);
  }

  std::optional<Interval> from_;
  Interval to_;
  bool fitted_ = false;
  std::vector<double> min_;
  std::vector<double> max_;
};

/// [low, high] under one name, or under dist-keras' two.
std::optional<Interval> read_interval(Arguments& arguments, const char* name, const char* low,
                                      const char* high) {
  auto interval = arguments.interval(name);
  const bool has_low = arguments.find(low) != nullptr;
  const bool has_high = arguments.find(high) != nullptr;
  if (!has_low && !has_high) return interval;
  if (interval || has_low != has_high) {
    arguments.problem(fmt::format("allowed: {}, or both {} and {}", name, low, high));
  }
  return Interval{arguments.number(low, 0), arguments.number(high, 1)};
}

}  // namespace

Result<std::unique_ptr<Transform>> make_min_max(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("min_max", json);
  auto selection = select(arguments, schema, Side::kFeatures);
  const auto from = read_interval(arguments, "from", "o_min", "o_max");
  const auto to = read_interval(arguments, "to", "n_min", "n_max").value_or(Interval{0, 1});
  auto min = arguments.numbers("min", selection.inputs.size());
  auto max = arguments.numbers("max", selection.inputs.size());
  if (from && !(from->first < from->second)) {
    arguments.problem(fmt::format("from is [{}, {}]; allowed: [min, max] with min below max",
                                  from->first, from->second));
  }
  if (min.has_value() != max.has_value() || (min && from)) {
    arguments.problem("min and max stand together, and without from");
  }
  DK_TRY(arguments.finish());
  auto transform = std::make_unique<MinMaxTransform>(std::move(selection), from, to);
  if (min) transform->take(std::move(*min), std::move(*max));
  return transform;
}

}  // namespace dk::storage
