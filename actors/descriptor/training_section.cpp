// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/check_algorithm.hpp"
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"
#include "model/losses/loss.hpp"
#include "model/metrics/metric.hpp"
#include "model/optimizers/optimizer.hpp"

#include <algorithm>

namespace dk::descriptor {
namespace {

constexpr std::uint64_t kMaxBatchSize = 1'000'000;
constexpr std::uint64_t kMaxEpochs = 1'000'000;
constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::uint64_t kMaxWorkers = 1024;
constexpr std::uint64_t kMaxParameterServers = 256;
constexpr std::uint64_t kMaxReplicas = 2;
constexpr std::string_view kNamed = "a name, or a mapping with the key name and its parameters";

void read_algorithm(const Node& node, AlgorithmConfig& algorithm, Faults& faults) {
  auto json = read_named(node, "training.algorithm", faults);
  if (json.is_null()) return;
  algorithm.name = json["name"].get<std::string>();
  json.erase("name");
  algorithm.parameters = std::move(json);
  if (const auto checked = check_algorithm(algorithm); !checked) {
    faults.add(node.place, "training.algorithm: " + checked.error().message);
  }
}

/// The first constraint on weights of a Keras model, as "layer dense_1: kernel_constraint"; empty
/// when there is none. `layer` is the nearest name above.
std::string find_constraint(const nlohmann::json& json, const std::string& layer) {
  if (!json.is_structured()) return {};
  const bool named = json.is_object() && json.contains("name") && json["name"].is_string();
  const auto name = named ? json["name"].get<std::string>() : layer;
  for (const auto& item : json.items()) {
    const bool constrains = json.is_object() && item.key().ends_with("_constraint");
    if (constrains && !item.value().is_null()) return fmt::format("layer {}: {}", name, item.key());
    auto found = find_constraint(item.value(), name);
    if (!found.empty()) return found;
  }
  return {};
}

/// What the algorithm alone does not show.
void check_algorithm_and_model(const Node& node, const JobSpec& spec, Faults& faults) {
  if (spec.algorithm.name != "sandblaster-lbfgs") return;
  const auto model = nlohmann::json::parse(spec.architecture, nullptr, false);
  const auto constraint = find_constraint(model, "?");
  if (constraint.empty()) return;
  faults.add(node.place,
             fmt::format("training.algorithm is 'sandblaster-lbfgs' and the model has a constraint "
                         "on weights ({}): its line search follows the loss along a straight line, "
                         "which a constraint would bend; allowed: another algorithm, or no "
                         "constraints",
                         constraint));
}

void read_optimizer(const Node& node, nlohmann::json& optimizer, Faults& faults) {
  auto json = read_named(node, "training.optimizer", faults);
  if (json.is_null()) return;
  optimizer = std::move(json);
  if (const auto checked = model::check_optimizer(optimizer); !checked) {
    faults.add(node.place, "training.optimizer: " + checked.error().message);
  }
}

void read_loss(const Node& node, nlohmann::json& loss, Faults& faults) {
  if (node.kind == Node::Kind::kScalar) {
    loss = read_name(node, "training.loss", model::known_losses(), faults);
    return;
  }
  auto json = read_named(node, "training.loss", faults);
  if (json.is_null()) return;
  if (const auto made = model::make_loss(json); !made) {
    faults.add(node.place, "training.loss: " + made.error().message);
  }
  loss = std::move(json);
}

nlohmann::json read_metric(const Node& node, const std::string& path, Faults& faults) {
  if (node.kind == Node::Kind::kScalar) {
    auto name = read_name(node, path, model::known_metrics(), faults);
    return name.empty() ? nlohmann::json() : nlohmann::json(std::move(name));
  }
  return read_named(node, path, faults);
}

void read_metrics(const Node& node, nlohmann::json& metrics, Faults& faults) {
  if (node.kind != Node::Kind::kList) {
    MapReader::refuse(node, "training.metrics", "a list of " + listed(model::known_metrics()),
                      faults);
    return;
  }
  metrics = nlohmann::json::array();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto path = fmt::format("training.metrics[{}]", i);
    auto metric = read_metric(node.items[i], path, faults);
    if (metric.is_null()) continue;
    if (std::find(metrics.begin(), metrics.end(), metric) != metrics.end()) {
      const auto name = metric.is_string() ? metric : metric["name"];
      faults.add(node.items[i].place,
                 fmt::format("{} names {} again", path, in_single_quotes(name.get<std::string>())));
    } else {
      metrics.push_back(std::move(metric));
    }
  }
}

/// `4`, just that many, or `{min: 1, max: 4}`.
void read_workers(const Node& node, JobSpec& spec, Faults& faults) {
  if (node.kind == Node::Kind::kScalar) {
    MapReader::read_whole_number(node, "training.workers", spec.workers_max, 1, kMaxWorkers,
                                 faults);
    spec.workers_min = spec.workers_max;
    return;
  }
  MapReader map(node, "training.workers", faults,
                "a whole number, or a mapping with the keys min and max");
  map.whole_number("min", spec.workers_min, 1, kMaxWorkers);
  spec.workers_max = spec.workers_min;
  map.whole_number("max", spec.workers_max, 1, kMaxWorkers);
  map.refuse_unknown_keys();
  if (spec.workers_min > spec.workers_max) {
    faults.add(node.place,
               fmt::format("training.workers.min is {} and max is {}; allowed: min <= max",
                           spec.workers_min, spec.workers_max));
  }
}

}  // namespace

