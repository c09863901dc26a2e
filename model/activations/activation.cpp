// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/activation.hpp"

#include "model/activations/builtin.hpp"

namespace dk::model {

const Activation* find_activation(std::string_view name) {
  for (const Activation& activation : elementwise_activations()) {
    if (activation.name == name) return &activation;
  }
  return name == kSoftmax.name ? &kSoftmax : nullptr;
}

std::vector<std::string> known_activations() {
  std::vector<std::string> names;
  for (const Activation& activation : elementwise_activations()) {
    names.emplace_back(activation.name);
  }
  names.emplace_back(kSoftmax.name);
  return names;
}

ActivationStage::ActivationStage() : activation_(find_activation("linear")) {}

Result<void> ActivationStage::plan(std::size_t rows, std::size_t width, bool training) {
  width_ = width;
  if (training && activation_->keeps_input) {
    DK_TRY_ASSIGN(kept_, FloatBuffer::make(rows * width));
  }
  return {};
}

bool ActivationStage::drop(std::string_view name) {
  if (activation_->name != name) return false;
  activation_ = find_activation("linear");
  return true;
}

}  // namespace dk::model
