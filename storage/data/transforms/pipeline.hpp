// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/augment.hpp"
#include "storage/data/schema.hpp"
#include "storage/data/transforms/transform.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

class Reader;
struct TransformSteps;

/// x' = scale * x + shift in float32: two roundings.
struct UniformAffine {
  float scale = 1;
  float shift = 0;
};

/// The transforms of a descriptor, in their order:
///
///     DK_TRY_ASSIGN(auto pipeline, Pipeline::make(R"([{"standard": {}}, {"one_hot": 10}])"_json,
///                                                 reader.schema()));
///     if (!pipeline.fitted()) DK_TRY(pipeline.fit(reader));
///     auto scratch = pipeline.scratch(32);
///     DK_TRY(pipeline.apply(32, x_raw, y_raw, x, y, scratch));
///
/// Statistics are double; each value is rounded to float32 once per step, and adjacent affine
/// steps (min_max, standard, scale) are one. After `fit` it is immutable and may be used by several
/// threads, each with its own Scratch. The same floats on every machine.
class Pipeline {
 public:
  /// Floats of one row, of features or of labels, in front of and behind each transform.
  static constexpr std::size_t kMostFloats = kMostRowFloats;

  /// For one thread.
  class Scratch {
   private:
    friend class Pipeline;
    std::size_t most_rows_ = 0;
    std::vector<float> from_, to_;
  };

  /// No transforms: rows pass as they are.
  Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  /// `transforms`: an array of one-key objects, as in a descriptor or as `config` made it;
  /// `augment` may stand last. kInvalid: which entry, which argument, what is allowed.
  static Result<Pipeline> make(const nlohmann::json& transforms, const Schema& raw);

  /// In front of the transforms, and behind them.
  [[nodiscard]] const Schema& raw() const;
  [[nodiscard]] const Schema& schema() const;
  [[nodiscard]] bool fitted() const;
  /// Streams the training rows past, group by group, as many times as the transforms need: once for
  /// each that depends on another's outcome; three times for a median. kInvalid: a value that does
  /// not do, with its row; a column without any; besides the reader's errors. Does nothing when
  /// fitted.
  [[nodiscard]] Result<void> fit(const Reader& training);

  /// With what was fitted: `make(config(), raw)` is ready to apply.
  [[nodiscard]] nlohmann::json config() const;

  [[nodiscard]] Scratch scratch(std::size_t most_rows) const;
  /// `x` has rows * schema().feature_size() floats, `y` the same of labels; both raw spans the same
  /// of the raw schema; none overlap. With `y` empty (predict) labels are not looked at. Allocates
  /// nothing. kInvalid: which row of these, which value; also when a value comes out that is no
  /// number or infinite, so a missing value needs `impute`.
  [[nodiscard]] Result<void> apply(std::size_t rows, std::span<const float> x_raw,
                                   std::span<const float> y_raw, std::span<float> x,
                                   std::span<float> y, Scratch& scratch) const;

  /// What `apply` does to the features when it is this alone (also nothing: {1, 0}), for a data set
  /// that keeps bytes: float(byte) * scale + shift gives what `apply` would. Empty before `fit`.
  [[nodiscard]] std::optional<UniformAffine> feature_affine() const;

  /// For training rows only, after `apply`.
  [[nodiscard]] const std::optional<Augment>& augment() const;

 private:
  std::unique_ptr<TransformSteps> steps_;
};

/// What is saved with a model: the raw schema and the fitted transforms as one line of JSON, ASCII.
[[nodiscard]] std::string transforms_to_text(const Pipeline& pipeline);
/// Fitted. kInvalid when it is no such text or what it says is not allowed.
[[nodiscard]] Result<Pipeline> transforms_from_text(std::string_view text);

}  // namespace dk::storage
