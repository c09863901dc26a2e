// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace dk::model {

/// Keras' Sequential: layer after layer, with Keras' class names, arguments and automatic names
/// (`dense`, `dense_1` ...). Nothing fails before `build`.
///
///     Sequential net("mlp");
///     net.input({784});
///     net.add("Dense", {{"units", 1000}, {"activation", "relu"}});
///     net.add("Dense", {{"units", 10}, {"activation", "softmax"}, {"name", "digits"}});
///     DK_TRY_ASSIGN(auto architecture, net.build());
class Sequential {
 public:
  explicit Sequential(std::string name = "sequential") : name_(std::move(name)) {}

  /// Of one sample. Not needed when the first layer has an `input_shape` or is a model.
  Sequential& input(Shape shape, std::string name = {});
  /// A wrapped layer is an object of its class name and its config, or its class name alone:
  /// `net.add("Bidirectional", {{"layer", {{"LSTM", {{"units", 8}}}}}})`.
  Sequential& add(std::string class_name, nlohmann::json config = nlohmann::json::object());
  /// A model as a layer, under its own name.
  Sequential& add(const Architecture& model);

  /// kInvalid names the first layer, argument or shape that is wrong.
  [[nodiscard]] Result<Architecture> build() const;

 private:
  struct Part {
    std::string class_name;
    nlohmann::json config;
    std::shared_ptr<const Architecture> model;
  };

  std::string name_;
  Shape input_;
  std::string input_name_;
  std::vector<Part> parts_;
};

}  // namespace dk::model
