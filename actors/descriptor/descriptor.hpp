// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// Reads a job descriptor (YAML, or JSON, which is YAML too; docs/descriptor.md lists every key)
/// and checks all that can be known without opening data files: syntax, keys, types, values, names,
/// the model's architecture, the parameters of optimizer and algorithm.
///
/// `source` names the text in messages. Relative paths in it start at `base_directory`; the paths
/// in the result are absolute. `overrides` are assignments such as "training.workers.max=1", made
/// in their order before anything is checked; their right side is YAML.
///
/// On failure kInvalid, with one line for every fault that was found, in the order of the text:
///
///     job.yaml:9:15: training.batch_size is '0'; allowed: a whole number from 1 to 1000000
///
/// A fault in an override starts with `--set training.batch_size=0: `. Never throws, never uses
/// more than some megabytes, whatever the text is. The only file it opens is the model's.
Result<JobSpec> read_descriptor(std::string_view text, std::string_view source,
                                const std::filesystem::path& base_directory,
                                const std::vector<std::string>& overrides = {});

/// What only opening the files tells about a job.
struct JobFacts {
  std::uint64_t samples = 0;      ///< in an epoch; without training, in the test data
  std::uint64_t parameters = 0;   ///< floats in the model's flat vector
  std::uint64_t layout_hash = 0;  ///< of that vector's layout
  nlohmann::json metrics = nlohmann::json::array();  ///< as JobMetrics takes them
  std::uint64_t trainable = 0;                       ///< the vector's first floats, which learn
  /// `spec.train.transforms` with what was fitted on the training rows.
  nlohmann::json transforms = nlohmann::json::array();
  /// The same with the raw columns, as `storage::transforms_to_text` has it.
  std::string saved_transforms{};
  /// What a person should know: how many bad rows of the training set are left out, and why.
  std::vector<std::string> notes{};
  std::uint64_t test_samples = 0;        ///< 0: no such set
  std::uint64_t validation_samples = 0;  ///< 0: no such set
  std::uint64_t outputs = 0;             ///< floats of the model's output per sample
  /// What a worker holds at least: weights, gradients, optimizer and the memory of a step. Known
  /// when the job is handed in, and not kept.
  std::uint64_t worker_bytes = 0;
};

/// Gives all data sets of the job the fitted transforms, so that every node applies the same, and
/// the job what goes into the files of its model.
void take_fitted(JobSpec& spec, const JobFacts& facts);

/// Opens what a descriptor names: the model builds with its loss and metrics, data files load, and
/// every row can be read, and sample, label and batch sizes fit the model. kInvalid with one line
/// for every fault. Takes the time and memory of reading the data once.
Result<JobFacts> check_resources(const JobSpec& spec);

}  // namespace dk
