// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_spec.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

namespace dk {
namespace {

using Json = nlohmann::json;

/// Reads an object whose keys are all known and there; the first fault is kept, later reads do
/// nothing.
class StrictReader {
 public:
  StrictReader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) refuse("", "an object");
  }

  /// nullptr after a fault.
  const Json* value(const char* key) {
    known_.insert(key);
    if (fault_) return nullptr;
    const auto found = json_.find(key);
    if (found != json_.end()) return &*found;
    refuse(key, "there");
    return nullptr;
  }
  template <class T>
  void number(const char* key, T& out, std::uint64_t min = 0) {
    const Json* json = value(key);
    if (json == nullptr) return;
    const bool fits = json->is_number_unsigned() && json->get<std::uint64_t>() >= min &&
                      json->get<std::uint64_t>() <= std::numeric_limits<T>::max();
    fits ? static_cast<void>(out = json->get<T>()) : refuse(key, "a whole number in its range");
  }
  void boolean(const char* key, bool& out) {
    const Json* json = value(key);
    if (json == nullptr) return;
    json->is_boolean() ? static_cast<void>(out = json->get<bool>()) : refuse(key, "true or false");
  }
  /// Whether a key is there that records of earlier versions do not have.
  [[nodiscard]] bool has_newer(const char* key) const { return json_.contains(key); }
  void text(const char* key, std::string& out) {
    const Json* json = value(key);
    if (json == nullptr) return;
    json->is_string() ? static_cast<void>(out = json->get<std::string>()) : refuse(key, "text");
  }
  const Json* array(const char* key) {
    const Json* json = value(key);
    if (json != nullptr && !json->is_array()) refuse(key, "a list");
    return fault_ ? nullptr : json;
  }
  void object(const char* key, Json& out) {
    const Json* json = value(key);
    if (json == nullptr) return;
    json->is_object() ? static_cast<void>(out = *json) : refuse(key, "an object");
  }
  void texts(const char* key, std::map<std::string, std::string>& out) {
    const Json* json = value(key);
    if (json == nullptr) return;
    const bool fits = json->is_object() && std::ranges::all_of(*json, &Json::is_string);
    fits ? static_cast<void>(out = *json) : refuse(key, "an object of texts");
  }
  void refuse(std::string_view key, std::string_view wanted) {
    if (!fault_) {
      fault_ = Error{Errc::kCorrupt,
                     fmt::format("{}{}{} is not {}", path_, key.empty() ? "" : ".", key, wanted)};
    }
  }
  /// Keeps the first fault of a part, too.
  template <class T>
  void take(Result<T> part, T& out) {
    if (part) {
      out = *std::move(part);
    } else if (!fault_) {
      fault_ = std::move(part).error();
    }
  }
  Result<void> finish() {
    for (const auto& [key, ignored] : json_.items()) {
      if (!known_.contains(key)) refuse(key, "a key that this version knows");
    }
    if (fault_) return fail(*fault_);
    return {};
  }

 private:
  const Json& json_;
  std::string path_;
  std::optional<Error> fault_;
  std::set<std::string, std::less<>> known_;
};

Result<AlgorithmConfig> algorithm_from_json(const Json& json) {
  AlgorithmConfig config;
  StrictReader reader(json, "job.algorithm");
  reader.text("name", config.name);
  reader.object("parameters", config.parameters);
  DK_TRY(reader.finish());
  return config;
}

