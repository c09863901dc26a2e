// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/registry.hpp"

#include "model/layers/activation_layer.hpp"
#include "model/layers/dense.hpp"
#include "model/layers/dropout.hpp"
#include "model/layers/flatten.hpp"

namespace dk::model {
namespace {

struct Entry {
  std::string_view class_name;
  std::unique_ptr<Layer> (*make)(ConfigReader& config);
};

template <class T>
std::unique_ptr<Layer> make(ConfigReader& config) {
  return std::make_unique<T>(config);
}

constexpr Entry kLayers[] = {
    {"Activation", make<ActivationLayer>},
    {"Dense", make<Dense>},
    {"Dropout", make<Dropout>},
    {"Flatten", make<Flatten>},
};

/// What every Keras layer carries, in all versions.
void read_common(ConfigReader& config) {
  config.ignore({"name", "batch_input_shape", "input_shape", "batch_shape", "input_dtype"});
  config.only("trainable", true);
  config.only_null({"activity_regularizer"});
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
  for (const Entry& entry : kLayers) {
    if (entry.class_name != class_name) continue;
    ConfigReader reader(config, std::move(where));
    auto layer = entry.make(reader);
    read_common(reader);
    DK_TRY(reader.finish());
    return layer;
  }
  const auto known = known_layers();
  return fail(Errc::kInvalid, "{}: unknown layer class {}{}; supported: {}", where,
              show(nlohmann::json(class_name)), suggestion(class_name, known), listed(known));
}

std::vector<std::string> known_layers() {
  std::vector<std::string> names;
  for (const Entry& entry : kLayers) names.emplace_back(entry.class_name);
  return names;
}

}  // namespace dk::model
