// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/report.hpp"

#include <cstdint>
#include <string>

namespace dk::bench {

/// dist-keras' MNIST perceptron (784-1000-250-10, 1,037,760 parameters) on data in MNIST's format.
struct MlpJob {
  std::string data = "/usr/share/datasets/fashion-mnist";
  std::string algorithm = "single";
  std::uint32_t window = 15;
  std::uint32_t workers = 1;
  std::uint32_t batch = 32;
  std::string optimizer = "sgd";
  double learning_rate = 0.01;
  std::uint32_t epochs = 1;
};

/// The job's descriptor. Files are taken with or without `.gz`; checkpoints are put off.
[[nodiscard]] std::string descriptor_of(const MlpJob& job);

}  // namespace dk::bench
