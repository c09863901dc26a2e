// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/label_index.hpp"

#include "storage/data/transforms/selection.hpp"

#include <limits>

namespace dk::storage {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

class LabelIndex : public FieldTransform {
 public:
  LabelIndex(Selection selection, Layout layout, double threshold, std::int64_t default_index)
      : FieldTransform(std::move(selection), layout),
        layout_(std::move(layout)),
        threshold_(threshold),
        default_index_(default_index) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    for (std::size_t i = 0; i < selection_.blocks.size(); ++i) {
      const auto& block = selection_.blocks[i];
      for (std::size_t row = 0; row < rows; ++row) {
        out[row * layout_.width + layout_.to[i]] =
            index_of(in.subspan(row * selection_.width + block.begin, block.size));
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["activation_threshold"] = threshold_;
    arguments["default_index"] = default_index_;
    return {{"label_index", std::move(arguments)}};
  }

 private:
  float index_of(std::span<const float> values) const {
    const auto threshold = static_cast<float>(threshold_);
    float largest = -std::numeric_limits<float>::infinity();
    auto index = static_cast<float>(default_index_);
    bool found = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] >= threshold) return static_cast<float>(i);
      if (values[i] > largest || (!found && values[i] == largest)) {
        largest = values[i];
        index = static_cast<float>(i);
        found = true;
      }
    }
    return index;
  }

  Layout layout_;
  double threshold_;
  std::int64_t default_index_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_label_index(const nlohmann::json& json,
                                                    const Schema& schema) {
  constexpr double kThreshold = 0.55;
  Arguments arguments("label_index", json);
  auto selection = select(arguments, schema, Side::kLabels);
  const double threshold = arguments.number("activation_threshold", kThreshold);
  const auto default_index = arguments.whole("default_index", 0, 0, kMostClasses - 1);
  const auto size = arguments.whole("output_dim", 0, 1, kMostClasses);
  for (const auto& block : selection.blocks) {
    if (size == 0 || block.size == static_cast<std::size_t>(size)) continue;
    arguments.problem(fmt::format("output_dim is {}, but '{}' has {} numbers", size,
                                  selection.name(block), block.size));
  }
  DK_TRY(arguments.finish());
  const std::vector<std::vector<std::size_t>> shapes(selection.blocks.size());
  auto layout = replace_each(selection, shapes);
  return std::make_unique<LabelIndex>(std::move(selection), std::move(layout), threshold,
                                      default_index);
}

}  // namespace dk::storage
