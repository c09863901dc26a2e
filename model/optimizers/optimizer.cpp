// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"

#include "base/check.hpp"
#include "model/config_reader.hpp"
#include "model/optimizers/adam.hpp"
#include "model/optimizers/sgd.hpp"

namespace dk::model {
namespace {

using Factory = Result<std::unique_ptr<Optimizer>> (*)(ConfigReader&, std::size_t);

struct Entry {
  std::string_view name;
  Factory make;
};

template <class Config, class T>
Result<std::unique_ptr<Optimizer>> make(ConfigReader& reader, std::size_t parameter_count) {
  const Config config = Config::read(reader);
  DK_TRY(reader.finish());
  DK_TRY_ASSIGN(auto state, FloatBuffer::make(T::state_size(config, parameter_count)));
  return std::make_unique<T>(config, parameter_count, std::move(state));
}

constexpr Entry kOptimizers[] = {
    {"sgd", make<SgdConfig, Sgd>},
    {"adam", make<AdamConfig, Adam>},
};

// 24 bits are exact in a float, and unlike a counter's raw bits never look like NaN to a check.
constexpr std::uint64_t kLowPart = std::uint64_t{1} << 24;

}  // namespace

Optimizer::Optimizer(std::size_t parameter_count, FloatBuffer state)
    : parameter_count_(parameter_count), state_(std::move(state)) {}

std::uint64_t Optimizer::steps() const {
  const auto counter = state_.span().last(kCounterFloats);
  return static_cast<std::uint64_t>(counter[0]) + kLowPart * static_cast<std::uint64_t>(counter[1]);
}

void Optimizer::check_sizes(std::span<float> parameters, std::span<const float> gradients) const {
  DK_CHECK(gradients.size() == parameter_count_, "the optimizer was made for another model");
  DK_CHECK(parameters.size() >= parameter_count_, "the optimizer was made for another model");
}

std::uint64_t Optimizer::next_step() {
  const std::uint64_t step = steps() + 1;
  const auto counter = state_.span().last(kCounterFloats);
  counter[0] = static_cast<float>(step % kLowPart);
  counter[1] = static_cast<float>(step / kLowPart);
  return step;
}

Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                  std::size_t parameter_count) {
  const nlohmann::json object = config.is_string() ? nlohmann::json{{"name", config}} : config;
  ConfigReader reader(object, "optimizer");
  const std::string name = reader.text("name", "");
  for (const Entry& entry : kOptimizers) {
    if (entry.name != name) continue;
    ConfigReader named(object, fmt::format("optimizer {}", name));
    named.ignore({"name"});
    return entry.make(named, parameter_count);
  }
  const auto known = known_optimizers();
  if (object.is_object() && name.empty()) {
    reader.problem(fmt::format("name is missing; supported: {}", listed(known)));
  }
  reader.problem(fmt::format("unknown name {}{}; supported: {}", show(name),
                             suggestion(name, known), listed(known)));
  return fail(reader.finish().error());
}

Result<void> check_optimizer(const nlohmann::json& config) {
  DK_TRY(make_optimizer(config, 0));
  return {};
}

std::vector<std::string> known_optimizers() {
  std::vector<std::string> names;
  for (const Entry& entry : kOptimizers) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
