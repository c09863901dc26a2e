// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.hpp"
#include "base/random.hpp"
#include "model/layers/rnn/bidirectional.hpp"

#include <algorithm>

namespace dk::model {
namespace {

DK_MULTIVERSION void add(const float* from, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
}

DK_MULTIVERSION void add_scaled(const float* a, const float* b, float scale, float* sum,
                                std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sum[i] = (a[i] + b[i]) * scale;
}

DK_MULTIVERSION void scale(const float* from, float factor, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i] * factor;
}

DK_MULTIVERSION void multiply_each(const float* a, const float* b, float* product,
                                   std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) product[i] = a[i] * b[i];
}

}  // namespace

void Bidirectional::forward(const ForwardPass& pass) {
  for (std::size_t i = 0; i < directions_.size(); ++i) forward(directions_[i], i, pass);
  merge(pass);
}

void Bidirectional::forward(Direction& direction, std::size_t index, const ForwardPass& pass) {
  const std::size_t before = index * directions_[0].layer->states();
  direction.in[0] = pass.in();
  direction.masks[0] = pass.mask();
  for (std::size_t i = 1; i < direction.in.size(); ++i) direction.in[i] = pass.in(before + i);
  direction.out[0] = direction.y.data();
  for (std::size_t i = 1; i < direction.out.size(); ++i) {
    direction.out[i] = pass.out(merged_outputs() + before + i - 1);
  }
  direction.layer->forward(
      {.inputs = direction.in,
       .masks = direction.masks,
       .outputs = direction.out,
       .n = pass.n,
       .training = pass.training,
       .seed = seed_for(pass.seed, index),
       .variables = pass.variables.subspan(direction.first_variable, direction.variables)});
}

void Bidirectional::merge(const ForwardPass& pass) const {
  const std::size_t other = directions_[1].layer->units();
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const float* a = directions_[0].y.data() + row * units_;
    const float* b = directions_[1].y.data() + mirrored(row) * other;
    if (merge_ == Merge::kNone) {
      std::copy_n(a, units_, pass.out() + row * units_);
      std::copy_n(b, other, pass.out(1) + row * other);
    } else if (merge_ == Merge::kConcat) {
      std::copy_n(a, units_, pass.out() + row * (units_ + other));
      std::copy_n(b, other, pass.out() + row * (units_ + other) + units_);
    } else if (merge_ == Merge::kMul) {
      multiply_each(a, b, pass.out() + row * units_, units_);
    } else {
      add_scaled(a, b, merge_ == Merge::kAve ? 0.5F : 1.0F, pass.out() + row * units_, units_);
    }
  }
}

void Bidirectional::backward(const BackwardPass& pass) {
  split_gradient(pass);
  for (std::size_t i = 0; i < directions_.size(); ++i) backward(directions_[i], i, pass);
  if (pass.in_gradient() != nullptr) {
    add(x_gradient_.data(), pass.in_gradient(), pass.n * steps_ * features_);
  }
}

void Bidirectional::split_gradient(const BackwardPass& pass) {
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    const std::size_t from = merge_ == Merge::kNone ? i : 0;
    const bool wanted = pass.out_gradient(from) != nullptr;
    directions_[i].out_gradients[0] = wanted ? directions_[i].y_gradient.data() : nullptr;
  }
  const std::size_t other = directions_[1].layer->units();
  const std::size_t width = merge_ == Merge::kConcat ? units_ + other : units_;
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const std::size_t place = mirrored(row) * other;
    float* a = directions_[0].y_gradient.data() + row * units_;
    float* b = directions_[1].y_gradient.data() + place;
    const float* gradient = pass.out_gradient();
    if (gradient != nullptr) gradient += row * width;
    if (merge_ == Merge::kNone) {
      if (gradient != nullptr) std::copy_n(gradient, units_, a);
      if (pass.out_gradient(1) != nullptr)
        std::copy_n(pass.out_gradient(1) + row * other, other, b);
    } else if (gradient == nullptr) {
      return;
    } else if (merge_ == Merge::kConcat) {
      std::copy_n(gradient, units_, a);
      std::copy_n(gradient + units_, other, b);
    } else if (merge_ == Merge::kMul) {
      multiply_each(gradient, directions_[1].y.data() + place, a, units_);
      multiply_each(gradient, directions_[0].y.data() + row * units_, b, units_);
    } else {
      scale(gradient, merge_ == Merge::kAve ? 0.5F : 1.0F, a, units_);
      std::copy_n(a, units_, b);
    }
  }
}

void Bidirectional::backward(Direction& direction, std::size_t index, const BackwardPass& pass) {
  const std::size_t before = index * directions_[0].layer->states();
  for (std::size_t i = 1; i < direction.out.size(); ++i) {
    direction.out_gradients[i] = pass.out_gradient(merged_outputs() + before + i - 1);
  }
  const bool wanted = pass.in_gradient() != nullptr;
  float* own = index == 0 ? pass.in_gradient() : x_gradient_.data();
  direction.in_gradients[0] = wanted ? own : nullptr;
  for (std::size_t i = 1; i < direction.in.size(); ++i) {
    direction.in_gradients[i] = pass.in_gradient(before + i);
  }
  direction.layer->backward(
      {.masks = direction.masks,
       .out_gradients = direction.out_gradients,
       .in_gradients = direction.in_gradients,
       .n = pass.n,
       .seed = seed_for(pass.seed, index),
       .variables = pass.variables.subspan(direction.first_variable, direction.variables),
       .gradients = pass.gradients.subspan(direction.first_variable, direction.variables)});
}

}  // namespace dk::model
