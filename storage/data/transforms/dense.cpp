// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/dense.hpp"

#include "storage/data/transforms/affine.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

constexpr std::int64_t kMostSize = 10'000'000;

/// {"dense": {}}
class AlreadyDense : public AffineTransform {
 public:
  using AffineTransform::AffineTransform;
  explicit AlreadyDense(Selection selection) : AffineTransform(std::move(selection)) {}
  nlohmann::json config() const override { return {{"dense", selection_.arguments()}}; }
};

class Dense : public FieldTransform {
 public:
  /// `indices` and `values` begin there in a row; without values, `values` is empty.
  Dense(Selection selection, Layout layout, std::size_t size, Selection::Block indices,
        std::optional<Selection::Block> values)
      : FieldTransform(std::move(selection), layout),
        layout_(std::move(layout)),
        size_(size),
        indices_(indices),
        values_(values) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    for (std::size_t row = 0; row < rows; ++row) {
      const float* from = in.data() + row * selection_.width;
      float* to = out.data() + row * layout_.width + layout_.to.front();
      std::fill_n(to, size_, 0.0F);
      for (std::size_t k = 0; k < indices_.size; ++k) {
        const float index = from[indices_.begin + k];
        if (std::isnan(index) || index == -1) continue;
        if (!(index >= 0) || index >= static_cast<float>(size_) || index != std::floor(index)) {
          return fail(Errc::kInvalid, "row {}: {} is {}; dense allows the integers 0 to {}, or -1",
                      row, selection_.name(indices_.begin + k), index, size_ - 1);
        }
        to[static_cast<std::size_t>(index)] += values_ ? from[values_->begin + k] : 1.0F;
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    nlohmann::json arguments = {{"size", size_}, {"indices", selection_.name(indices_)}};
    if (values_) arguments["values"] = selection_.name(*values_);
    if (!selection_.output.empty()) arguments["output_col"] = selection_.output;
    return {{"dense", std::move(arguments)}};
  }

 private:
  Layout layout_;
  std::size_t size_;
  Selection::Block indices_;
  std::optional<Selection::Block> values_;
};

/// The one column that `key` names.
std::string read_name(Arguments& arguments, std::string_view key) {
  const auto names = arguments.texts(key);
  if (names.size() > 1) arguments.problem(fmt::format("{} is a list; allowed: one name", key));
  return names.empty() ? "" : names.front();
}

/// Selects the columns of both names.
Selection select_sparse(Arguments& arguments, const nlohmann::json& json, const Schema& schema,
                        const std::string& indices, const std::string& values) {
  auto columns = nlohmann::json::array({indices});
  if (!values.empty()) columns.push_back(values);
  Arguments named("dense", {{"columns", std::move(columns)}});
  auto selection = select(named, schema, Side::kFeatures, true);
  if (const auto checked = named.finish(); !checked) {
    arguments.problem(checked.error().message.substr(std::string_view("dense: ").size()));
  }
  selection.columns.clear();
  if (json.contains("columns")) arguments.problem("columns stands beside indices; allowed: one");
  for (const auto* key : {"output_col", "output_column"}) {
    if (arguments.find(key) != nullptr) selection.output = read_name(arguments, key);
  }
  return selection;
}

const Selection::Block& block_of(const Selection& selection, const std::string& name) {
  return *std::find_if(selection.blocks.begin(), selection.blocks.end(),
                       [&](const auto& block) { return selection.name(block) == name; });
}

}  // namespace

Result<std::unique_ptr<Transform>> make_dense(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("dense", json);
  const auto indices = read_name(arguments, "indices");
  const auto values = read_name(arguments, "values");
  if (indices.empty()) {
    if (!values.empty()) arguments.problem("values stands without indices");
    auto selection = select(arguments, schema, Side::kFeatures);
    DK_TRY(arguments.finish());
    return std::make_unique<AlreadyDense>(std::move(selection));
  }
  const auto size = arguments.whole("size", std::nullopt, 1, kMostSize);
  auto selection = select_sparse(arguments, json, schema, indices, values);
  DK_TRY(arguments.finish());
  if (selection.blocks.size() != (values.empty() ? 1U : 2U)) {
    return fail(Errc::kInvalid, "dense: indices and values must name a column each");
  }
  const auto index_block = block_of(selection, indices);
  std::optional<Selection::Block> value_block;
  if (!values.empty()) value_block = block_of(selection, values);
  if (value_block && value_block->size != index_block.size) {
    return fail(Errc::kInvalid, "dense: '{}' has {} numbers, '{}' has {}; allowed: as many",
                indices, index_block.size, values, value_block->size);
  }
  auto layout = replace_all(selection, {static_cast<std::size_t>(size)});
  return std::make_unique<Dense>(std::move(selection), std::move(layout),
                                 static_cast<std::size_t>(size), index_block, value_block);
}

}  // namespace dk::storage