void read_training(StrictReader& reader, JobSpec& spec) {
  reader.object("optimizer", spec.optimizer);
  if (const Json* loss = reader.value("loss")) {
    loss->is_string() || loss->is_structured()
        ? static_cast<void>(spec.loss = *loss)
        : reader.refuse("loss", "a name, an object or a list");
  }
  if (const Json* metrics = reader.array("metrics")) spec.metrics = *metrics;
  if (const Json* callbacks = reader.array("callbacks")) spec.callbacks = *callbacks;
  if (const Json* weights = reader.value("class_weight")) {
    weights->is_null() || weights->is_object() ? static_cast<void>(spec.class_weight = *weights)
                                               : reader.refuse("class_weight", "an object or null");
  }
  reader.number("threads", spec.threads, 1);
  reader.number("batch_size", spec.batch_size, 1);
  reader.number("epochs", spec.epochs);
  reader.number("workers_min", spec.workers_min, 1);
  reader.number("workers_max", spec.workers_max, spec.workers_min);
  reader.number("parameter_servers", spec.parameter_servers, 1);
  reader.number("replicas", spec.replicas, 1);
  std::uint32_t every_ms = 1;
  reader.number("checkpoint_every_ms", every_ms, 1);
  spec.checkpoint_every = std::chrono::milliseconds(every_ms);
  reader.number("checkpoint_keep", spec.checkpoint_keep, 1);
  if (reader.has_newer("checkpoint_worker_state"))
    reader.boolean("checkpoint_worker_state", spec.checkpoint_worker_state);
  reader.boolean("shuffle", spec.shuffle);
  reader.number("seed", spec.seed);
  if (reader.has_newer("priority")) reader.number("priority", spec.priority);
  if (reader.has_newer("nodes")) reader.texts("nodes", spec.nodes);
}

}  // namespace

Json to_json(const JobSpec& spec) {
  Json json{
      {"name", spec.name},
      {"architecture", spec.architecture},
      {"initial_model", spec.initial_model.string()},
      {"output_model", spec.output_model.string()},
      {"output_predictions", spec.output_predictions.string()},
      {"train", storage::to_json(spec.train)},
      {"validation", spec.validation ? storage::to_json(*spec.validation) : Json()},
      {"test", spec.test ? storage::to_json(*spec.test) : Json()},
      {"saved_transforms", spec.saved_transforms},
      {"algorithm", {{"name", spec.algorithm.name}, {"parameters", spec.algorithm.parameters}}},
      {"optimizer", spec.optimizer},
      {"loss", spec.loss},
      {"metrics", spec.metrics},
      {"callbacks", spec.callbacks},
      {"class_weight", spec.class_weight},
      {"threads", spec.threads},
      {"batch_size", spec.batch_size},
      {"epochs", spec.epochs},
      {"workers_min", spec.workers_min},
      {"workers_max", spec.workers_max},
      {"parameter_servers", spec.parameter_servers},
      {"replicas", spec.replicas},
      {"checkpoint_every_ms", static_cast<std::uint64_t>(spec.checkpoint_every.count())},
      {"checkpoint_keep", spec.checkpoint_keep},
      {"checkpoint_worker_state", spec.checkpoint_worker_state},
      {"shuffle", spec.shuffle},
      {"seed", spec.seed},
      {"priority", spec.priority}};
  if (!spec.nodes.empty()) json["nodes"] = spec.nodes;
  return json;
}

Result<JobSpec> job_spec_from_json(const Json& json) {
  JobSpec spec;
  StrictReader reader(json, "job");
  reader.text("name", spec.name);
  reader.text("architecture", spec.architecture);
  std::string path;
  reader.text("initial_model", path);
  spec.initial_model = path;
  reader.text("output_model", path);
  spec.output_model = path;
  reader.text("output_predictions", path);
  spec.output_predictions = path;
  if (const Json* train = reader.value("train")) {
    reader.take(storage::data_config_from_json(*train, "job.train"), spec.train);
  }
  if (const Json* validation = reader.value("validation");
      validation != nullptr && !validation->is_null()) {
    reader.take(storage::data_config_from_json(*validation, "job.validation"),
                spec.validation.emplace());
  }
  if (const Json* test = reader.value("test"); test != nullptr && !test->is_null()) {
    reader.take(storage::data_config_from_json(*test, "job.test"), spec.test.emplace());
  }
  reader.text("saved_transforms", spec.saved_transforms);
  if (const Json* algorithm = reader.value("algorithm")) {
    reader.take(algorithm_from_json(*algorithm), spec.algorithm);
  }
  read_training(reader, spec);
  DK_TRY(reader.finish());
  return spec;
}

}  // namespace dk
