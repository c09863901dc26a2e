// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/trained_model.hpp"

#include "base/files.hpp"
#include "distributed_keras/job_result.hpp"
#include "storage/data/npy.hpp"
#include "storage/data/text_columns.hpp"

namespace dk::submit {
namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

Result<TrainedModel> fetch_trained(Gateway& gateway, JobId job, CheckpointId checkpoint) {
  DK_TRY_ASSIGN(auto result, fetch_job_result(gateway, job, checkpoint));
  return TrainedModel{std::move(result.file), std::move(result.spec)};
}

Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights) {
  TrainedModel trained;
  DK_TRY_ASSIGN(trained.file, model::read_model_file(model));
  if (weights.empty()) return trained;
  DK_TRY_ASSIGN(auto other, model::read_model_file(weights));
  if (!other.weights) return fail(Errc::kInvalid, "{}: has no weights", weights.string());
  trained.file.weights = std::move(other.weights);
  return trained;
}

Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights, CheckpointId checkpoint) {
  if (model.extension() == ".json") {  // needs no weights, which a young job has not
    DK_TRY_ASSIGN(const auto text, gateway.architecture(job));
    DK_TRY(write_file_atomic(model, std::as_bytes(std::span(text))));
  }
  const bool whole = !model.empty() && model.extension() != ".json";
  if (!whole && weights.empty()) return {};
  DK_TRY_ASSIGN(const auto trained, fetch_trained(gateway, job, checkpoint));
  DK_TRY_ASSIGN(const auto built, build_trained(trained));
  model::SaveOptions options;
  options.training_config = {{"optimizer", trained.spec->optimizer},
                             {"loss", trained.spec->loss},
                             {"metrics", trained.spec->metrics},
                             {"loss_weights", nullptr}};
  options.transforms = trained.spec->saved_transforms;
  if (whole) {
    DK_TRY(model::write_model_file(model, *built, options));
  }
  if (weights.empty()) return {};
  if (weights.extension() == ".npy") {
    const std::size_t shape[] = {built->parameter_count()};
    return storage::write_npy(weights, shape, built->parameters());
  }
  options.weights_only = true;
  return model::write_model_file(weights, *built, options);
}

Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained) {
  if (!trained.file.weights) {
    return fail(Errc::kInvalid, "{}: has no weights; name a file of them with --weights",
                trained.file.source);
  }
  model::CompileConfig config;
  config.max_batch_size = kBatch;
  config.training = false;
  if (trained.spec) {
    config.loss = trained.spec->loss;
    config.metrics = trained.spec->metrics;
  } else if (trained.file.training_config.is_object()) {
    config.loss = trained.file.training_config["loss"];
    config.metrics = trained.file.training_config["metrics"];
  }
  return model::build_model(trained.file, config);
}

Result<std::optional<storage::Pipeline>> saved_pipeline(const TrainedModel& trained) {
  if (trained.file.transforms.empty()) return std::optional<storage::Pipeline>();
  auto saved = storage::transforms_from_text(trained.file.transforms);
  if (!saved) return fail_in(trained.file.source, saved.error());
  return std::optional<storage::Pipeline>(*std::move(saved));
}

std::vector<std::string> class_names(const TrainedModel& trained) {
  const auto saved = saved_pipeline(trained);
  if (!saved || !*saved) return {};
  return storage::class_names((*saved)->config(), (*saved)->raw());
}

Result<void> check_inputs(const model::Model& model, const storage::Schema& rows,
                          std::string_view source) {
  if (rows.feature_size() != model.input_size()) {
    return fail(Errc::kInvalid, "{}: a row has {} features; the model takes {}", source,
                rows.feature_size(), model.input_size());
  }
  const auto shapes = model.network().input_shapes();
  if (rows.features.size() != shapes.size()) return {};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto size = model::element_count(shapes[i]).value_or(0);
    if (rows.features[i].size() == size) continue;
    return fail(Errc::kInvalid, "{}: input {} has {} features; the model takes {} there", source,
                i + 1, rows.features[i].size(), size);
  }
  return {};
}

}  // namespace dk::submit
