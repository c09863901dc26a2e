// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed_keras/cluster.hpp"
#include "distributed_keras/training_data.hpp"
#include "model/architecture.hpp"
#include "model/model.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dk {
inline namespace trainers {

/// What every trainer is told. Names and objects are those of a job descriptor and of Keras:
/// `"adam"`, or `{{"name", "adam"}, {"learning_rate", 0.01}}`.
struct TrainerConfig {
  model::Architecture model;
  /// Of each worker (dist-keras: `worker_optimizer`).
  nlohmann::json optimizer = "adam";
  nlohmann::json loss;
  nlohmann::json metrics = nlohmann::json::array();
  nlohmann::json callbacks = nlohmann::json::array();
  std::uint32_t batch_size = 32;
  /// dist-keras: `num_epoch`.
  std::uint32_t epochs = 1;
  /// At most (dist-keras: `num_workers`); the job begins with one and takes what there is.
  std::uint32_t workers = 2;
  /// Into how many parts the weights are cut.
  std::uint32_t parameter_servers = 1;
  /// Of the initial weights and the order of the data.
  std::uint64_t seed = 1;
  std::string name = "trainer";
  /// Merged over the descriptor that the above make: `{{"checkpoint", {{"every", "1m"}}}}`.
  nlohmann::json descriptor = nlohmann::json::object();
};

/// A distributed optimizer that trains one model, as the classes of `trainers.hpp` under
/// dist-keras' names: builds the job, hands it to a cluster, follows it to its end and brings the
/// model back. One `train` at a time.
///
///     dk::Adag trainer({.model = net, .loss = "mse", .workers = 4}, {{"window", 12}});
///     trainer.on_event([](const nlohmann::json& event) { ... });
///     DK_TRY_ASSIGN(const auto model, trainer.train({.train = dk::model::Data{x, y}}));
class Trainer {
 public:
  using OnEvent = std::function<void(const nlohmann::json&)>;

  /// Any algorithm by its name in docs/algorithms.md, with its parameters.
  Trainer(TrainerConfig config, std::string algorithm,
          nlohmann::json parameters = nlohmann::json::object());

  /// Called on the thread of `train` with each event of the job, in order and once
  /// (docs/http-api.md has their fields).
  void on_event(OnEvent call) { on_event_ = std::move(call); }

  /// Trains on a cluster and returns the trained model, ready for `evaluate`, `predict` and
  /// `write_model_file`. kInvalid tells every fault of config and data at once, before anything
  /// starts; kCancelled after `cancel` or when somebody else cancelled the job; kInternal with the
  /// first cause when the job failed; kUnavailable when the supervisor was away for a minute.
  [[nodiscard]] Result<std::unique_ptr<model::Model>> train(const TrainingData& data,
                                                            Cluster& cluster);
  /// The same on an embedded cluster, started for it, with a core for each worker.
  [[nodiscard]] Result<std::unique_ptr<model::Model>> train(const TrainingData& data);
  /// Ends the training that is under way; from any thread, and from `on_event`.
  void cancel() { cancelled_ = true; }

  /// Of the last training: its job; 0 before.
  [[nodiscard]] JobId job() const { return job_; }
  /// Its last event: loss, metrics, account of the samples, restarts (dist-keras: `get_history`).
  [[nodiscard]] const nlohmann::json& outcome() const { return outcome_; }
  /// From its submission to its end (dist-keras: `get_training_time`).
  [[nodiscard]] std::chrono::duration<double> training_time() const { return training_time_; }

  /// The job descriptor that this trains by, with the model's file and data in that directory.
  [[nodiscard]] nlohmann::json descriptor(const TrainingData& data,
                                          const std::filesystem::path& directory) const;

 private:
  Result<void> write_files(const TrainingData& data, const std::filesystem::path& directory) const;
  Result<void> follow(Gateway& gateway);
  void take(const EventPage& page);

  TrainerConfig config_;
  std::string algorithm_;
  nlohmann::json parameters_;
  OnEvent on_event_;
  std::atomic<bool> cancelled_{false};
  JobId job_{};
  nlohmann::json outcome_;
  std::chrono::duration<double> training_time_{0};
};

/// What a job has trained so far, with its loss and metrics and memory for batches of `batch_size`.
/// kUnavailable before its first checkpoint, kNotFound.
[[nodiscard]] Result<std::unique_ptr<model::Model>> trained_model(Gateway& gateway, JobId job,
                                                                  std::size_t batch_size = 32);

}  // namespace trainers
}  // namespace dk
