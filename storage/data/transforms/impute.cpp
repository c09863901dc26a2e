// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/impute.hpp"

#include "storage/data/transforms/column_statistics.hpp"
#include "storage/data/transforms/observed.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

std::unique_ptr<ColumnStatistics> make_statistics(const std::string& strategy, std::size_t count) {
  if (strategy == "median") return std::make_unique<ColumnMedians>(count);
  if (strategy == "most_frequent") return std::make_unique<ColumnModes>(count);
  return std::make_unique<ColumnMeans>(count);
}

class Impute : public FieldTransform {
 public:
  Impute(Selection selection, std::string strategy)
      : FieldTransform(std::move(selection)), strategy_(std::move(strategy)) {}

  void take(std::vector<double> values) {
    given_ = std::move(values);
    values_.assign(given_.begin(), given_.end());
    statistics_ = nullptr;
  }

  bool elementwise() const override { return true; }
  bool fitted() const override { return !given_.empty(); }

  void begin_pass() override {
    if (!statistics_) statistics_ = make_statistics(strategy_, selection_.inputs.size());
    statistics_->begin_pass();
  }

  Result<void> observe(std::size_t rows, std::span<const float> in, const RowName& name) override {
    return observe_present("impute", selection_, rows, in, name, [&](auto input, double value) {
      statistics_->take(input, static_cast<float>(value));
    });
  }

  Result<void> end_pass() override {
    const auto last = statistics_->end_pass();
    if (!last) return fail_in("impute", last.error());
    std::vector<double> values;
    for (std::size_t i = 0; i < selection_.inputs.size(); ++i) {
      if (statistics_->count(i) == 0) {
        return fail(Errc::kInvalid,
                    "impute: {} has no value in the training set; drop it, or use strategy: "
                    "constant",
                    selection_.name(selection_.inputs[i]));
      }
      if (*last) values.push_back(statistics_->value(i));
    }
    if (*last) take(std::move(values));
    return {};
  }

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    std::copy(in.begin(), in.end(), out.begin());
    for (std::size_t row = 0; row < rows; ++row) {
      float* values = out.data() + row * selection_.width;
      for (std::size_t i = 0; i < values_.size(); ++i) {
        float& value = values[selection_.inputs[i]];
        if (std::isnan(value)) value = values_[i];
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["strategy"] = strategy_;
    if (fitted()) {
      if (strategy_ == "constant") {
        arguments["fill_value"] = given_.front();
      } else {
        arguments["values"] = given_;
      }
    }
    return {{"impute", std::move(arguments)}};
  }

 private:
  std::string strategy_;
  std::unique_ptr<ColumnStatistics> statistics_;
  std::vector<double> given_;  ///< Empty: not fitted.
  std::vector<float> values_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_impute(const nlohmann::json& json, const Schema& schema) {
  static const std::vector<std::string> kStrategies = {"constant", "mean", "median",
                                                       "most_frequent"};
  Arguments arguments("impute", json, "strategy");
  auto selection = select(arguments, schema, Side::kFeatures);
  const auto strategy = arguments.choice("strategy", "mean", kStrategies);
  const bool constant = strategy == "constant";
  const std::size_t count = selection.inputs.size();
  if (!constant && arguments.find("fill_value") != nullptr) {
    arguments.problem("fill_value belongs to strategy: constant");
  }
  const double fill_value = arguments.number("fill_value", 0);
  auto values = arguments.numbers("values", count);
  if (constant && values) arguments.problem("values stands beside strategy: constant");
  if (strategy == "median" && count > ColumnMedians::kMostColumns) {
    arguments.problem(fmt::format("strategy is median for {} numbers per row; allowed: up to {}",
                                  count, ColumnMedians::kMostColumns));
  }
  DK_TRY(arguments.finish());
  auto transform = std::make_unique<Impute>(std::move(selection), strategy);
  if (constant) values.emplace(count, fill_value);
  if (values) transform->take(std::move(*values));
  return transform;
}

}  // namespace dk::storage
