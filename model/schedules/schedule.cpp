// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/schedules/schedule.hpp"

#include "model/keras_object.hpp"
#include "model/schedules/cosine.hpp"
#include "model/schedules/decay.hpp"
#include "model/schedules/warmup.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

using Made = std::shared_ptr<const Schedule>;

template <class T>
Made make(ConfigReader& config) {
  return std::make_shared<T>(config);
}

Made make_step(ConfigReader& config) {
  const double initial = read_rate(config, "initial_learning_rate");
  const double drop = config.number("drop", 0.5, 0, kLargestRate);
  return std::make_shared<ExponentialDecay>(initial, read_steps(config, "steps"), drop, true);
}

Made make_warmup(ConfigReader& config) {
  const double steps = read_steps(config, "steps");
  const double start = config.number("start", 0, 0, kLargestRate);
  const nlohmann::json* then = config.find("then");
  if (steps != std::floor(steps)) config.problem("steps must be a whole number");
  if (then == nullptr) {
    config.problem("then is missing: a learning rate or a schedule");
    return nullptr;
  }
  if (then->is_number()) {
    return std::make_shared<PolynomialDecay>(start, steps,
                                             config.number("then", 0, 0, kLargestRate));
  }
  if (then->is_object() && then->contains("then")) {
    config.problem("then is a warm-up, too; there can be one");
    return nullptr;
  }
  auto schedule = parse_schedule(*then);
  if (!schedule) {
    config.problem(fmt::format("then: {}", schedule.error().message));
    return nullptr;
  }
  return std::make_shared<Warmup>(steps, start, std::move(*schedule));
}

struct Entry {
  const char* name;
  const char* other_name;
  Made (*make)(ConfigReader& config);
};

constexpr Entry kSchedules[] = {
    {"exponential_decay", "exponential", make<ExponentialDecay>},
    {"inverse_time_decay", "time", make<InverseTimeDecay>},
    {"piecewise_constant_decay", "piecewise", make<PiecewiseConstantDecay>},
    {"polynomial_decay", "polynomial", make<PolynomialDecay>},
    {"cosine_decay", "cosine", make<CosineDecay>},
    {"cosine_decay_restarts", "cosine_restarts", make<CosineDecayRestarts>},
    {"step_decay", "step", make_step},
    {"warmup", "warm-up", make_warmup},
};

}  // namespace

Result<Made> parse_schedule(const nlohmann::json& json) {
  const auto known = known_schedules();
  DK_TRY_ASSIGN(const KerasObject object, read_keras_object(json, "schedule", known));
  for (const Entry& entry : kSchedules) {
    if (!same_name(entry.name, object.name) && !same_name(entry.other_name, object.name)) continue;
    ConfigReader reader(object.config, fmt::format("schedule {}", entry.name));
    Made schedule = entry.make(reader);
    reader.ignore({"name"});
    DK_TRY(reader.finish());
    return schedule;
  }
  return unknown_name("schedule", object.name, known);
}

std::vector<std::string> known_schedules() {
  std::vector<std::string> names;
  for (const Entry& entry : kSchedules) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
