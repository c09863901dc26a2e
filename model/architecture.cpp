// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/architecture.hpp"

namespace dk::model {

bool LayerSpec::operator==(const LayerSpec& other) const {
  if (class_name != other.class_name || name != other.name || config != other.config ||
      trainable != other.trainable || (model == nullptr) != (other.model == nullptr)) {
    return false;
  }
  return model == nullptr || *model == *other.model;
}

void Architecture::append(LayerSpec layer) {
  const TensorRef in = outputs.empty() ? TensorRef{} : outputs.front();
  calls.push_back({static_cast<std::uint32_t>(layers.size()), {in}});
  layers.push_back(std::move(layer));
  outputs = {{static_cast<std::uint32_t>(inputs.size() + calls.size() - 1), 0}};
}

const std::string& Architecture::output_name(std::size_t index) const {
  const std::uint32_t source = outputs[index].source;
  if (source < inputs.size()) return inputs[source].name;
  return layers[calls[source - inputs.size()].layer].name;
}

}  // namespace dk::model
