// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_model.hpp"

#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"

namespace dk {

Result<std::unique_ptr<model::Model>> build_model(const JobSpec& spec) {
  DK_TRY_ASSIGN(const auto architecture, model::read_keras_json(spec.architecture, "model"));
  model::CompileConfig config{spec.loss, spec.metrics, spec.batch_size};
  config.class_weight = spec.class_weight;
  config.threads = spec.threads;
  return model::Model::build(architecture, config);
}

Result<std::unique_ptr<model::Model>> build_initial_model(const JobSpec& spec) {
  DK_TRY_ASSIGN(auto model, build_model(spec));
  model->initialize(spec.seed);
  if (!spec.initial_model.empty()) {
    DK_TRY(model::read_weights(spec.initial_model, *model));
  }
  return model;
}

Result<std::unique_ptr<model::Optimizer>> build_optimizer(const JobSpec& spec,
                                                          const model::Layout& layout) {
  DK_TRY_ASSIGN(auto optimizer, model::make_optimizer(spec.optimizer, layout));
  if (spec.initial_model.empty()) return optimizer;
  DK_TRY_ASSIGN(const auto file, model::read_model_file(spec.initial_model));
  if (!file.optimizer || !file.optimizer->config.is_object()) return optimizer;
  const bool same_class = file.optimizer->config.value("class_name", "") ==
                          optimizer->config().value("class_name", "?");
  if (same_class) {
    DK_TRY(model::load_optimizer(*file.optimizer, layout, *optimizer));
  }
  return optimizer;
}

Result<void> write_job_model(const JobSpec& spec, const model::Model& model,
                             const std::filesystem::path& path, bool weights_only) {
  model::SaveOptions options;
  options.weights_only = weights_only;
  options.training_config = {{"optimizer", spec.optimizer},
                             {"loss", spec.loss},
                             {"metrics", spec.metrics},
                             {"loss_weights", nullptr}};
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) {
    return fail(Errc::kIo, "{}: cannot make its directory: {}", path.string(), failed.message());
  }
  return model::write_model_file(path, model, options);
}

}  // namespace dk
