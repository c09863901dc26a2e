// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/initializers/initializer.hpp"

#include "base/random.hpp"
#include "model/config_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {
namespace {

using Distribution = Initializer::Distribution;
using Fan = Initializer::Fan;

struct Entry {
  const char* name;
  const char* class_name;
  Distribution distribution;
  Fan fan;
  double a;
  double b;
};

constexpr Entry kInitializers[] = {
    {"zeros", "Zeros", Distribution::kConstant, Fan::kNone, 0, 0},
    {"ones", "Ones", Distribution::kConstant, Fan::kNone, 1, 0},
    {"glorot_uniform", "GlorotUniform", Distribution::kUniform, Fan::kAverage, 1, 0},
    {"glorot_normal", "GlorotNormal", Distribution::kTruncatedNormal, Fan::kAverage, 1, 0},
    {"he_uniform", "HeUniform", Distribution::kUniform, Fan::kIn, 2, 0},
    {"he_normal", "HeNormal", Distribution::kTruncatedNormal, Fan::kIn, 2, 0},
    {"lecun_uniform", "LecunUniform", Distribution::kUniform, Fan::kIn, 1, 0},
    {"lecun_normal", "LecunNormal", Distribution::kTruncatedNormal, Fan::kIn, 1, 0},
    {"random_uniform", "RandomUniform", Distribution::kUniform, Fan::kNone, -0.05, 0.05},
    {"random_normal", "RandomNormal", Distribution::kNormal, Fan::kNone, 0, 0.05},
    {"truncated_normal", "TruncatedNormal", Distribution::kTruncatedNormal, Fan::kNone, 0, 0.05},
    {"variance_scaling", "VarianceScaling", Distribution::kTruncatedNormal, Fan::kIn, 1, 0},
};

constexpr double kLargest = std::numeric_limits<float>::max();
/// The standard deviation of a standard normal that is truncated at -2 and 2.
constexpr double kTruncatedDeviation = 0.87962566103423978;

void read_variance_scaling(ConfigReader& config, Initializer& result) {
  result.a = config.number("scale", result.a, std::numeric_limits<double>::min(), kLargest);
  const std::string mode = config.text("mode", "fan_in");
  const std::string distribution = config.text("distribution", "truncated_normal");
  if (mode == "fan_in") {
    result.fan = Fan::kIn;
  } else if (mode == "fan_out") {
    result.fan = Fan::kOut;
  } else if (mode == "fan_avg") {
    result.fan = Fan::kAverage;
  } else {
    config.problem(fmt::format("mode is {}; supported: fan_in, fan_out, fan_avg", show(mode)));
  }
  if (distribution == "uniform") {
    result.distribution = Distribution::kUniform;
  } else if (distribution == "untruncated_normal") {
    result.distribution = Distribution::kNormal;
  } else if (distribution == "truncated_normal" || distribution == "normal") {
    result.distribution = Distribution::kTruncatedNormal;
  } else {
    config.problem(fmt::format(
        "distribution is {}; supported: uniform, normal, truncated_normal, untruncated_normal",
        show(distribution)));
  }
}

const char* mode_name(Fan fan) {
  return fan == Fan::kIn ? "fan_in" : fan == Fan::kOut ? "fan_out" : "fan_avg";
}

const char* distribution_name(Distribution distribution) {
  return distribution == Distribution::kUniform  ? "uniform"
         : distribution == Distribution::kNormal ? "untruncated_normal"
                                                 : "truncated_normal";
}

double fan_of(Fan fan, const Shape& shape) {
  double receptive = 1;
  for (std::size_t axis = 0; axis + 2 < shape.size(); ++axis) {
    receptive *= static_cast<double>(shape[axis]);
  }
  const double out = shape.empty() ? 1 : static_cast<double>(shape.back());
  const double in = shape.size() < 2 ? out : static_cast<double>(shape[shape.size() - 2]);
  const double chosen = fan == Fan::kIn ? in : fan == Fan::kOut ? out : (in + out) / 2;
  return std::max(1.0, chosen * receptive);
}

float truncated_normal(Random& random) {
  float value = random.normal();
  while (std::fabs(value) > 2) value = random.normal();
  return value;
}

}  // namespace

