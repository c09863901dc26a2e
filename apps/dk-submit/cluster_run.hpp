// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/trained_model.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace dk::submit {

/// Where `predict` and `evaluate` compute.
struct ClusterOptions {
  bool cluster = false;  ///< in the cluster that `Globals` names
  unsigned nodes = 0;    ///< in so many daemons started for it
  unsigned threads = 1;  ///< on each machine
  std::string
      scratch{};  ///< where the model is put for the machines to read; empty: a temporary one

  [[nodiscard]] bool anywhere() const { return cluster || nodes > 0; }
};

/// --on-cluster, --local-cluster, --threads, --scratch.
void add_cluster_options(CLI::App& command, ClusterOptions& options);

/// A job of no epochs: what a trained model says about a data set, computed by a whole cluster.
struct ClusterTask {
  std::string name;
  /// With its loss, metrics and transforms.
  const TrainedModel* model = nullptr;
  /// The set, all of it. Its transforms are those of the model's file, or, if that has none, these.
  storage::DataConfig data;
  /// Written by the supervisor; empty: only evaluated.
  std::filesystem::path predictions;
  /// Count which class is taken for which, too.
  bool confusion = false;
};

struct ClusterResult {
  int code = kJobFailed;           ///< kFinished, kJobFailed or kInterrupted
  nlohmann::json test;             ///< `{"loss", "accuracy", "metrics", "samples", "tables"}`
  std::vector<std::string> saved;  ///< files that the supervisor has written
};

/// The name under which `confusion` stands in the result's tables and metrics.
inline constexpr const char* kConfusionMetric = "confusion_matrix";

/// The task as a job descriptor, in JSON; `model` is the file to begin with. Paths are as they are.
[[nodiscard]] nlohmann::json task_descriptor(const ClusterTask& task, const ClusterOptions& options,
                                             const std::filesystem::path& model);
/// Submits the task, shows its progress (nothing of it with `--json`) and waits for its end. Ctrl-C
/// cancels it. kInvalid when the data cannot be said in a descriptor.
Result<ClusterResult> run_on_cluster(const ClusterTask& task, const ClusterOptions& options,
                                     const Globals& globals);

}  // namespace dk::submit
