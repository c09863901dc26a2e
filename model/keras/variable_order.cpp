// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_reader.hpp"
#include "model/keras/stored_weights.hpp"

#include <algorithm>
#include <map>

namespace dk::model {
namespace {

using Names = std::map<std::string, std::string>;

/// `encoder/dense` -> `layers/functional/layers/dense`: Keras counts the layers of each class.
void add_paths(const Architecture& architecture, const std::string& names, const std::string& path,
               Names& paths) {
  std::map<std::string, std::size_t> used;
  for (const LayerSpec& layer : architecture.layers) {
    const auto base = snake_case(layer.class_name);
    const auto count = used[base]++;
    const auto own = fmt::format("{}layers/{}{}", path, base,
                                 count == 0 ? std::string() : fmt::format("_{}", count));
    paths[names + layer.name] = own;
    if (layer.model != nullptr) add_paths(*layer.model, names + layer.name + "/", own + "/", paths);
  }
}

}  // namespace

std::vector<VariablePath> keras_paths(const Architecture& architecture, const Layout& layout,
                                      std::span<const std::size_t> order) {
  Names names;
  add_paths(architecture, "", "", names);
  std::map<std::string, std::size_t> used;
  std::vector<VariablePath> paths;
  for (const std::size_t index : order) {
    const Variable& variable = layout.variables()[index];
    auto group = names[variable.layer];
    if (!variable.scope.empty()) group += "/" + variable.scope;
    const auto place = used[group]++;
    paths.push_back({std::move(group), place, index});
  }
  return paths;
}

std::vector<LayerVariables> variables_by_layer(const Architecture& architecture,
                                               const Layout& layout,
                                               std::span<const std::size_t> order) {
  std::map<std::string_view, std::vector<std::size_t>> by_name;
  for (const std::size_t index : order) {
    const std::string_view name = layout.variables()[index].layer;
    by_name[name.substr(0, name.find('/'))].push_back(index);
  }
  std::vector<LayerVariables> layers;
  for (const LayerSpec& layer : architecture.layers) {
    auto& variables = by_name[layer.name];
    std::stable_partition(variables.begin(), variables.end(),
                          [&](std::size_t index) { return layout.variables()[index].trainable; });
    layers.push_back({&layer, std::move(variables)});
  }
  return layers;
}

std::vector<SlotPlace> keras_slot_order(std::string_view class_name, std::size_t slots,
                                        std::size_t variables) {
  // RMSprop makes one kind after the other; the others make the first two side by side.
  const std::size_t together = std::min<std::size_t>(slots, class_name == "RMSprop" ? 1 : 2);
  std::vector<SlotPlace> order;
  for (std::size_t variable = 0; variable < variables; ++variable) {
    for (std::size_t slot = 0; slot < together; ++slot) order.push_back({slot, variable});
  }
  for (std::size_t slot = together; slot < slots; ++slot) {
    for (std::size_t variable = 0; variable < variables; ++variable) {
      order.push_back({slot, variable});
    }
  }
  return order;
}

}  // namespace dk::model
