// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/time_distributed.hpp"

namespace dk::model {

TimeDistributed::TimeDistributed(ConfigReader& config)
    : wrapped_(WrappedLayer::read(config, "layer", WrappedLayer::Models::kSequential)) {}

nlohmann::json TimeDistributed::config() const {
  return {{"layer", wrapped_.to_json()}};
}

Result<Shape> TimeDistributed::build(const Shape& input, const BuildContext& context) {
  if (input.size() < 2) {
    return fail(Errc::kInvalid, "needs an input of (steps, ...), not {}", to_string(input));
  }
  steps_ = input[0];
  DK_TRY(element_count({context.max_batch, steps_}));
  wrapped_.layer->set_trainable(trainable() && wrapped_.trainable);
  const Shape step(input.begin() + 1, input.end());
  DK_TRY_ASSIGN(
      auto outputs,
      wrapped_.layer->build(std::span(&step, 1), {context.max_batch * steps_, context.training}));
  if (outputs.size() != 1) {
    return fail(Errc::kInvalid, "wraps a layer of one output, not of {}", outputs.size());
  }
  Shape output = std::move(outputs[0]);
  output.insert(output.begin(), steps_);
  DK_TRY(element_count(output));
  return output;
}

std::vector<VariableSpec> TimeDistributed::variables() const {
  return wrapped_.variables("layer");
}

Placement TimeDistributed::placement() const {
  return wrapped_.layer->placement();
}

std::size_t TimeDistributed::workspace_floats() const {
  return wrapped_.layer->workspace_floats();
}

void TimeDistributed::forward(const ForwardPass& pass) {
  const float* const no_mask = nullptr;
  ForwardPass steps = pass;
  steps.n = pass.n * steps_;
  steps.masks = std::span(&no_mask, 1);
  wrapped_.layer->forward(steps);
}

void TimeDistributed::backward(const BackwardPass& pass) {
  const float* const no_mask = nullptr;
  BackwardPass steps = pass;
  steps.n = pass.n * steps_;
  steps.masks = std::span(&no_mask, 1);
  wrapped_.layer->backward(steps);
}

bool TimeDistributed::drop_activation(std::string_view name) {
  return wrapped_.layer->drop_activation(name);
}

}  // namespace dk::model
