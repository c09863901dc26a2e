// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/reshape.hpp"

#include <algorithm>

namespace dk::model {

Reshape::Reshape(ConfigReader& config) {
  const nlohmann::json* target = config.find("target_shape");
  if (target == nullptr) {
    config.problem("target_shape is missing");
    return;
  }
  bool valid = target->is_array() && target->size() <= 64;
  for (std::size_t axis = 0; valid && axis < target->size(); ++axis) {
    const auto& size = (*target)[axis];
    valid = size.is_number_integer() && (size == -1 || (size >= 1 && size <= kMaxElements));
    if (valid) target_.push_back(size.get<std::int64_t>());
  }
  if (!valid || std::count(target_.begin(), target_.end(), -1) > 1) {
    config.problem(
        fmt::format("target_shape is {}; it must be a list of sizes from 1, of which one may be -1",
                    target->is_array() && target->size() < 16 ? target->dump() : show(*target)));
  }
}

nlohmann::json Reshape::config() const {
  return {{"target_shape", target_}};
}

Result<Shape> Reshape::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  Shape output;
  for (const std::int64_t axis : target_) {
    output.push_back(axis < 0 ? 1 : static_cast<std::size_t>(axis));
  }
  DK_TRY_ASSIGN(std::size_t known, element_count(output));
  const auto open = std::find(target_.begin(), target_.end(), -1);
  if (open != target_.end() && size % known == 0) {
    output[static_cast<std::size_t>(open - target_.begin())] = size / known;
    known = size;
  }
  if (known != size) {
    return fail(Errc::kInvalid, "target_shape {} does not fit an input of {} elements, {}",
                nlohmann::json(target_).dump(), size, to_string(input));
  }
  return output;
}

}  // namespace dk::model
