// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/data_config.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dk {

/// A distributed optimizer by its registered name, with its own parameters (`{"window": 15}`).
struct AlgorithmConfig {
  std::string name;
  nlohmann::json parameters = nlohmann::json::object();
};

/// What a valid descriptor says. Every name in it is known, every file was found and read, every
/// shape fits.
struct JobSpec {
  std::string name;
  /// Keras' `to_json()` text.
  std::string architecture;
  /// A Keras file that the weights, and the optimizer's state if it has one, begin with; absolute,
  /// or empty.
  std::filesystem::path initial_model;
  /// Where `dk-submit run` writes the trained model; absolute, or empty.
  std::filesystem::path output_model;
  /// Where the supervisor writes the model's outputs for the test data (.csv or .npy); absolute, or
  /// empty.
  std::filesystem::path output_predictions;
  /// Training data; paths are absolute.
  storage::DataConfig train;
  /// Evaluated after each epoch, for callbacks and the log.
  std::optional<storage::DataConfig> validation;
  std::optional<storage::DataConfig> test;
  /// What is saved with the model (storage::transforms_to_text); empty before `take_fitted`.
  std::string saved_transforms;
  AlgorithmConfig algorithm;
  /// Keras' optimizer by name and config: `{"name": "adam", "learning_rate": 0.001}`.
  nlohmann::json optimizer;
  /// As model::CompileConfig takes them: `"mse"`, `{"name": "huber", "delta": 0.5}`; a list.
  nlohmann::json loss;
  nlohmann::json metrics = nlohmann::json::array();
  /// Keras' callbacks as model::make_callback takes them; the files that they write are absolute.
  nlohmann::json callbacks = nlohmann::json::array();
  /// Weights by class number, or null.
  nlohmann::json class_weight = nullptr;
  /// Of each worker.
  std::uint32_t threads = 1;
  std::uint32_t batch_size = 32;
  /// 0: nothing is trained; the initial model is evaluated, and predicts. Without training data of
  /// its own `train` is then the test data.
  std::uint32_t epochs = 1;
  std::uint32_t workers_min = 1;
  std::uint32_t workers_max = 1;
  std::uint32_t parameter_servers = 1;
  /// Copies of each parameter server, as far as there are machines for them: 1 or 2.
  std::uint32_t replicas = 2;
  std::chrono::milliseconds checkpoint_every{10'000};
  std::uint32_t checkpoint_keep = 3;
  bool checkpoint_worker_state = false;  ///< with what only workers know
  bool shuffle = true;
  std::uint64_t seed = 1;
  /// Among the jobs of a cluster the larger goes first; 0 to 100.
  std::uint32_t priority = 50;
  /// The job runs on nodes that have all of these labels.
  std::map<std::string, std::string> nodes;
};

/// The canonical JSON form, in which a job is stored and sent to executors. A key that is newer
/// than the version before this one is written only when it says something: a node of that version,
/// which would not do what it says, refuses it.
[[nodiscard]] nlohmann::json to_json(const JobSpec& spec);
/// The inverse; kCorrupt when the text is not what `to_json` writes.
[[nodiscard]] Result<JobSpec> job_spec_from_json(const nlohmann::json& json);

}  // namespace dk
