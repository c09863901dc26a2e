// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/one_hot.hpp"

#include "storage/data/transforms/selection.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

class OneHotTransform : public FieldTransform {
 public:
  OneHotTransform(Selection selection, Layout layout, std::size_t classes)
      : FieldTransform(std::move(selection), layout),
        layout_(std::move(layout)),
        classes_(classes) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    for (std::size_t i = 0; i < selection_.blocks.size(); ++i) {
      const auto& block = selection_.blocks[i];
      for (std::size_t row = 0; row < rows; ++row) {
        const float* values = in.data() + row * selection_.width + block.begin;
        float* target = out.data() + row * layout_.width + layout_.to[i];
        std::fill_n(target, block.size * classes_, 0.0F);
        for (std::size_t at = 0; at < block.size; ++at, target += classes_) {
          const float value = values[at];
          if (!is_class(value)) return refuse(row, block.begin + at, value);
          target[static_cast<std::size_t>(value)] = 1;
        }
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["classes"] = classes_;
    return {{"one_hot", std::move(arguments)}};
  }

 private:
  bool is_class(float value) const {
    return value >= 0 && value < static_cast<float>(classes_) && value == std::floor(value);
  }
  Result<void> refuse(std::size_t row, std::size_t at, float value) const {
    return fail(Errc::kInvalid, "row {}: {} is {}; one_hot allows the integers 0 to {}", row,
                selection_.name(at), value, classes_ - 1);
  }

  Layout layout_;
  std::size_t classes_;
};

/// How many classes the columns have that label_index made of texts, when all have as many.
std::optional<std::int64_t> count_texts(const Selection& selection) {
  std::optional<std::int64_t> count;
  for (const auto& block : selection.blocks) {
    const auto& texts = selection.all[block.field].texts;
    const auto found = texts.find(selection.name(block));
    if (found == texts.end()) return std::nullopt;
    const auto own = static_cast<std::int64_t>(found->second.size());
    if (count && *count != own) return std::nullopt;
    count = own;
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<Transform>> make_one_hot(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("one_hot", json, "classes");
  auto selection = select(arguments, schema, Side::kLabels);
  const bool output_dim = arguments.find("output_dim") != nullptr;
  if (output_dim && arguments.find("classes") != nullptr) {
    arguments.problem("classes and output_dim are the same; allowed: one of them");
  }
  const auto classes = arguments.whole(output_dim ? "output_dim" : "classes",
                                       count_texts(selection), 1, kMostClasses);
  DK_TRY(arguments.finish());
  std::vector<std::vector<std::size_t>> shapes;
  for (const auto& block : selection.blocks) {
    shapes.push_back(block.size == 1 ? std::vector<std::size_t>()
                                     : selection.all[block.field].shape);
    shapes.back().push_back(static_cast<std::size_t>(classes));
  }
  auto layout = replace_each(selection, shapes);
  return std::make_unique<OneHotTransform>(std::move(selection), std::move(layout),
                                           static_cast<std::size_t>(classes));
}

}  // namespace dk::storage
