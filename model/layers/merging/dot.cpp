// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/merging/dot.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"
#include "model/layers/normalization/unit_rows.hpp"
#include "model/matmul.hpp"

namespace dk::model {

Dot::Dot(ConfigReader& config)
    : axes_(read_axes(config, "axes", {})), normalize_(config.boolean("normalize", false)) {
  if (axes_.empty() || axes_.size() > 2) {
    config.problem("axes must be a whole number or a list of two");
    axes_ = {-1};
  }
}

nlohmann::json Dot::config() const {
  return {{"axes", axes_to_json(axes_)}, {"normalize", normalize_}};
}

Result<void> Dot::plan(Side& side, const Shape& shape, std::size_t axis,
                       const BuildContext& context) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(shape));
  std::vector<std::size_t> order;
  for (std::size_t other = 0; other < shape.size(); ++other) {
    if (other != axis) order.push_back(other);
  }
  order.push_back(axis);
  side.to_rows = Permutation(shape, order);
  side.back = side.to_rows.inverse();
  side.rows = size / shape[axis];
  DK_TRY_ASSIGN(side.values, FloatBuffer::make(context.max_batch * size));
  if (normalize_) {
    DK_TRY_ASSIGN(side.inverse_norms, FloatBuffer::make(context.max_batch * side.rows));
  }
  if (context.training) {
    DK_TRY_ASSIGN(side.gradient, FloatBuffer::make(size));
  }
  return {};
}

Result<std::vector<Shape>> Dot::build(std::span<const Shape> inputs, const BuildContext& context) {
  if (inputs.size() != 2) return fail(Errc::kInvalid, "takes 2 inputs, not {}", inputs.size());
  std::size_t axes[2];
  Shape output;
  for (std::size_t i = 0; i < 2; ++i) {
    DK_TRY_ASSIGN(axes[i], sample_axis(axes_[axes_.size() == 2 ? i : 0], inputs[i].size()));
    for (std::size_t axis = 0; axis < inputs[i].size(); ++axis) {
      if (axis != axes[i]) output.push_back(inputs[i][axis]);
    }
  }
  summed_ = inputs[0][axes[0]];
  if (inputs[1][axes[1]] != summed_) {
    return fail(Errc::kInvalid, "axes {} of inputs {} and {} differ in size",
                config()["axes"].dump(), to_string(inputs[0]), to_string(inputs[1]));
  }
  if (output.empty()) output.push_back(1);
  DK_TRY(element_count(output));
  for (std::size_t i = 0; i < 2; ++i) {
    DK_TRY(plan(sides_[i], inputs[i], axes[i], context));
  }
  return std::vector<Shape>{output};
}

std::size_t Dot::workspace_floats() const {
  std::size_t floats = 0;
  for (const Side& side : sides_) {
    floats +=
        side.values.span().size() + side.gradient.span().size() + side.inverse_norms.span().size();
  }
  return floats;
}

void Dot::take(Side& side, const float* in, std::size_t n) const {
  side.to_rows.apply(in, side.values.data(), n);
  if (!normalize_) return;
  normalize_rows(side.values.data(), side.values.data(), side.inverse_norms.data(), n * side.rows,
                 summed_);
}

void Dot::forward(const ForwardPass& pass) {
  for (std::size_t i = 0; i < 2; ++i) take(sides_[i], pass.in(i), pass.n);
  const auto& [a, b] = sides_;
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    multiply_input_gradient(a.values.data() + sample * a.rows * summed_,
                            b.values.data() + sample * b.rows * summed_,
                            pass.out() + sample * a.rows * b.rows, a.rows, b.rows, summed_);
  }
}

void Dot::give_back(Side& side, float* in_gradient, std::size_t sample) const {
  const std::size_t size = side.rows * summed_;
  if (normalize_) {
    normalize_rows_backward(side.values.data() + sample * size,
                            side.inverse_norms.data() + sample * side.rows, side.gradient.data(),
                            side.gradient.data(), side.rows, summed_);
  }
  side.back.apply(side.gradient.data(), in_gradient + sample * size, 1);
}

void Dot::backward(const BackwardPass& pass) {
  auto& [a, b] = sides_;
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    const float* gradient = pass.out_gradient() + sample * a.rows * b.rows;
    if (pass.in_gradient(0) != nullptr) {
      multiply(gradient, b.values.data() + sample * b.rows * summed_, a.gradient.data(), a.rows,
               b.rows, summed_);
      give_back(a, pass.in_gradient(0), sample);
    }
    if (pass.in_gradient(1) != nullptr) {
      multiply_kernel_gradient(gradient, a.values.data() + sample * a.rows * summed_,
                               b.gradient.data(), a.rows, b.rows, summed_);
      give_back(b, pass.in_gradient(1), sample);
    }
  }
}

}  // namespace dk::model
