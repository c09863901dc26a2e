// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// Keras' Sequential as one layer, for a wrapper: its layers one after the other, each of one input
/// and one output. Models inside, layers that make masks and activity regularizers are refused. Its
/// variables are in Keras' order, what learns first: another one when a layer in it is frozen.
class LayerChain final : public UnaryLayer {
 public:
  /// Of Keras' config of a Sequential.
  explicit LayerChain(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  bool drop_activation(std::string_view name) override;

 private:
  struct Part {
    std::string class_name;
    std::string name;
    std::string scope;  ///< As Keras 3 counts layers by their class.
    std::unique_ptr<Layer> layer;
    bool trainable = true;  ///< By its own config.
    bool view = false;
    std::size_t floats = 0;  ///< Of its output, per sample.
    FloatBuffer output;      ///< Unless it is the last that is no view.
    FloatBuffer gradient;    ///< By its output.
    const float* in = nullptr;
    float* out = nullptr;
    std::vector<std::size_t> places;  ///< Of its variables in `variables()`.
    std::vector<float*> values;
    std::vector<float*> gradients;
  };

  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  Result<void> build_part(Part& part, Shape& shape, const BuildContext& context);
  void place_variables();
  void read_layer(const nlohmann::json& entry, ConfigReader& config);
  void read_input(const nlohmann::json& sizes, ConfigReader& config);
  void add_layer(std::string class_name, const nlohmann::json& config, ConfigReader& reader);

  std::vector<Part> parts_;
  std::optional<Shape> input_;
  std::size_t last_ = 0;  ///< That is no view; `parts_.size()` when all are.
  std::size_t floats_ = 0;
  std::size_t max_batch_ = 0;
  std::vector<VariableSpec> variables_;
};

}  // namespace dk::model
