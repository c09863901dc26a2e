// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/confusion.hpp"
#include "apps/dk-submit/trained_model.hpp"
#include "storage/data/transforms/pipeline.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk::submit {

/// How several models' outputs y_k become one:
///
///     average:   1/n sum_k y_k
///     weighted:  sum_k w_k y_k / sum_k w_k
///     majority:  the share of the models that take the sample for this class
enum class Combine { kAverage, kMajority, kWeighted };

struct EnsembleConfig {
  Combine combine = Combine::kAverage;
  std::vector<float> weights{};  ///< Weighted: one for each model, above 0.
};

/// average, majority, weighted, with weights where they belong; kInvalid else.
[[nodiscard]] Result<EnsembleConfig> ensemble_config(const std::string& name,
                                                     std::vector<float> weights,
                                                     std::size_t models);

/// One or several trained models of the same outputs, each behind its own transforms. One thread.
class Predictor {
 public:
  /// Samples per step.
  static constexpr std::size_t kBatch = 256;

  /// `raw`: rows as they come. kInvalid when a model has no weights, its transforms or its inputs
  /// do not take such rows, or the models' outputs differ.
  static Result<Predictor> make(const std::vector<TrainedModel>& models, const storage::Schema& raw,
                                const EnsembleConfig& config = {});

  [[nodiscard]] const model::Model& model() const { return *members_.front().model; }
  /// At most kBatch rows: rows * output_size() floats, each sample's outputs one after the other,
  /// valid until the next call. kInvalid: which row of these, which value.
  Result<std::span<const float>> predict(std::span<const float> raw, std::size_t rows);

 private:
  struct Member {
    std::unique_ptr<model::Model> model;
    storage::Pipeline pipeline;
    storage::Pipeline::Scratch scratch;
    std::vector<float> inputs;
    float weight = 1;
    ClassRule rule;
  };
  void add_votes(const Member& member, std::span<const float> outputs);
  [[nodiscard]] Result<void> add(const TrainedModel& trained, const storage::Schema& raw);
  static Result<std::span<const float>> run(Member& member, std::span<const float> raw,
                                            std::size_t rows);

  std::vector<Member> members_;
  bool votes_ = false;
  std::vector<float> sum_;
};

/// The rule for what the model's outputs are: largest() where its loss takes logits.
[[nodiscard]] ClassRule class_rule(const TrainedModel& trained);

}  // namespace dk::submit
