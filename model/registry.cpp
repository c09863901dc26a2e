// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/registry.hpp"

#include "model/layers/layers.hpp"

#include <algorithm>

namespace dk::model {
namespace {

std::vector<LayerClass> all_classes() {
  std::vector<LayerClass> classes;
  for (const auto kind :
       {activation_layers(), attention_layers(), convolutional_layers(), core_layers(),
        merging_layers(), normalization_layers(), pooling_layers(), preprocessing_layers(),
        regularization_layers(), reshaping_layers(), rnn_layers()}) {
    classes.insert(classes.end(), kind.begin(), kind.end());
  }
  std::sort(classes.begin(), classes.end(),
            [](const LayerClass& a, const LayerClass& b) { return a.name < b.name; });
  return classes;
}

const std::vector<LayerClass>& classes() {
  static const auto kClasses = all_classes();
  return kClasses;
}

/// What every Keras layer carries, in all versions.
void read_common(ConfigReader& config, Layer& layer) {
  layer.set_trainable(config.boolean("trainable", true));
  config.ignore({"name", "batch_input_shape", "input_shape", "batch_shape", "input_dtype"});
  const nlohmann::json* activity = config.find("activity_regularizer");
  if (activity != nullptr && !activity->is_null()) {
    auto regularizer = parse_regularizer(*activity);
    if (regularizer) {
      layer.set_activity_regularizer(*std::move(regularizer));
    } else {
      config.problem("activity_regularizer: " + regularizer.error().message);
    }
  }
  const nlohmann::json* dtype = config.find("dtype");
  if (dtype == nullptr || dtype->is_null() || *dtype == "float32") return;
  // Keras 3 writes a policy object.
  const auto policy = dtype->is_object() ? dtype->find("config") : dtype->end();
  if (dtype->is_object() && policy != dtype->end() && policy->is_object() &&
      policy->value("name", nlohmann::json()) == "float32") {
    return;
  }
  config.problem(fmt::format("dtype is {}; only \"float32\" is supported", show(*dtype)));
}

}  // namespace

Result<std::unique_ptr<Layer>> make_layer(std::string_view class_name, const nlohmann::json& config,
                                          std::string where) {
  for (const LayerClass& entry : classes()) {
    if (entry.name != class_name) continue;
    ConfigReader reader(config, std::move(where));
    auto layer = entry.make(reader);
    read_common(reader, *layer);
    DK_TRY(reader.finish());
    return layer;
  }
  const auto known = known_layers();
  return fail(Errc::kInvalid, "{}: unknown layer class {}{}; supported: {}", where,
              show(nlohmann::json(class_name)), suggestion(class_name, known), listed(known));
}

nlohmann::json full_config(const Layer& layer) {
  auto config = layer.config();
  if (layer.activity_regularizer()) {
    config["activity_regularizer"] = to_json(*layer.activity_regularizer());
  }
  return config;
}

std::vector<std::string> known_layers() {
  std::vector<std::string> names;
  for (const LayerClass& entry : classes()) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
