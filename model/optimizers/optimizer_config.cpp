// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer_config.hpp"

#include "model/schedules/decay.hpp"

namespace dk::model {
namespace {

using Clip = OptimizerConfig::Clip;

constexpr std::pair<const char*, Clip> kClips[] = {
    {"clipnorm", Clip::kNorm}, {"clipvalue", Clip::kValue}, {"global_clipnorm", Clip::kGlobalNorm}};

bool given(const nlohmann::json* value) {
  return value != nullptr && !value->is_null();
}

void read_learning_rate(ConfigReader& reader, OptimizerConfig& config) {
  const nlohmann::json* rate = reader.find("learning_rate");
  const char* key = "learning_rate";
  if (rate == nullptr && reader.find("lr") != nullptr) rate = reader.find(key = "lr");
  if (rate == nullptr) return;
  if (rate->is_object()) {
    auto schedule = parse_schedule(*rate);
    if (schedule) {
      config.schedule = std::move(*schedule);
    } else {
      reader.problem(fmt::format("{}: {}", key, schedule.error().message));
    }
    return;
  }
  config.learning_rate = reader.number(key, config.learning_rate, 0, kLargestRate);
}

void read_decay(ConfigReader& reader, OptimizerConfig& config) {
  if (!given(reader.find("decay"))) return;
  const double decay = reader.number("decay", 0, 0, kLargestRate);
  if (decay == 0) return;
  if (config.schedule != nullptr) {
    reader.problem("decay is set although learning_rate is a schedule");
    return;
  }
  config.schedule = std::make_shared<InverseTimeDecay>(config.learning_rate, 1, decay, false);
}

void read_clipping(ConfigReader& reader, OptimizerConfig& config) {
  constexpr double kLargest = 1e30;
  const char* first = nullptr;
  for (const auto& [key, clip] : kClips) {
    if (!given(reader.find(key))) continue;
    if (first != nullptr) {
      reader.problem(
          fmt::format("{} and {} are set; there can be one of clipnorm, clipvalue and "
                      "global_clipnorm",
                      first, key));
    }
    first = key;
    config.clip_limit = reader.number(key, 0, 0, kLargest);
    config.clip = config.clip_limit > 0 ? clip : Clip::kNone;
  }
}

}  // namespace

OptimizerConfig OptimizerConfig::read(ConfigReader& reader, OptimizerConfig config) {
  config.name = reader.text("name", config.name);
  read_learning_rate(reader, config);
  read_decay(reader, config);
  const nlohmann::json* decay = reader.find("weight_decay");
  if (given(decay)) {
    config.weight_decay = reader.number("weight_decay", 0, 0, kLargestRate);
  } else if (decay != nullptr && config.weight_decay) {
    reader.problem("weight_decay is null; it must be a number");
  }
  read_clipping(reader, config);
  reader.only("use_ema", false);
  reader.only_null({"loss_scale_factor", "gradient_accumulation_steps"});
  reader.ignore({"ema_momentum", "ema_overwrite_frequency", "jit_compile", "is_legacy_optimizer"});
  return config;
}

nlohmann::json OptimizerConfig::to_json(double rate) const {
  nlohmann::json json = {
      {"name", name},     {"learning_rate", rate}, {"weight_decay", nullptr},
      {"use_ema", false}, {"ema_momentum", 0.99},  {"ema_overwrite_frequency", nullptr}};
  if (schedule != nullptr) json["learning_rate"] = schedule->config();
  if (weight_decay) json["weight_decay"] = *weight_decay;
  for (const auto& [key, kind] : kClips) {
    json[key] = clip == kind ? nlohmann::json(clip_limit) : nlohmann::json();
  }
  return json;
}

double read_epsilon(ConfigReader& reader) {
  constexpr double kDefault = 1e-7;
  return given(reader.find("epsilon")) ? reader.number("epsilon", kDefault, 0, 1) : kDefault;
}

}  // namespace dk::model
