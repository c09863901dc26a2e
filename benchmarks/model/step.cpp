// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/step.hpp"

#include "base/random.hpp"

namespace dk::bench {
namespace {

constexpr double kLearningRate = 1e-5;
constexpr std::size_t kBatches = 8;
constexpr std::size_t kClasses = 10;

model::CompileConfig compile_config(const StepCase& what, unsigned threads) {
  model::CompileConfig config;
  config.max_batch_size = what.batch;
  config.training = what.way != "predict";
  if (config.training) config.loss = "sparse_categorical_crossentropy";
  config.threads = threads;
  return config;
}

}  // namespace

Step::Step(const StepCase& what, unsigned threads)
    : model_(model::Model::build(model_named(what.model), compile_config(what, threads)).value()),
      batch_(what.batch),
      x_(kBatches * batch_ * model_->input_size()),
      y_(kBatches * batch_) {
  if (what.way != "predict") {
    const nlohmann::json config{{"name", what.way}, {"learning_rate", kLearningRate}};
    optimizer_ = model::make_optimizer(config, model_->layout()).value();
  }
  model_->initialize(7);
  Random random(1);
  for (float& value : x_) value = random.uniform();
  for (float& value : y_) value = static_cast<float>(random.below(kClasses));
}

void Step::run() {
  const auto first = (at_++ % kBatches) * batch_;
  const auto x = std::span<const float>(x_).subspan(first * model_->input_size());
  if (optimizer_ == nullptr) {
    static_cast<void>(model_->predict(x, batch_));
    return;
  }
  model_->compute_gradients(x, std::span<const float>(y_).subspan(first), batch_, at_);
  optimizer_->step(model_->trainable(), model_->gradients());
  model_->constrain();
}

}  // namespace dk::bench
