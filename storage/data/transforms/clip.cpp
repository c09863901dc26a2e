// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/clip.hpp"

#include "storage/data/transforms/selection.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

class Clip : public FieldTransform {
 public:
  Clip(Selection selection, double low, double high)
      : FieldTransform(std::move(selection)), low_(low), high_(high) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    const auto low = static_cast<float>(low_);
    const auto high = static_cast<float>(high_);
    std::copy(in.begin(), in.end(), out.begin());
    for (std::size_t row = 0; row < rows; ++row) {
      float* values = out.data() + row * selection_.width;
      for (const std::size_t at : selection_.inputs) {
        if (values[at] < low) values[at] = low;
        if (values[at] > high) values[at] = high;
      }
    }
    return {};
  }

  bool elementwise() const override { return true; }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["range"] = {low_, high_};
    return {{"clip", std::move(arguments)}};
  }

 private:
  double low_;
  double high_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_clip(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("clip", json, "range");
  auto selection = select(arguments, schema, Side::kFeatures);
  if (arguments.find("range") == nullptr) arguments.problem("range is missing: [low, high]");
  const auto range = arguments.interval("range").value_or(std::pair{0.0, 1.0});
  if (!(range.first < range.second)) {
    arguments.problem(
        fmt::format("range is [{}, {}]; allowed: low below high", range.first, range.second));
  }
  DK_TRY(arguments.finish());
  return std::make_unique<Clip>(std::move(selection), range.first, range.second);
}

}  // namespace dk::storage
