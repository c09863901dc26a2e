// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/preprocessing/rescaling.hpp"

namespace dk::model {

Rescaling::Rescaling(ConfigReader& config)
    : scale_(read_numbers(config, "scale")), offset_(read_numbers(config, "offset")) {
  const nlohmann::json* scale = config.find("scale");
  const nlohmann::json* offset = config.find("offset");
  scale_config_ = scale != nullptr ? *scale : nlohmann::json(1.0);
  offset_config_ = offset != nullptr ? *offset : nlohmann::json(0.0);
  if (scale_.empty()) config.problem("scale is missing");
  if (offset_.empty()) offset_ = {0};
}

nlohmann::json Rescaling::config() const {
  return {{"scale", scale_config_}, {"offset", offset_config_}};
}

Result<Shape> Rescaling::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  const std::size_t channels = std::max(scale_.size(), offset_.size());
  for (std::vector<float>* numbers : {&scale_, &offset_}) {
    if (numbers->size() == 1) numbers->resize(channels, numbers->front());
    if (numbers->size() == channels && (channels == 1 || channels == input.back())) continue;
    return fail(Errc::kInvalid,
                "scale has {} and offset {} numbers; an input {} needs 1 or one for each of its "
                "last axis",
                scale_.size(), offset_.size(), to_string(input));
  }
  zeros_.assign(channels, 0.0F);
  DK_TRY(passes_.plan({size / channels, channels, 1}));
  return input;
}

Placement Rescaling::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

std::size_t Rescaling::workspace_floats() const {
  return passes_.workspace_floats();
}

void Rescaling::forward(const ForwardPass& pass) {
  passes_.scale(pass.in(), pass.out(), pass.n, zeros_.data(), scale_.data(), offset_.data());
}

void Rescaling::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  passes_.scaled_gradient(pass.out_gradient(), pass.in_gradient(), pass.n, scale_.data());
}

}  // namespace dk::model
