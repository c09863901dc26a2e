// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/standard.hpp"

#include "storage/data/transforms/affine.hpp"
#include "storage/data/transforms/observed.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

class Standard : public AffineTransform {
 public:
  Standard(Selection selection, std::string suffix)
      : AffineTransform(std::move(selection)), suffix_(std::move(suffix)) {
    for (const auto& block : selection_.blocks) name_behind(block) += suffix_;
  }

  void take(std::vector<double> mean, std::vector<double> stddev) {
    mean_ = std::move(mean);
    stddev_ = std::move(stddev);
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double scale = stddev_[i] == 0 ? 1 : 1 / stddev_[i];
      set(i, scale, -mean_[i] * scale);
    }
    fitted_ = true;
  }

  bool fitted() const override { return fitted_; }

  void begin_pass() override {
    count_ = 0;
    mean_.assign(selection_.inputs.size(), 0);
    stddev_.assign(selection_.inputs.size(), 0);
  }

  Result<void> observe(std::size_t rows, std::span<const float> in, const RowName& name) override {
    return observe_numbers("standard", selection_, rows, in, name, [&](auto input, double value) {
      if (input == 0) share_ = 1 / static_cast<double>(++count_);
      const double away = value - mean_[input];
      mean_[input] += away * share_;
      stddev_[input] += away * (value - mean_[input]);
    });
  }

  Result<void> end_pass() override {
    for (auto& squares : stddev_) squares = std::sqrt(squares / static_cast<double>(count_));
    take(std::move(mean_), std::move(stddev_));
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    if (!suffix_.empty()) arguments["suffix"] = suffix_;
    if (fitted_) {
      arguments["mean"] = mean_;
      arguments["stddev"] = stddev_;
    }
    return {{"standard", std::move(arguments)}};
  }

 private:
  std::string suffix_;
  bool fitted_ = false;
  std::uint64_t count_ = 0;
  double share_ = 1;  ///< 1 / count_
  std::vector<double> mean_;
  std::vector<double> stddev_;  ///< While fitting: the sum of squares about the mean.
};

}  // namespace

Result<std::unique_ptr<Transform>> make_standard(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("standard", json);
  auto selection = select(arguments, schema, Side::kFeatures);
  const auto suffixes = arguments.texts("suffix");
  if (suffixes.size() > 1) arguments.problem("suffix is a list; allowed: one text");
  auto mean = arguments.numbers("mean", selection.inputs.size());
  auto stddev = arguments.numbers("stddev", selection.inputs.size());
  if (mean.has_value() != stddev.has_value()) arguments.problem("mean and stddev stand together");
  if (stddev && std::any_of(stddev->begin(), stddev->end(), [](double s) { return s < 0; })) {
    arguments.problem("a stddev is below zero");
  }
  DK_TRY(arguments.finish());
  auto transform =
      std::make_unique<Standard>(std::move(selection), suffixes.empty() ? "" : suffixes.front());
  if (mean) transform->take(std::move(*mean), std::move(*stddev));
  return transform;
}

}  // namespace dk::storage
