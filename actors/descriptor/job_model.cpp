// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_model.hpp"

#include "actors/algorithms/registry.hpp"
#include "model/functional.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"

#include <algorithm>
#include <map>

namespace dk {

namespace {

Result<std::vector<float>> member_weights(const JobSpec& spec) {
  DK_TRY_ASSIGN(const auto algorithm, make_algorithm(spec.algorithm, spec.workers_max));
  return algorithm->member_weights();
}

std::string member_name(std::size_t member) {
  return fmt::format("member_{}", member + 1);
}

Result<model::Architecture> combine(const model::Architecture& member,
                                    std::span<const float> weights) {
  using Tensor = model::Functional::Tensor;
  model::Functional graph("ensemble");
  std::vector<Tensor> inputs;
  for (const auto& input : member.inputs) inputs.push_back(graph.input(input.shape, input.name));
  std::vector<std::vector<Tensor>> by_output(member.outputs.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    auto copy = member;
    copy.name = member_name(i);
    const auto first = graph.call(graph.layer(copy), inputs);
    for (std::uint32_t output = 0; output < by_output.size(); ++output) {
      by_output[output].push_back(
          graph.call("Rescaling", {{"scale", weights[i]}}, first.output(output)));
    }
  }
  std::vector<Tensor> outputs;
  for (const auto& parts : by_output)
    outputs.push_back(graph.call("Add", nlohmann::json::object(), parts));
  return graph.model(inputs, outputs);
}

Result<std::unique_ptr<model::Model>> build(const JobSpec& spec,
                                            const model::Architecture& architecture) {
  model::CompileConfig config{spec.loss, spec.metrics, spec.batch_size};
  config.class_weight = spec.class_weight;
  config.threads = spec.threads;
  return model::Model::build(architecture, config);
}

}  // namespace

Result<std::unique_ptr<model::Model>> build_model(const JobSpec& spec) {
  DK_TRY_ASSIGN(const auto architecture, model::read_keras_json(spec.architecture, "model"));
  return build(spec, architecture);
}

Result<model::Architecture> delivered_architecture(const JobSpec& spec) {
  DK_TRY_ASSIGN(auto architecture, model::read_keras_json(spec.architecture, "model"));
  DK_TRY_ASSIGN(const auto weights, member_weights(spec));
  if (weights.empty()) return architecture;
  return combine(architecture, weights);
}

Result<std::unique_ptr<model::Model>> build_delivered_model(const JobSpec& spec) {
  DK_TRY_ASSIGN(const auto architecture, delivered_architecture(spec));
  return build(spec, architecture);
}

Result<void> set_delivered_weights(const JobSpec& spec, std::span<const float> members,
                                   model::Model& delivered) {
  if (members.size() != delivered.parameter_count()) {
    return fail(Errc::kInvalid, "{} weights for a model of {}", members.size(),
                delivered.parameter_count());
  }
  DK_TRY_ASSIGN(const auto weights, member_weights(spec));
  if (weights.empty()) {
    std::ranges::copy(members, delivered.parameters().begin());
    return {};
  }
  DK_TRY_ASSIGN(const auto member, build_model(spec));
  std::map<std::string, const model::Variable*> variables;
  for (const auto& variable : delivered.layout().variables())
    variables[variable.path()] = &variable;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto own = members.subspan(i * member->parameter_count(), member->parameter_count());
    for (const auto& variable : member->layout().variables()) {
      const auto found = variables.find(member_name(i) + "/" + variable.path());
      if (found == variables.end())
        return fail(Errc::kInternal, "the ensemble has no variable {}", variable.path());
      std::ranges::copy(own.subspan(variable.offset, variable.size),
                        delivered.parameters().subspan(found->second->offset).begin());
    }
  }
  return {};
}

Result<std::unique_ptr<model::Model>> build_initial_model(const JobSpec& spec,
                                                          std::uint32_t member) {
  DK_TRY_ASSIGN(auto model, build_model(spec));
  model->initialize(spec.seed + member);
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
  options.transforms = spec.saved_transforms;
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
