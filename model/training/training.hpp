// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"
#include "model/training/data.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dk::model {

/// What Keras' `fit` is told, with its defaults; `class_weight` is in CompileConfig.
struct FitConfig {
  /// The number of the last epoch, from 1.
  std::uint64_t epochs = 1;
  /// At most the model's `max_batch_size()`. The last batch of an epoch may be smaller.
  std::size_t batch_size = 32;
  /// Anew in each epoch.
  bool shuffle = true;
  /// Of the order and of what dropout drops; a function of it and the epoch's number alone, so that
  /// training that goes on with `initial_epoch` is as if it had never stopped.
  std::uint64_t seed = 0;
  /// The last part of the data, in [0, 1), taken before shuffling; never trained on.
  double validation_split = 0;
  std::optional<Data> validation_data{};
  /// Validates after every so many epochs.
  std::uint64_t validation_freq = 1;
  /// Epochs before this one are done already.
  std::uint64_t initial_epoch = 0;
  std::vector<Callback*> callbacks{};
  /// Given a line for each epoch.
  std::function<void(std::string_view)> verbose{};
};

/// Keras' History, in the order of the epochs.
struct History {
  /// From 0.
  std::vector<std::uint64_t> epochs;
  /// `loss`, the metrics, the same behind `val_`, and `learning_rate` as of the epoch's end; those
  /// of validation have a value for each epoch that was validated.
  std::vector<std::pair<std::string, std::vector<double>>> values;
  /// Why a callback ended the training, or empty.
  std::string stopped;

  /// Empty when it was not measured.
  [[nodiscard]] std::span<const double> operator[](std::string_view name) const;
};

/// Trains like Keras: an epoch's loss is the mean over its samples, as the model was when it saw
/// them. kInvalid, before the first step, when data, config, model and callbacks do not fit; an
/// error of a callback ends the training. Allocates memory for one batch and an order of samples.
///
///     DK_TRY_ASSIGN(auto history, fit(*model, *optimizer, {x, y}, {.epochs = 5}));
[[nodiscard]] Result<History> fit(Model& model, Optimizer& optimizer, const Data& data,
                                  const FitConfig& config = {});

/// What is measured in an epoch: `loss`, the model's metrics and, when there is a validation set,
/// the same behind `val_`; `fit` adds `learning_rate`.
[[nodiscard]] std::vector<std::string> log_names(Model& model, bool has_validation);

/// `loss` and the metrics over all samples; resets the model's metrics.
[[nodiscard]] Result<Logs> evaluate(Model& model, const Data& data);

/// `output_size()` floats for each sample of `x`.
[[nodiscard]] Result<std::vector<float>> predict(Model& model, std::span<const float> x);

/// One step over at most `max_batch_size()` samples; gives `loss` and the metrics of before it.
/// `seed` decides what dropout drops, together with the number of the step.
[[nodiscard]] Result<Logs> train_on_batch(Model& model, Optimizer& optimizer, const Data& data,
                                          std::uint64_t seed = 0);

}  // namespace dk::model
