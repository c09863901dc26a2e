// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_model.hpp"
#include "model/keras/write_json.hpp"

#include <algorithm>

namespace dk::model {
namespace {

std::span<const float> values_of(const Model& model, std::size_t index) {
  const Variable& variable = model.layout().variables()[index];
  return model.parameters().subspan(variable.offset, variable.size);
}

/// `Adam/m/dense/kernel:0`: Keras 2.11's names.
std::string slot_variable(const std::string& optimizer, const char* slot,
                          const Variable& variable) {
  return fmt::format("{}/{}/{}:0", optimizer, slot, variable.path());
}

std::size_t trainable_variables(const Layout& layout) {
  const auto all = layout.variables();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const Variable& variable) { return variable.trainable; }));
}

std::span<const float> slot_values(const Optimizer& optimizer, const SlotPlace& place,
                                   const Variable& variable) {
  return optimizer.slot(place.slot).subspan(variable.offset, variable.size);
}

}  // namespace

void write_layer_weights(Hdf5Writer& file, const std::string& group,
                         const Architecture& architecture, const Model& model) {
  if (!group.empty()) file.group(group);
  const auto below = group.empty() ? group : group + "/";
  std::vector<std::string> layer_names;
  if (!architecture.sequential) {
    for (const InputSpec& input : architecture.inputs) layer_names.push_back(input.name);
  }
  for (const auto& name : layer_names) {
    file.group(below + name);
    file.texts(below + name, "weight_names", {});
  }
  const auto variables = model.layout().variables();
  for (const auto& layer : variables_by_layer(architecture, model.layout(), model.keras_order())) {
    const auto path = below + layer.layer->name;
    std::vector<std::string> names;
    for (const auto index : layer.variables) names.push_back(variables[index].path() + ":0");
    file.group(path);
    file.texts(path, "weight_names", names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto index = layer.variables[i];
      file.floats(path + "/" + names[i], variables[index].shape, values_of(model, index));
    }
    layer_names.push_back(layer.layer->name);
  }
  file.texts(group, "layer_names", layer_names);
  file.text(group, "backend", "tensorflow");
  file.text(group, "keras_version", keras_version(KerasGeneration::kKeras2));
  file.group(below + "top_level_model_weights");
  file.texts(below + "top_level_model_weights", "weight_names", {});
}

void write_optimizer_weights(Hdf5Writer& file, const Optimizer& optimizer, const Layout& layout) {
  const auto class_name = optimizer.config().value("class_name", "optimizer");
  const auto slots = optimizer.slot_names();
  file.group("optimizer_weights");
  std::vector<std::string> names{"iteration:0"};
  const auto order = keras_slot_order(class_name, slots.size(), trainable_variables(layout));
  for (const SlotPlace& place : order) {
    names.push_back(
        slot_variable(class_name, slots[place.slot].keras2, layout.variables()[place.variable]));
  }
  file.texts("optimizer_weights", "weight_names", names);
  file.integer("optimizer_weights/" + names[0], static_cast<std::int64_t>(optimizer.steps()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Variable& variable = layout.variables()[order[i].variable];
    file.floats("optimizer_weights/" + names[i + 1], variable.shape,
                slot_values(optimizer, order[i], variable));
  }
}

void write_path_weights(Hdf5Writer& file, const Architecture& architecture, const Model& model) {
  file.group("vars");
  file.group("layers");
  for (const auto& path : keras_paths(architecture, model.layout(), model.keras_order())) {
    file.floats(fmt::format("{}/vars/{}", path.group, path.index),
                model.layout().variables()[path.variable].shape, values_of(model, path.variable));
  }
}

void write_optimizer_paths(Hdf5Writer& file, const Optimizer& optimizer, const Layout& layout) {
  const auto class_name = optimizer.config().value("class_name", "optimizer");
  file.integer("optimizer/vars/0", static_cast<std::int64_t>(optimizer.steps()));
  std::size_t next = 1;
  if (!optimizer.has_schedule()) {
    const auto rate = static_cast<float>(optimizer.learning_rate());
    file.floats(fmt::format("optimizer/vars/{}", next++), {}, std::span(&rate, 1));
  }
  for (const SlotPlace& place :
       keras_slot_order(class_name, optimizer.slot_names().size(), trainable_variables(layout))) {
    const Variable& variable = layout.variables()[place.variable];
    file.floats(fmt::format("optimizer/vars/{}", next++), variable.shape,
                slot_values(optimizer, place, variable));
  }
}

}  // namespace dk::model
