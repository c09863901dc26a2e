// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "actors/descriptor/yaml_tree.hpp"

#include <filesystem>
#include <optional>

namespace dk::descriptor {

/// The whole descriptor. On faults the spec is incomplete.
[[nodiscard]] JobSpec read_job(const Node& root, const std::filesystem::path& base_directory,
                               Faults& faults);

/// `data`: fills `spec.train`, `spec.validation` and `spec.test`; returns the seed of `data.split`,
/// if it has one. `spec.epochs` and `spec.output_predictions` say what has to be there.
std::optional<std::uint64_t> read_data(const Node& node,
                                       const std::filesystem::path& base_directory, JobSpec& spec,
                                       Faults& faults);

/// Has the rows of each part drawn by this seed.
void seed_parts(JobSpec& spec, std::uint64_t seed);

inline constexpr std::string_view kDataSet = "a mapping with the keys format, features, labels";

/// The files of one data set.
[[nodiscard]] storage::SourceConfig read_source(const Node& node, const std::string& path,
                                                const std::filesystem::path& base_directory,
                                                Faults& faults, bool needs_labels = true);

/// `training`. What the initial model's file says of loss and metrics stands in `spec` already.
void read_training(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
                   Faults& faults);

/// `training.callbacks`: fills `spec.callbacks`.
void read_callbacks(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
                    Faults& faults);

/// `adam` or `{name: adam, learning_rate: 0.001}` as a JSON object; null on a fault.
[[nodiscard]] nlohmann::json read_named(const Node& node, const std::string& path, Faults& faults);

/// `model`: a file of Keras' JSON or a list of layers, as Keras' JSON.
[[nodiscard]] std::string read_model(const Node& node, const std::filesystem::path& base_directory,
                                     Faults& faults);

/// `training.epochs: 0`: what must be there for it, and what does not go with it. Gives the sets
/// the transforms of the initial model's file, which are in `spec`, where `data` has none.
void check_without_training(const Node& root, JobSpec& spec, Faults& faults);

/// The path that a scalar names, absolute and without `..`.
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& base_directory,
                                                  const std::string& text);

}  // namespace dk::descriptor
