// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace dk::model {

/// A name as Keras gives it to an object of this class: `InputLayer` -> `input_layer`, `LSTM` ->
/// `lstm`, `Conv2DTranspose` -> `conv2d_transpose`.
[[nodiscard]] std::string snake_case(std::string_view class_name);

/// The names of one model's layers.
class LayerNames {
 public:
  /// Keras' automatic name, `dense`, `dense_1` ...: the next that is not taken. Does not take it.
  [[nodiscard]] std::string automatic(std::string_view class_name);
  /// False when another layer has it.
  [[nodiscard]] bool take(const std::string& name) { return taken_.insert(name).second; }

 private:
  std::map<std::string, std::size_t> next_;
  std::set<std::string> taken_;
};

}  // namespace dk::model
