// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/initializers/initializer.hpp"

#include "base/random.hpp"
#include "model/config_reader.hpp"
#include "model/initializers/orthogonal.hpp"
#include "model/keras_object.hpp"

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
    {"constant", "Constant", Distribution::kConstant, Fan::kNone, 0, 0},
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
    {"orthogonal", "Orthogonal", Distribution::kOrthogonal, Fan::kNone, 1, 0},
    {"identity", "Identity", Distribution::kIdentity, Fan::kNone, 1, 0},
};

/// Keras' other names.
constexpr std::pair<const char*, const char*> kAliases[] = {
    {"zero", "zeros"},
    {"one", "ones"},
    {"uniform", "random_uniform"},
    {"normal", "random_normal"},
    {"OrthogonalInitializer", "orthogonal"},
    {"IdentityInitializer", "identity"},
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

/// What Keras calls `a` and `b`, or nullptr.
struct Keys {
  const char* a = nullptr;
  const char* b = nullptr;
};

Keys keys_of(const Initializer& initializer) {
  if (initializer.fan != Fan::kNone) return {};
  switch (initializer.distribution) {
    case Distribution::kUniform:
      return {"minval", "maxval"};
    case Distribution::kNormal:
    case Distribution::kTruncatedNormal:
      return {"mean", "stddev"};
    case Distribution::kOrthogonal:
    case Distribution::kIdentity:
      return {"gain"};
    default:
      return {initializer.class_name == "Constant" ? "value" : nullptr};
  }
}

bool draws(const Initializer& initializer) {
  return initializer.distribution != Distribution::kConstant &&
         initializer.distribution != Distribution::kIdentity;
}

void read_arguments(ConfigReader& reader, Initializer& result) {
  if (draws(result)) result.seed = reader.seed();
  reader.ignore({"dtype"});
  if (result.class_name == "VarianceScaling") {
    read_variance_scaling(reader, result);
    return;
  }
  const Keys keys = keys_of(result);
  if (keys.a == nullptr) return;
  result.a = reader.number(keys.a, result.a, -kLargest, kLargest);
  if (keys.b == nullptr) return;
  const double least = result.distribution == Distribution::kUniform ? result.a : 0;
  result.b = reader.number(keys.b, result.b, least, kLargest);
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
  const auto known = known_initializers();
  DK_TRY_ASSIGN(KerasObject object, read_keras_object(json, "initializer", known));
  for (const auto& [alias, name] : kAliases) {
    if (same_name(alias, object.name)) object.name = name;
  }
  for (const Entry& entry : kInitializers) {
    if (!same_name(entry.name, object.name)) continue;
    Initializer result{entry.class_name, entry.distribution, entry.fan, entry.a, entry.b, {}};
    ConfigReader reader(object.config, entry.class_name);
    read_arguments(reader, result);
    DK_TRY(reader.finish());
    return result;
  }
  return unknown_name("initializer", object.name, known);
}

Result<void> check_initializer(const Initializer& initializer, const Shape& shape) {
  const bool orthogonal = initializer.distribution == Distribution::kOrthogonal;
  const bool identity = initializer.distribution == Distribution::kIdentity;
  if ((orthogonal && shape.size() < 2) || (identity && shape.size() != 2)) {
    return fail(Errc::kInvalid, "the initializer {} is for matrices, not for the shape {}",
                initializer.class_name, to_string(shape));
  }
  return {};
}

nlohmann::json to_json(const Initializer& initializer) {
  nlohmann::json config = nlohmann::json::object();
  if (draws(initializer)) {
    config["seed"] = initializer.seed ? nlohmann::json(*initializer.seed) : nlohmann::json();
  }
  if (initializer.class_name == "VarianceScaling") {
    config["scale"] = initializer.a;
    config["mode"] = mode_name(initializer.fan);
    config["distribution"] = distribution_name(initializer.distribution);
  } else if (const Keys keys = keys_of(initializer); keys.a != nullptr) {
    config[keys.a] = initializer.a;
    if (keys.b != nullptr) config[keys.b] = initializer.b;
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
    case Distribution::kOrthogonal:
      fill_orthogonal(random, a, shape, values);
      break;
    case Distribution::kIdentity:
      fill_identity(a, shape, values);
      break;
  }
  std::fill(values.begin() + initializer.ones_begin, values.begin() + initializer.ones_end, 1.0F);
}

}  // namespace dk::model
