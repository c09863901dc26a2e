// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/binary_label.hpp"

#include "storage/data/transforms/selection.hpp"

#include <cmath>

namespace dk::storage {
namespace {

class BinaryLabel : public FieldTransform {
 public:
  BinaryLabel(Selection selection, Layout layout, double label)
      : FieldTransform(std::move(selection), layout), layout_(std::move(layout)), label_(label) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    const auto label = static_cast<float>(label_);
    for (std::size_t i = 0; i < selection_.blocks.size(); ++i) {
      const std::size_t begin = selection_.blocks[i].begin;
      for (std::size_t row = 0; row < rows; ++row) {
        const float value = in[row * selection_.width + begin];
        if (std::isnan(value)) {
          return fail(Errc::kInvalid, "row {}: {} is missing; binary_label needs a number", row,
                      selection_.name(begin));
        }
        float* target = out.data() + row * layout_.width + layout_.to[i];
        target[0] = value == label ? 1.0F : 0.0F;
        target[1] = 1 - target[0];
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["label"] = label_;
    return {{"binary_label", std::move(arguments)}};
  }

 private:
  Layout layout_;
  double label_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_binary_label(const nlohmann::json& json,
                                                     const Schema& schema) {
  Arguments arguments("binary_label", json, "label");
  auto selection = select(arguments, schema, Side::kLabels);
  if (arguments.find("label") == nullptr) arguments.problem("label is missing: a number");
  const double label = arguments.number("label", 0);
  for (const auto& block : selection.blocks) {
    if (block.size == 1) continue;
    arguments.problem(fmt::format("'{}' has {} numbers; allowed: columns of one",
                                  selection.name(block), block.size));
  }
  DK_TRY(arguments.finish());
  const std::vector<std::vector<std::size_t>> shapes(selection.blocks.size(), {2});
  auto layout = replace_each(selection, shapes);
  return std::make_unique<BinaryLabel>(std::move(selection), std::move(layout), label);
}

}  // namespace dk::storage
