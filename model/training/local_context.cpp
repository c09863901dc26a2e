// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/training/local_context.hpp"

#include "model/keras/model_file.hpp"

#include <algorithm>

namespace dk::model {

void LocalContext::stop(std::string reason) {
  if (!stopped_) reason_ = std::move(reason);
  stopped_ = true;
}

Result<void> LocalContext::set_learning_rate(double rate) {
  return optimizer_.set_learning_rate(rate);
}

void LocalContext::keep_weights(const Callback& owner) {
  const auto weights = model_.parameters();
  kept_[&owner].assign(weights.begin(), weights.end());
}

Result<void> LocalContext::restore_weights(const Callback& owner) {
  const auto found = kept_.find(&owner);
  if (found == kept_.end()) return {};
  std::copy(found->second.begin(), found->second.end(), model_.parameters().begin());
  return {};
}

Result<void> LocalContext::save(const std::filesystem::path& path, bool weights_only) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return fail(Errc::kIo, "{}: its directory cannot be made: {}", path.string(), error.message());
  }
  SaveOptions options;
  options.weights_only = weights_only;
  if (!weights_only) {
    const CompileConfig& config = model_.config();
    options.optimizer = &optimizer_;
    options.training_config = {
        {"loss", config.loss}, {"metrics", config.metrics}, {"loss_weights", config.loss_weights}};
  }
  return write_model_file(path, model_, options);
}

}  // namespace dk::model
