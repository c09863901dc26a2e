// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras_object.hpp"
#include "model/optimizers/adadelta.hpp"
#include "model/optimizers/adagrad.hpp"
#include "model/optimizers/adam.hpp"
#include "model/optimizers/adamax.hpp"
#include "model/optimizers/ftrl.hpp"
#include "model/optimizers/nadam.hpp"
#include "model/optimizers/optimizer.hpp"
#include "model/optimizers/rmsprop.hpp"
#include "model/optimizers/sgd.hpp"

namespace dk::model {
namespace {

struct Entry {
  const char* name;
  const char* class_name;
  std::unique_ptr<Optimizer> (*make)(ConfigReader& reader);
  double learning_rate;
  std::optional<double> weight_decay;
};

template <class T>
std::unique_ptr<Optimizer> make(ConfigReader& reader) {
  return std::make_unique<T>(reader);
}

constexpr Entry kOptimizers[] = {
    {"sgd", "SGD", make<Sgd>, 0.01, {}},
    {"rmsprop", "RMSprop", make<RmsProp>, 0.001, {}},
    {"adagrad", "Adagrad", make<Adagrad>, 0.001, {}},
    {"adadelta", "Adadelta", make<Adadelta>, 0.001, {}},
    {"adam", "Adam", make<Adam>, 0.001, {}},
    {"adamw", "AdamW", make<Adam>, 0.001, 0.004},
    {"adamax", "Adamax", make<Adamax>, 0.001, {}},
    {"nadam", "Nadam", make<Nadam>, 0.001, {}},
    {"ftrl", "Ftrl", make<Ftrl>, 0.001, {}},
};

}  // namespace

Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                  const Layout& layout) {
  const auto known = known_optimizers();
  DK_TRY_ASSIGN(KerasObject object, read_keras_object(config, "optimizer", known));
  if (same_name(object.name, "nadam")) Nadam::rename_decay(object.config);
  for (const Entry& entry : kOptimizers) {
    if (!same_name(entry.name, object.name)) continue;
    ConfigReader reader(object.config, fmt::format("optimizer {}", entry.name));
    auto optimizer = entry.make(reader);
    OptimizerConfig defaults;
    defaults.name = entry.name;
    defaults.learning_rate = entry.learning_rate;
    defaults.weight_decay = entry.weight_decay;
    auto common = OptimizerConfig::read(reader, std::move(defaults));
    DK_TRY(reader.finish());
    DK_TRY(optimizer->plan(entry.class_name, std::move(common), layout));
    return optimizer;
  }
  return unknown_name("optimizer", object.name, known);
}

Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                  std::size_t parameter_count) {
  if (parameter_count == 0) return make_optimizer(config, Layout());
  Variable variable;
  variable.name = "parameters";
  variable.shape = {parameter_count};
  DK_TRY_ASSIGN(const Layout layout, Layout::make({std::move(variable)}));
  return make_optimizer(config, layout);
}

Result<void> check_optimizer(const nlohmann::json& config) {
  DK_TRY(make_optimizer(config, Layout()));
  return {};
}

std::vector<std::string> known_optimizers() {
  std::vector<std::string> names;
  for (const Entry& entry : kOptimizers) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