nlohmann::json read_named(const Node& node, const std::string& path, Faults& faults) {
  if (node.kind == Node::Kind::kScalar) return {{"name", node.text}};
  const auto* name = node.find("name");
  if (node.kind != Node::Kind::kMap) {
    MapReader::refuse(node, path, kNamed, faults);
  } else if (name == nullptr) {
    faults.add(node.place, fmt::format("{}.name is missing; allowed: {}", path, kNamed));
  } else if (name->kind != Node::Kind::kScalar) {
    MapReader::refuse(*name, path + ".name", "a name", faults);
  } else {
    const auto faults_before = faults.size();
    auto json = to_json(node, path, faults);
    if (faults.size() > faults_before) return nullptr;
    json["name"] = name->text;
    return json;
  }
  return nullptr;
}

void read_training(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
                   Faults& faults) {
  MapReader map(node, "training", faults);
  if (const auto* algorithm = map.value("algorithm")) {
    read_algorithm(*algorithm, spec.algorithm, faults);
    check_algorithm_and_model(*algorithm, spec, faults);
  }
  if (const auto* optimizer = map.value("optimizer")) {
    read_optimizer(*optimizer, spec.optimizer, faults);
  }
  const auto* loss =
      map.value("loss", spec.loss.is_null() ? MapReader::kRequired : MapReader::kOptional,
                listed(model::known_losses()));
  if (loss != nullptr) {
    spec.metrics = nlohmann::json::array();
    read_loss(*loss, spec.loss, faults);
  }
  if (const auto* metrics = map.value("metrics")) read_metrics(*metrics, spec.metrics, faults);
  if (const auto* callbacks = map.value("callbacks")) {
    read_callbacks(*callbacks, base_directory, spec, faults);
  }
  map.whole_number("batch_size", spec.batch_size, 1, kMaxBatchSize);
  map.whole_number("epochs", spec.epochs, 0, kMaxEpochs);
  map.flag("shuffle", spec.shuffle);
  map.whole_number("threads", spec.threads, 1, kMaxThreads);
  if (const auto* weights = map.value("class_weight")) {
    spec.class_weight = to_json(*weights, "training.class_weight", faults);
  }
  if (const auto* workers = map.value("workers")) read_workers(*workers, spec, faults);
  map.whole_number("parameter_servers", spec.parameter_servers, 1, kMaxParameterServers);
  map.whole_number("replicas", spec.replicas, 1, kMaxReplicas);
  map.refuse_unknown_keys();
}

}  // namespace dk::descriptor
