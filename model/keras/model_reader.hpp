// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"
#include "model/keras/keras_config.hpp"
#include "model/layer_names.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dk::model {

/// The name in a layer's or a model's config, checked; nothing when there is none.
[[nodiscard]] Result<std::optional<std::string>> name_in(const nlohmann::json& config,
                                                         const std::string& where);

/// The shape of a batch or of a sample in Keras' words, checked. `where` names the key.
[[nodiscard]] Result<Shape> read_shape(const nlohmann::json& shape, bool has_batch_axis,
                                       const std::string& where);

/// A layer's config with the layers within wrappers written out, as `read_layer_list` takes them.
[[nodiscard]] nlohmann::json with_long_wrapped(nlohmann::json config);

/// Reads the models and layers of one file. `read_json.hpp` is the door.
class ModelReader {
 public:
  ModelReader(std::string source, const KerasOrigin& origin)
      : source_(std::move(source)), origin_(origin) {}

  /// An object of class_name and config: Sequential, Functional or Model.
  Result<Architecture> model(const nlohmann::json& object, const std::string& where);
  /// `class_name` with its config: a layer, or a model used as a layer.
  Result<LayerSpec> layer(std::string class_name, nlohmann::json config, std::string where);

 private:
  friend class SequentialReader;
  friend class GraphReader;

  Result<Architecture> sequential(const nlohmann::json& config, const std::string& where);
  /// In `graph_reader.cpp`.
  Result<Architecture> functional(const nlohmann::json& config, const std::string& where);
  Result<InputSpec> input_layer(const nlohmann::json& config, const std::string& where);

  std::string source_;
  KerasOrigin origin_;
  std::size_t depth_ = 0;
  std::size_t layers_ = 0;
  /// Calls of layers that each nested model stands for, and the model read last.
  std::map<const Architecture*, std::size_t> flat_calls_;
  std::size_t last_calls_ = 0;
  Result<void> count_calls(const Architecture& architecture, const std::string& where);
};

/// Puts the layers of a Sequential one after the other.
class SequentialReader {
 public:
  SequentialReader(ModelReader& reader, std::string source)
      : reader_(reader), source_(std::move(source)) {
    architecture_.inputs.resize(1);  // Calls are counted from behind it.
  }

  Result<void> add(const nlohmann::json& class_name, const nlohmann::json& config);
  Result<void> add(std::shared_ptr<const Architecture> model);
  /// An empty name: Keras' automatic one.
  Result<void> set_input(Shape shape, const std::string& where, std::string name = {});
  void set_name(std::string name) { architecture_.name = std::move(name); }
  [[nodiscard]] bool has_input() const { return input_.has_value(); }
  Result<Architecture> finish() &&;

 private:
  Result<void> add_input(const nlohmann::json& config, const std::string& where);
  Result<void> find_input(const nlohmann::json& config, const std::string& where);
  Result<void> append(LayerSpec spec, const std::string& where);

  ModelReader& reader_;
  std::string source_;
  Architecture architecture_;
  std::optional<InputSpec> input_;
  LayerNames names_;
};

}  // namespace dk::model
