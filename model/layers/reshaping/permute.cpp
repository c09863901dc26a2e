// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/permute.hpp"

#include "model/layers/axes.hpp"

#include <algorithm>

namespace dk::model {

Permute::Permute(ConfigReader& config) {
  const auto dims = read_axes(config, "dims", {});
  for (std::int64_t axis = 1; axis <= static_cast<std::int64_t>(dims.size()); ++axis) {
    if (std::find(dims.begin(), dims.end(), axis) == dims.end()) {
      config.problem(fmt::format("dims is {}; it must hold every axis from 1 once",
                                 nlohmann::json(dims).dump()));
      return;
    }
  }
  if (dims.empty()) config.problem("dims is missing");
  for (const std::int64_t axis : dims) order_.push_back(static_cast<std::size_t>(axis - 1));
}

nlohmann::json Permute::config() const {
  std::vector<std::size_t> dims = order_;
  for (std::size_t& axis : dims) ++axis;
  return {{"dims", dims}};
}

Result<Shape> Permute::build(const Shape& input, const BuildContext& /*context*/) {
  if (input.size() != order_.size()) {
    return fail(Errc::kInvalid, "has {} dims, but the input is {}", order_.size(),
                to_string(input));
  }
  DK_TRY(element_count(input));
  there_ = Permutation(input, order_);
  back_ = there_.inverse();
  Shape output;
  for (const std::size_t axis : order_) output.push_back(input[axis]);
  return output;
}

Placement Permute::placement() const {
  return {.view = there_.is_identity(), .keeps_inputs = false, .keeps_outputs = false};
}

void Permute::forward(const ForwardPass& pass) {
  there_.apply(pass.in(), pass.out(), pass.n);
}

void Permute::backward(const BackwardPass& pass) {
  if (pass.in_gradient() != nullptr) {
    back_.apply(pass.out_gradient(), pass.in_gradient(), pass.n);
  }
}

}  // namespace dk::model
