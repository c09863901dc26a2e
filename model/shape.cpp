// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/shape.hpp"

namespace dk::model {

Result<std::size_t> element_count(const Shape& shape) {
  std::size_t count = 1;
  for (const std::size_t axis : shape) {
    if (axis == 0) return fail(Errc::kInvalid, "shape {} has an axis of size 0", to_string(shape));
    if (axis > kMaxElements / count) {
      return fail(Errc::kInvalid, "shape {} has more than {} elements", to_string(shape),
                  kMaxElements);
    }
    count *= axis;
  }
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (const std::size_t axis : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", axis);
  return fmt::format("({}{})", text, shape.size() == 1 ? "," : "");
}

}  // namespace dk::model
