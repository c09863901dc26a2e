// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"
#include "model/layer_names.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dk::model {

/// Keras' functional API: any number of inputs and outputs, shared layers, models as layers; with
/// Keras' class names, arguments and automatic names. The first mistake is kept and returned by
/// `model`; what follows it has no effect.
///
///     Functional graph;
///     auto image = graph.input({28, 28, 1}, "image");
///     auto x = graph.call("Conv2D", {{"filters", 8}, {"kernel_size", 3}}, image);
///     auto y = graph.call("Dense", {{"units", 10}}, graph.call("Flatten", {}, x));
///     DK_TRY_ASSIGN(auto architecture, graph.model({image}, {y}));
class Functional {
 public:
  /// A layer that can be called any number of times, always with the same weights.
  class Layer {
    friend class Functional;
    const Functional* graph_ = nullptr;
    std::uint32_t index_ = 0;
  };
  /// Of a call that has several outputs (a model's, LSTM's with return_state) it is the first.
  class Tensor {
   public:
    [[nodiscard]] Tensor output(std::uint32_t index) const;

   private:
    friend class Functional;
    const Functional* graph_ = nullptr;
    bool is_input_ = false;
    TensorRef from_;  ///< `source` counts inputs and calls apart.
  };

  explicit Functional(std::string name = "model") : name_(std::move(name)) {}
  Functional(const Functional&) = delete;
  Functional& operator=(const Functional&) = delete;

  Tensor input(const Shape& shape, std::string name = {});
  Layer layer(const std::string& class_name, nlohmann::json config = nlohmann::json::object());
  /// A model under its own name.
  Layer layer(const Architecture& model);

  Tensor call(const Layer& layer, const std::vector<Tensor>& inputs);
  Tensor call(const Layer& layer, const Tensor& input);
  Tensor call(const std::string& class_name, nlohmann::json config,
              const std::vector<Tensor>& inputs);
  Tensor call(const std::string& class_name, nlohmann::json config, const Tensor& input);
  Tensor call(const Architecture& model, const Tensor& input);

  /// What leads from the inputs to the outputs, in Keras' order. kInvalid names the first mistake,
  /// or an input that is needed and not among `inputs`.
  [[nodiscard]] Result<Architecture> model(const std::vector<Tensor>& inputs,
                                           const std::vector<Tensor>& outputs) const;

 private:
  Layer add(Result<LayerSpec> spec, const std::string& class_name);
  [[nodiscard]] Tensor tensor(bool is_input, std::size_t source) const;
  void problem(Error error);
  [[nodiscard]] Result<std::vector<std::uint32_t>> number_inputs(
      const std::vector<Tensor>& inputs) const;
  [[nodiscard]] std::vector<bool> needed_calls(const std::vector<Tensor>& outputs) const;

  struct Call {
    std::uint32_t layer = 0;
    std::vector<Tensor> inputs;
  };

  std::string name_;
  LayerNames names_;
  std::vector<InputSpec> inputs_;
  std::vector<LayerSpec> layers_;
  std::vector<Call> calls_;
  std::optional<Error> problem_;
};

}  // namespace dk::model
