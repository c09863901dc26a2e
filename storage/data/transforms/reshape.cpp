// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/reshape.hpp"

#include "storage/data/transforms/selection.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

class Reshape : public FieldTransform {
 public:
  Reshape(Selection selection, Layout layout)
      : FieldTransform(std::move(selection), layout), layout_(std::move(layout)) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    std::size_t to = layout_.to.front();
    for (const auto& block : selection_.blocks) {
      for (std::size_t row = 0; row < rows; ++row) {
        std::copy_n(in.data() + row * selection_.width + block.begin, block.size,
                    out.data() + row * layout_.width + to);
      }
      to += block.size;
    }
    return {};
  }

  bool affine(std::span<double> scale, std::span<double> shift) const override {
    const auto& blocks = selection_.blocks;
    if (blocks.back().field - blocks.front().field + 1 != blocks.size()) return false;
    std::fill(scale.begin(), scale.end(), 1);
    std::fill(shift.begin(), shift.end(), 0);
    return true;
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["shape"] = layout_.fields[selection_.blocks.front().field].shape;
    return {{"reshape", std::move(arguments)}};
  }

 private:
  Layout layout_;
};

/// The shape with its -1 filled in; a problem when it does not hold `size` numbers.
std::vector<std::size_t> read_shape(Arguments& arguments, std::size_t size) {
  const auto* value = arguments.find("shape");
  if (value == nullptr) {
    arguments.problem("shape is missing: a list of dimensions");
    return {};
  }
  const auto refused = [&](std::string_view why) {
    arguments.problem(fmt::format("shape is {}; {}", value->dump(), why));
    return std::vector<std::size_t>{};
  };
  constexpr std::string_view kAllowed = "allowed: whole numbers from 1, and -1 once";
  if (!value->is_array() || value->empty()) return refused(kAllowed);
  std::vector<std::size_t> shape;
  std::size_t product = 1;
  std::optional<std::size_t> open;
  for (const auto& item : *value) {
    const bool whole = item.is_number_integer();
    if (whole && item == -1 && !open) {
      open = shape.size();
      shape.push_back(1);
    } else if (whole && item > 0 && item <= size) {
      shape.push_back(item.get<std::size_t>());
      product *= shape.back();
      if (product > size) return refused(fmt::format("the columns have {} numbers", size));
    } else {
      return refused(whole && item > 0 ? fmt::format("the columns have {} numbers", size)
                                       : std::string(kAllowed));
    }
  }
  if (open) shape[*open] = size / product;
  if (product * (open ? shape[*open] : 1) != size) {
    return refused(fmt::format("the columns have {} numbers", size));
  }
  return shape;
}

}  // namespace

Result<std::unique_ptr<Transform>> make_reshape(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("reshape", json, "shape");
  auto selection = select(arguments, schema, Side::kFeatures, true);
  auto shape = read_shape(arguments, selection.inputs.size());
  for (const auto& block : selection.blocks) {
    if (!block.whole) {
      arguments.problem(fmt::format("'{}' is one column of '{}'; allowed: whole fields",
                                    selection.name(block), selection.all[block.field].name));
    }
  }
  DK_TRY(arguments.finish());
  auto layout = replace_all(selection, std::move(shape));
  return std::make_unique<Reshape>(std::move(selection), std::move(layout));
}

}  // namespace dk::storage
