// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// One variable's place in the model's flat vector.
struct Variable {
  std::string layer;       ///< Names of layers from the outermost model in: `encoder/dense`.
  std::string scope;       ///< The part of the layer that holds it, mostly none: `cell`.
  std::string name;        ///< `kernel`
  Shape shape;             ///< Keras' shape and axis order, row major.
  std::size_t offset = 0;  ///< In floats, from the start of the flat vector.
  std::size_t size = 0;    ///< In floats.
  bool trainable = true;

  /// Layer, scope and name: `encoder/lstm/cell/kernel`.
  [[nodiscard]] std::string path() const;
  bool operator==(const Variable&) const = default;
};

/// Where each variable of a model lies in its one flat float32 vector: the trainable ones first,
/// then the others, each kind in layer order, without gaps. Immutable.
class Layout {
 public:
  Layout() = default;
  /// Takes the variables in layer order and gives them their offsets and sizes. kInvalid when all
  /// together have more than kMaxElements.
  static Result<Layout> make(std::vector<Variable> variables);

  /// In flat order.
  [[nodiscard]] std::span<const Variable> variables() const { return variables_; }
  [[nodiscard]] std::size_t total_count() const { return total_count_; }
  [[nodiscard]] std::size_t trainable_count() const { return trainable_count_; }
  /// Of all names, shapes, offsets and kinds: two models with the same hash can exchange weights.
  /// Stored in checkpoint manifests.
  [[nodiscard]] std::uint64_t hash() const;

  bool operator==(const Layout&) const = default;

 private:
  std::vector<Variable> variables_;
  std::size_t total_count_ = 0;
  std::size_t trainable_count_ = 0;
};

}  // namespace dk::model