Result<Initializer> parse_initializer(const nlohmann::json& json) {
  static const nlohmann::json kEmpty = nlohmann::json::object();
  const nlohmann::json* name = &json;
  const nlohmann::json* config = &kEmpty;
  if (json.is_object()) {
    ConfigReader reader(json, "initializer");
    name = reader.find("class_name");
    if (const auto* found = reader.find("config")) config = found;
    reader.ignore({"module", "registered_name"});
    DK_TRY(reader.finish());
  }
  for (const Entry& entry : kInitializers) {
    if (name == nullptr || (*name != entry.name && *name != entry.class_name)) continue;
    Initializer result{entry.class_name, entry.distribution, entry.fan, entry.a, entry.b, {}};
    ConfigReader reader(*config, entry.class_name);
    result.seed = reader.seed();
    reader.ignore({"dtype"});
    const bool is_normal = result.distribution != Distribution::kUniform;
    if (result.class_name == "VarianceScaling") {
      read_variance_scaling(reader, result);
    } else if (result.fan == Fan::kNone && result.distribution != Distribution::kConstant) {
      result.a = reader.number(is_normal ? "mean" : "minval", result.a, -kLargest, kLargest);
      result.b = reader.number(is_normal ? "stddev" : "maxval", result.b, is_normal ? 0 : result.a,
                               kLargest);
    }
    DK_TRY(reader.finish());
    return result;
  }
  const auto known = known_initializers();
  const nlohmann::json shown = name == nullptr ? nlohmann::json() : *name;
  return fail(Errc::kInvalid, "unknown initializer {}{}; supported: {}", show(shown),
              shown.is_string() ? suggestion(shown.get<std::string>(), known) : "", listed(known));
}

nlohmann::json to_json(const Initializer& initializer) {
  nlohmann::json config = nlohmann::json::object();
  const Distribution distribution = initializer.distribution;
  if (distribution != Distribution::kConstant) {
    config["seed"] = initializer.seed ? nlohmann::json(*initializer.seed) : nlohmann::json();
  }
  if (initializer.class_name == "VarianceScaling") {
    config["scale"] = initializer.a;
    config["mode"] = mode_name(initializer.fan);
    config["distribution"] = distribution_name(distribution);
  } else if (initializer.fan == Fan::kNone && distribution != Distribution::kConstant) {
    const bool uniform = distribution == Distribution::kUniform;
    config[uniform ? "minval" : "mean"] = initializer.a;
    config[uniform ? "maxval" : "stddev"] = initializer.b;
  }
  return {{"class_name", initializer.class_name}, {"config", std::move(config)}};
}

std::vector<std::string> known_initializers() {
  std::vector<std::string> names;
  for (const Entry& entry : kInitializers) names.emplace_back(entry.name);
  return names;
}

void initialize(const Initializer& initializer, const Shape& shape, std::uint64_t seed,
                std::span<float> values) {
  Random random(initializer.seed.value_or(seed));
  double low = initializer.a;
  double high = initializer.b;
  if (initializer.fan != Fan::kNone) {
    const double variance = initializer.a / fan_of(initializer.fan, shape);
    if (initializer.distribution == Distribution::kUniform) {
      high = std::sqrt(3 * variance);
      low = -high;
    } else {
      const bool truncated = initializer.distribution == Distribution::kTruncatedNormal;
      low = 0;
      high = std::sqrt(variance) / (truncated ? kTruncatedDeviation : 1);
    }
  }
  const auto a = static_cast<float>(low);
  const auto b = static_cast<float>(high);
  switch (initializer.distribution) {
    case Distribution::kConstant:
      std::fill(values.begin(), values.end(), a);
      break;
    case Distribution::kUniform:
      for (float& value : values) value = a + (b - a) * random.uniform();
      break;
    case Distribution::kNormal:
      for (float& value : values) value = a + b * random.normal();
      break;
    case Distribution::kTruncatedNormal:
      for (float& value : values) value = a + b * truncated_normal(random);
      break;
  }
}

}  // namespace dk::model
