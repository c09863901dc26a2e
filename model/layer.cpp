// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layer.hpp"

namespace dk::model {

Result<std::vector<Shape>> UnaryLayer::build(std::span<const Shape> inputs,
                                             const BuildContext& context) {
  if (inputs.size() != 1) {
    return fail(Errc::kInvalid, "takes one input, not {}", inputs.size());
  }
  DK_TRY_ASSIGN(auto output, build(inputs[0], context));
  return std::vector<Shape>{std::move(output)};
}

}  // namespace dk::model
