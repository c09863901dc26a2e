// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dk::test {

/// A perceptron of 4 inputs, 8 hidden units and 3 classes, on `samples` four-byte rows: it trains
/// in microseconds. Window 2, batch 4: blocks of 8 samples.
class TinyJob {
 public:
  static constexpr std::uint64_t kBlockSamples = 8;

  explicit TinyJob(std::uint32_t samples = 50) {
    std::string features;
    std::string labels;
    for (std::uint32_t i = 0; i < samples; ++i) {
      for (std::uint32_t j = 0; j < 4; ++j)
        features.push_back(static_cast<char>((i * 37 + j * 91 + i * i * 5) % 256));
      labels.push_back(static_cast<char>(i % 3));
    }
    write_idx("x", {samples, 4}, features);
    write_idx("y", {samples}, labels);
    spec.name = "tiny";
    spec.architecture = R"({"class_name": "Sequential", "config": {"name": "tiny", "layers": [
      {"class_name": "Dense", "config": {"name": "hidden", "units": 8, "activation": "tanh",
                                         "batch_input_shape": [null, 4]}},
      {"class_name": "Dense", "config": {"name": "out", "units": 3, "activation": "softmax"}}]}})";
    spec.train.source = storage::array_files("idx", files_ / "x", files_ / "y");
    spec.train.transforms = {{{"min_max", {{"from", {0, 255}}, {"to", {-1, 1}}}}}};
    spec.algorithm = {"adag", {{"window", 2}}};
    spec.optimizer = {{"name", "sgd"}, {"learning_rate", 0.1}};
    spec.loss = "sparse_categorical_crossentropy";
    spec.metrics = nlohmann::json::array({"accuracy"});
    spec.batch_size = 4;
    spec.epochs = 6;
    spec.workers_min = 1;
    spec.workers_max = 2;
    spec.parameter_servers = 1;
    spec.replicas = 1;
    spec.checkpoint_every = std::chrono::milliseconds(50);
    spec.checkpoint_keep = 3;
    spec.seed = 7;
  }

  JobSpec spec;
  /// Where its data lie.
  [[nodiscard]] const std::filesystem::path& directory() const { return files_.path(); }

 private:
  void write_idx(const char* name, const std::vector<std::uint32_t>& shape,
                 const std::string& values) {
    std::ofstream out(files_ / name, std::ios::binary);
    const auto byte = [&](std::size_t value) { out.put(static_cast<char>(value)); };
    for (const std::size_t value : {std::size_t{0}, std::size_t{0}, std::size_t{8}, shape.size()})
      byte(value);
    for (const auto size : shape) {
      for (const int shift : {24, 16, 8, 0}) byte(size >> shift & 0xff);
    }
    out << values;
  }

  TempDir files_;
};

}  // namespace dk::test
