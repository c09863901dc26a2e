// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/regularizers/regularizer.hpp"

#include "base/check.hpp"
#include "base/multiversion.hpp"
#include "model/config_reader.hpp"
#include "model/keras_object.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr std::size_t kLanes = 8;
constexpr double kDefault = 0.01;

struct Sums {
  double magnitudes = 0;
  double squares = 0;
};

DK_MULTIVERSION Sums sums(const float* w, std::size_t size) {
  double magnitudes[kLanes] = {};
  double squares[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = w[i + lane];
      magnitudes[lane] += std::fabs(value);
      squares[lane] += value * value;
    }
  }
  Sums sum;
  for (; i < size; ++i) {
    sum.magnitudes += std::fabs(static_cast<double>(w[i]));
    sum.squares += static_cast<double>(w[i]) * w[i];
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sum.magnitudes += magnitudes[lane];
    sum.squares += squares[lane];
  }
  return sum;
}

inline float slope(float w, float l1, float twice_l2) {
  const float positive = w > 0 ? l1 : 0.0F;
  const float negative = w < 0 ? l1 : 0.0F;
  return twice_l2 * w + (positive - negative);
}

DK_MULTIVERSION Sums add(const float* __restrict w, float* __restrict g, std::size_t size, float l1,
                         float twice_l2) {
  double magnitudes[kLanes] = {};
  double squares[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = w[i + lane];
      g[i + lane] += slope(value, l1, twice_l2);
      magnitudes[lane] += static_cast<double>(std::fabs(value));
      squares[lane] += static_cast<double>(value) * value;
    }
  }
  Sums sum = sums(w + i, size - i);
  for (; i < size; ++i) g[i] += slope(w[i], l1, twice_l2);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sum.magnitudes += magnitudes[lane];
    sum.squares += squares[lane];
  }
  return sum;
}

struct Entry {
  const char* name;
  const char* class_name;
  bool l1;
  bool l2;
};

constexpr Entry kRegularizers[] = {
    {"l1", "L1", true, false}, {"l2", "L2", false, true}, {"l1_l2", "L1L2", true, true}};

}  // namespace

double Regularizer::penalty(std::span<const float> values) const {
  const Sums sum = sums(values.data(), values.size());
  return l1 * sum.magnitudes + l2 * sum.squares;
}

double Regularizer::add_gradient(std::span<const float> values, std::span<float> gradients,
                                 double scale) const {
  DK_CHECK(values.size() == gradients.size(), "a gradient for each value");
  const Sums sum = add(values.data(), gradients.data(), values.size(),
                       static_cast<float>(scale * l1), static_cast<float>(scale * 2 * l2));
  return l1 * sum.magnitudes + l2 * sum.squares;
}

Result<Regularizer> parse_regularizer(const nlohmann::json& json) {
  constexpr double kLargest = 1e30;
  const auto known = known_regularizers();
  DK_TRY_ASSIGN(const KerasObject object, read_keras_object(json, "regularizer", known));
  for (const Entry& entry : kRegularizers) {
    if (!same_name(entry.name, object.name)) continue;
    // Keras' class L1L2 has 0 where its config says nothing; the name alone means 0.01.
    const bool none = entry.l1 && entry.l2 && !json.is_string();
    const double fallback = none ? 0 : kDefault;
    ConfigReader reader(object.config, entry.class_name);
    Regularizer result{entry.class_name};
    if (entry.l1) result.l1 = reader.number("l1", fallback, 0, kLargest);
    if (entry.l2) result.l2 = reader.number("l2", fallback, 0, kLargest);
    DK_TRY(reader.finish());
    return result;
  }
  return unknown_name("regularizer", object.name, known);
}

nlohmann::json to_json(const Regularizer& regularizer) {
  nlohmann::json config = nlohmann::json::object();
  if (regularizer.class_name != "L2") config["l1"] = regularizer.l1;
  if (regularizer.class_name != "L1") config["l2"] = regularizer.l2;
  return {{"class_name", regularizer.class_name}, {"config", std::move(config)}};
}

std::vector<std::string> known_regularizers() {
  std::vector<std::string> names;
  for (const Entry& entry : kRegularizers) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
