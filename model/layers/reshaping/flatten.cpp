// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/flatten.hpp"

#include "model/layers/axes.hpp"

namespace dk::model {

Flatten::Flatten(ConfigReader& config) : channels_first_(read_channels_first(config)) {}

nlohmann::json Flatten::config() const {
  return {{"data_format", data_format_name(channels_first_)}};
}

Result<Shape> Flatten::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  if (channels_first_ && input.size() > 1) {
    const std::size_t positions = size / input[0];
    to_channels_last_ = Permutation({input[0], positions}, std::vector<std::size_t>{1, 0});
    to_channels_first_ = to_channels_last_.inverse();
  }
  return Shape{size};
}

Placement Flatten::placement() const {
  return {.view = to_channels_last_.is_identity(), .keeps_inputs = false, .keeps_outputs = false};
}

void Flatten::forward(const ForwardPass& pass) {
  to_channels_last_.apply(pass.in(), pass.out(), pass.n);
}

void Flatten::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  to_channels_first_.apply(pass.out_gradient(), pass.in_gradient(), pass.n);
}

}  // namespace dk::model
