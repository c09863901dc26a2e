// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <map>
#include <string>
#include <vector>

namespace dk::model {

/// A model and its optimizer in this process.
class LocalContext final : public CallbackContext {
 public:
  /// Both outlive it.
  LocalContext(Model& model, Optimizer& optimizer) : model_(model), optimizer_(optimizer) {}

  void stop(std::string reason) override;
  [[nodiscard]] double learning_rate() const override { return optimizer_.learning_rate(); }
  Result<void> set_learning_rate(double rate) override;
  void keep_weights(const Callback& owner) override;
  Result<void> restore_weights(const Callback& owner) override;
  Result<void> save(const std::filesystem::path& path, bool weights_only) override;

  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The first one given.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  Model& model_;
  Optimizer& optimizer_;
  bool stopped_ = false;
  std::string reason_;
  std::map<const Callback*, std::vector<float>> kept_;
};

}  // namespace dk::model
