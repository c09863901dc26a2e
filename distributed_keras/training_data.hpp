// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/training/data.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace dk {
inline namespace trainers {

/// A set of samples: arrays in memory, or files.
///
///     dk::SampleSet(dk::model::Data{x, y})
///     dk::SampleSet({{"format", "csv"}, {"files", "rows.csv"}, {"labels", "class"}})
class SampleSet {
 public:
  /// `input_size()` floats of x and `target_size()` floats of y for each sample, as the model takes
  /// them. The owner keeps them alive until `train` has returned; they have no sample weights.
  SampleSet(model::Data arrays) : source_(arrays) {}  // NOLINT(google-explicit-constructor)
  /// A `data.train` of a job descriptor: format, files, features, labels. Relative paths start at
  /// the program's directory; the files need to be on at least one machine of the cluster, and
  /// where the supervisor is.
  SampleSet(nlohmann::json files)  // NOLINT(google-explicit-constructor)
      : source_(std::move(files)) {}

  /// Null when it is files.
  [[nodiscard]] const model::Data* arrays() const { return std::get_if<model::Data>(&source_); }
  /// Null when it is arrays.
  [[nodiscard]] const nlohmann::json* files() const {
    return std::get_if<nlohmann::json>(&source_);
  }

 private:
  std::variant<model::Data, nlohmann::json> source_;
};

/// What a trainer learns from.
struct TrainingData {
  SampleSet train;
  /// Evaluated after each epoch, for callbacks and the history.
  std::optional<SampleSet> validation{};
  /// Evaluated at the end.
  std::optional<SampleSet> test{};
  /// A `data.transform` of a job descriptor, done to every sample of all sets: a list such as
  /// `{{{"min_max", {{"from", {0, 255}}, {"to", {0, 1}}}}}}`.
  nlohmann::json transforms = nlohmann::json::array();
};

}  // namespace trainers
}  // namespace dk
