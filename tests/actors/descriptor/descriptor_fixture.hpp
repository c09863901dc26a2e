// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dk::test {

/// Where the descriptors of these tests find `mlp.json`.
inline const std::filesystem::path kExamples = DK_EXAMPLES;

/// Lines 1 to 21; the tests replace or append lines.
inline constexpr std::string_view kFull = R"(name: full
model: mlp.json
data:
  train: {format: idx, features: x.gz, labels: y.gz}
  test:
    format: idx
    features: test-x.gz
    labels: test-y.gz
  transform: [{min_max: {from: [0, 255], to: [-1, 1]}}, {one_hot: 10}]
training:
  algorithm: {name: downpour, window: 5}
  optimizer: {name: adam, learning_rate: 0.01}
  loss: categorical_crossentropy
  metrics: [accuracy]
  batch_size: 64
  epochs: 7
  shuffle: false
  workers: {min: 2, max: 4}
  parameter_servers: 3
checkpoint: {every: 1.5s, keep: 5}
seed: 42
)";

inline constexpr std::string_view kSmall = R"(name: small
model: mlp.json
data:
  train: {format: idx, features: x, labels: y}
training:
  loss: categorical_crossentropy
)";

inline Result<JobSpec> read(std::string_view text, const std::vector<std::string>& overrides = {}) {
  return read_descriptor(text, "job.yaml", kExamples, overrides);
}

/// The faults, one per line; "" when there are none.
inline std::string faults_of(std::string_view text,
                             const std::vector<std::string>& overrides = {}) {
  const auto spec = read(text, overrides);
  return spec ? "" : spec.error().message;
}

/// `text` with its first `from` replaced.
inline std::string with(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  const auto at = result.find(from);
  return at == std::string::npos ? "" : result.replace(at, from.size(), to);
}

}  // namespace dk::test
