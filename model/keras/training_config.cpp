// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/training_config.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

json member(const json& object, const char* key) {
  return object.value(key, json());
}

/// Keras 2 wraps the functions that metrics are: `MeanMetricWrapper` with `fn`.
json plain_metric(const json& metric) {
  if (!metric.is_object() || !metric.contains("config") || !metric["config"].is_object()) {
    return metric;
  }
  const json function = member(metric["config"], "fn");
  return function.is_string() ? function : metric;
}

json plain_metrics(const json& metrics) {
  if (metrics.is_object() && !metrics.contains("class_name")) {
    json plain = json::object();
    for (const auto& [name, list] : metrics.items()) plain[name] = plain_metrics(list);
    return plain;
  }
  if (!metrics.is_array()) return plain_metric(metrics);
  json plain = json::array();
  for (const json& metric : metrics) {
    if (metric.is_array()) {
      json inner = json::array();
      for (const json& element : metric) inner.push_back(plain_metric(element));
      plain.push_back(std::move(inner));
    } else {
      plain.push_back(plain_metric(metric));
    }
  }
  // Keras 2 writes the metrics of the only output as a list in a list.
  if (plain.size() == 1 && plain[0].is_array()) return json(plain[0]);
  return plain;
}

json class_and_config(const json& object) {
  if (!object.is_object() || !object.contains("class_name")) return object;
  return {{"class_name", object["class_name"]}, {"config", member(object, "config")}};
}

}  // namespace

json read_training_config(const json& stored) {
  if (!stored.is_object()) return nullptr;
  json optimizer = member(stored, "optimizer_config");
  if (optimizer.is_null()) optimizer = member(stored, "optimizer");
  return {{"optimizer", std::move(optimizer)},
          {"loss", member(stored, "loss")},
          {"metrics", plain_metrics(member(stored, "metrics"))},
          {"loss_weights", member(stored, "loss_weights")}};
}

json training_config_2(const json& training) {
  const json metrics = member(training, "metrics");
  const bool plain = metrics.is_array() && (metrics.empty() || !metrics[0].is_array());
  return {{"optimizer_config", class_and_config(member(training, "optimizer"))},
          {"loss", member(training, "loss")},
          {"metrics", plain ? json::array({metrics}) : metrics},
          {"weighted_metrics", nullptr},
          {"loss_weights", member(training, "loss_weights")}};
}

json compile_config_3(const json& training) {
  return {{"optimizer", member(training, "optimizer")},
          {"loss", member(training, "loss")},
          {"metrics", member(training, "metrics")},
          {"weighted_metrics", nullptr},
          {"loss_weights", member(training, "loss_weights")},
          {"run_eagerly", false},
          {"steps_per_execution", 1},
          {"jit_compile", false}};
}

}  // namespace dk::model
