// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/predictor.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dk::submit {
namespace {

const std::vector<std::string> kNames{"average", "majority", "weighted"};

std::size_t last_axis(const model::Shape& shape) {
  return shape.empty() ? 1 : shape.back();
}

/// Whether texts, if any were read, became the numbers that the model knows.
bool same_texts(const storage::Schema& saved, const storage::Schema& raw) {
  for (std::size_t i = 0; i < std::min(raw.features.size(), saved.features.size()); ++i) {
    const auto& texts = raw.features[i].texts;
    if (!texts.empty() && texts != saved.features[i].texts) return false;
  }
  return true;
}

/// The transforms of a model's file or job; none when there are none.
Result<storage::Pipeline> pipeline_of(const TrainedModel& trained, const storage::Schema& raw) {
  DK_TRY_ASSIGN(auto saved, saved_pipeline(trained));
  if (saved) {
    const bool same_size = saved->raw().feature_size() == raw.feature_size();
    if (same_size && same_texts(saved->raw(), raw)) return *std::move(saved);
    if (same_size) {
      return fail(Errc::kInvalid, "{}: its columns of texts have other classes than those read",
                  trained.file.source);
    }
    return fail(Errc::kInvalid, "{}: a row has {} features; the model's transforms take {}",
                trained.file.source, raw.feature_size(), saved->raw().feature_size());
  }
  if (!trained.spec) return storage::Pipeline::make(nlohmann::json::array(), raw);
  auto complete = raw;
  if (complete.labels.empty()) complete.labels = {{"labels", {}}};
  DK_TRY_ASSIGN(auto pipeline, storage::Pipeline::make(trained.spec->train.transforms, complete));
  if (pipeline.fitted()) return pipeline;
  return fail(Errc::kInvalid,
              "the descriptor's transforms have not been fitted; {} does not have them",
              trained.file.source);
}

bool takes_logits(const nlohmann::json& loss) {
  if (loss.is_object()) {
    const auto found = loss.find("from_logits");
    if (found != loss.end() && *found == true) return true;
    const auto config = loss.find("config");
    return config != loss.end() && takes_logits(*config);
  }
  return loss.is_array() && std::any_of(loss.begin(), loss.end(), takes_logits);
}

}  // namespace

Result<EnsembleConfig> ensemble_config(const std::string& name, std::vector<float> weights,
                                       std::size_t models) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    return fail(Errc::kInvalid, "--combine is '{}'{}", name, did_you_mean(name, kNames));
  }
  EnsembleConfig config{static_cast<Combine>(found - kNames.begin()), std::move(weights)};
  if (config.combine != Combine::kWeighted) {
    if (config.weights.empty()) return config;
    return fail(Errc::kInvalid, "--member-weights goes with --combine weighted");
  }
  const bool fine = std::all_of(config.weights.begin(), config.weights.end(),
                                [](float weight) { return std::isfinite(weight) && weight > 0; });
  if (fine && config.weights.size() == models) return config;
  return fail(Errc::kInvalid,
              "--combine weighted: {} weights for {} models; allowed: one above 0 for each",
              config.weights.size(), models);
}

ClassRule class_rule(const TrainedModel& trained) {
  const auto& loss = trained.spec ? trained.spec->loss : trained.file.training_config;
  const auto& of_file =
      !trained.spec && loss.is_object() && loss.contains("loss") ? loss["loss"] : loss;
  return takes_logits(of_file) ? ClassRule::largest(true) : ClassRule{};
}

Result<void> Predictor::add(const TrainedModel& trained, const storage::Schema& raw) {
  DK_TRY_ASSIGN(auto model, build_trained(trained));
  DK_TRY_ASSIGN(auto pipeline, pipeline_of(trained, raw));
  const auto size = pipeline.schema().feature_size();
  DK_TRY(check_inputs(*model, pipeline.schema(), trained.file.source));
  if (!members_.empty() && !std::ranges::equal(model->network().output_shapes(),
                                               members_.front().model->network().output_shapes())) {
    return fail(Errc::kInvalid, "{}: its outputs have other shapes than those of the first model",
                trained.file.source);
  }
  auto scratch = pipeline.scratch(kBatch);
  members_.push_back({std::move(model), std::move(pipeline), std::move(scratch),
                      std::vector<float>(kBatch * size), 1, class_rule(trained)});
  return {};
}

Result<Predictor> Predictor::make(const std::vector<TrainedModel>& models,
                                  const storage::Schema& raw, const EnsembleConfig& config) {
  Predictor predictor;
  for (const auto& trained : models) DK_TRY(predictor.add(trained, raw));
  auto& members = predictor.members_;
  predictor.votes_ = members.size() > 1 && config.combine == Combine::kMajority;
  auto weights = config.weights;
  if (weights.size() != members.size()) weights.assign(members.size(), 1.0F);
  const float sum = std::accumulate(weights.begin(), weights.end(), 0.0F);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].weight = weights[i] / sum;
  return predictor;
}

Result<std::span<const float>> Predictor::run(Member& member, std::span<const float> raw,
                                              std::size_t rows) {
  const auto inputs = std::span(member.inputs).first(rows * member.model->input_size());
  DK_TRY(member.pipeline.apply(rows, raw, {}, inputs, {}, member.scratch));
  return member.model->predict(inputs, rows);
}

/// One number is a vote for 1 or against it.
void Predictor::add_votes(const Member& member, std::span<const float> outputs) {
  for (std::size_t at = 0; at < outputs.size();) {
    for (const auto& shape : member.model->network().output_shapes()) {
      const auto width = last_axis(shape);
      const auto end = at + model::element_count(shape).value_or(0);
      for (; at < end; at += width) {
        const auto place = member.rule.class_of(outputs.subspan(at, width));
        if (width > 1) sum_[at + place] += member.weight;
        if (width == 1 && place == 1) sum_[at] += member.weight;
      }
    }
  }
}

Result<std::span<const float>> Predictor::predict(std::span<const float> raw, std::size_t rows) {
  if (members_.size() == 1) return run(members_.front(), raw, rows);
  sum_.assign(rows * model().output_size(), 0);
  for (auto& member : members_) {
    DK_TRY_ASSIGN(const auto outputs, run(member, raw, rows));
    if (votes_) {
      add_votes(member, outputs);
      continue;
    }
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += member.weight * outputs[i];
  }
  return std::span<const float>(sum_);
}

}  // namespace dk::submit
