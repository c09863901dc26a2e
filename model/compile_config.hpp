// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>

namespace dk::model {

/// What Keras' `compile` is told, without the optimizer.
struct CompileConfig {
  /// A loss as make_loss takes it, for every output; or a list or an object by output names with
  /// one, or null, for each. Null: the model only predicts.
  nlohmann::json loss = nullptr;
  /// A list of metrics as make_metric takes them; with several outputs also a list of lists or an
  /// object of lists by output names.
  nlohmann::json metrics = nullptr;
  std::size_t max_batch_size = 32;
  /// A list or an object by output names; 1 where nothing is said.
  nlohmann::json loss_weights = nullptr;
  /// By class number: `{"0": 1, "1": 5}`; 1 for classes that are not there. Only for a model of one
  /// output.
  nlohmann::json class_weight = nullptr;
  /// False: only `evaluate` and `predict`, with the memory of those.
  bool training = true;
  /// Of the machine's cores that a step uses.
  unsigned threads = 1;
};

}  // namespace dk::model
