// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// The layer that another one wraps, with what Keras' object of it needs.
struct WrappedLayer {
  std::string class_name;
  std::string name;  ///< May be empty.
  std::unique_ptr<Layer> layer;
  bool trainable = true;  ///< By its own config, whatever the wrapper's says.

  enum class Models { kRefused, kSequential };

  /// Of Keras' object of class_name and config under `key`; what is wrong goes to the reader, and
  /// then there is no layer. Of models only a Sequential, as a LayerChain, and only where it may
  /// be.
  static WrappedLayer read(ConfigReader& config, std::string_view key,
                           Models models = Models::kRefused);
  /// Keras' object.
  [[nodiscard]] nlohmann::json to_json() const;
  /// The layer's variables, as parts of the wrapper in this scope.
  [[nodiscard]] std::vector<VariableSpec> variables(std::string_view scope) const;
};

}  // namespace dk::model
