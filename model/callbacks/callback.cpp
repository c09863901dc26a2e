// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/callback.hpp"

#include "model/callbacks/csv_logger.hpp"
#include "model/callbacks/early_stopping.hpp"
#include "model/callbacks/learning_rate_scheduler.hpp"
#include "model/callbacks/model_checkpoint.hpp"
#include "model/callbacks/reduce_lr_on_plateau.hpp"
#include "model/callbacks/state.hpp"
#include "model/callbacks/stop_at_target.hpp"
#include "model/callbacks/terminate_on_nan.hpp"
#include "model/keras_object.hpp"

#include <algorithm>

namespace dk::model {
namespace {

template <class T>
std::unique_ptr<Callback> make(ConfigReader& config) {
  return std::make_unique<T>(config);
}

struct Entry {
  const char* name;
  std::unique_ptr<Callback> (*make)(ConfigReader& config);
};

constexpr Entry kCallbacks[] = {
    {"early_stopping", make<EarlyStopping>},
    {"model_checkpoint", make<ModelCheckpoint>},
    {"reduce_lr_on_plateau", make<ReduceLROnPlateau>},
    {"learning_rate_scheduler", make<LearningRateScheduler>},
    {"csv_logger", make<CSVLogger>},
    {"terminate_on_nan", make<TerminateOnNaN>},
    {"stop_at_target", make<StopAtTarget>},
};

}  // namespace

std::optional<double> find_log(const Logs& logs, std::string_view name) {
  const auto found = std::find_if(logs.begin(), logs.end(),
                                  [&](const MetricValue& log) { return log.name == name; });
  return found == logs.end() ? std::nullopt : std::optional(found->value);
}

Result<void> Callback::set_state(const nlohmann::json& state) {
  return StateReader(state, "a callback that carries none").finish();
}

Result<std::unique_ptr<Callback>> make_callback(const nlohmann::json& config) {
  const auto known = known_callbacks();
  DK_TRY_ASSIGN(const KerasObject object, read_keras_object(config, "callback", known));
  for (const Entry& entry : kCallbacks) {
    if (!same_name(entry.name, object.name)) continue;
    ConfigReader reader(object.config, fmt::format("callback {}", entry.name));
    auto callback = entry.make(reader);
    reader.ignore({"verbose"});
    DK_TRY(reader.finish());
    return callback;
  }
  return unknown_name("callback", object.name, known);
}

Result<void> check_needs(const Callback& callback, const std::vector<std::string>& logged) {
  for (const std::string& name : callback.needs()) {
    if (std::find(logged.begin(), logged.end(), name) != logged.end()) continue;
    return fail(Errc::kInvalid, "a callback needs {}, which is not measured{}; there are {}",
                show(name), suggestion(name, logged), listed(logged));
  }
  return {};
}

std::vector<std::string> known_callbacks() {
  std::vector<std::string> names;
  for (const Entry& entry : kCallbacks) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
