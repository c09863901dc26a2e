// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/training/mlp_job.hpp"

#include <filesystem>

namespace dk::bench {
namespace {

std::string existing(const std::string& path) {
  return std::filesystem::exists(path) ? path : path + ".gz";
}

nlohmann::json data_set(const std::string& directory, const std::string& name) {
  const auto path = (std::filesystem::absolute(directory) / name).string();
  return {{"format", "idx"},
          {"features", existing(path + "-images-idx3-ubyte")},
          {"labels", existing(path + "-labels-idx1-ubyte")}};
}

}  // namespace

std::string descriptor_of(const MlpJob& job) {
  const nlohmann::json descriptor{
      {"name", "benchmark"},
      {"model",
       {{{"Flatten", {{"input_shape", {28, 28}}}}},
        {{"Dense", {{"units", 1000}, {"activation", "relu"}}}},
        {{"Dense", {{"units", 250}, {"activation", "relu"}}}},
        {{"Dense", {{"units", 10}, {"activation", "softmax"}}}}}},
      {"data",
       {{"train", data_set(job.data, "train")},
        {"test", data_set(job.data, "t10k")},
        {"transform", {{{"min_max", {{"from", {0, 255}}, {"to", {0, 1}}}}}}}}},
      {"training",
       {{"algorithm", {{"name", job.algorithm}, {"window", job.window}}},
        {"optimizer", {{"name", job.optimizer}, {"learning_rate", job.learning_rate}}},
        {"loss", "sparse_categorical_crossentropy"},
        {"metrics", {"accuracy"}},
        {"batch_size", job.batch},
        {"epochs", job.epochs},
        {"workers", job.workers}}},
      {"checkpoint", {{"every", "1h"}}}};
  return descriptor.dump();
}

}  // namespace dk::bench
