// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/data_config.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace dk::storage {

/// A data set in memory, as its files have it (bytes stay bytes); the transforms are applied when a
/// batch is gathered. Immutable, so all workers of a process share one.
class Dataset {
 public:
  /// Reads and checks both files. Errors name the file, the row and the value: kNotFound, kIo,
  /// kInvalid (what the configuration asks for does not fit the data), kCorrupt (damaged files).
  static Result<std::shared_ptr<const Dataset>> load(const DataConfig& config);

  /// Samples, at least 1 and below 2^32.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Floats per sample in x.
  [[nodiscard]] std::size_t feature_size() const { return feature_size_; }
  /// The shape of one sample, for instance {28, 28}.
  [[nodiscard]] const std::vector<std::size_t>& feature_shape() const { return feature_shape_; }
  /// Floats per sample in y: the classes after one_hot, else what the labels file has (mostly 1).
  [[nodiscard]] std::size_t target_size() const { return target_size_; }

  /// Writes the samples `rows` one after the other: x has rows.size() * feature_size() floats, y
  /// rows.size() * target_size(). Rows are below size(). Allocates nothing; the same floats on
  /// every machine.
  void gather(std::span<const std::uint32_t> rows, std::span<float> x, std::span<float> y) const;

 private:
  Dataset() = default;
  Result<void> read_features(const DataConfig& config);
  Result<void> read_labels(const DataConfig& config);
  Result<void> apply_transforms(const DataConfig& config);
  Result<void> encode_classes(const DataConfig& config, std::uint32_t classes);

  std::size_t size_ = 0;
  std::size_t feature_size_ = 0;
  std::size_t target_size_ = 0;
  std::vector<std::size_t> feature_shape_;
  std::variant<std::vector<std::byte>, std::vector<float>> features_;
  float scale_ = 1;
  float shift_ = 0;
  std::vector<float> targets_;          ///< Without one_hot.
  std::vector<std::uint32_t> classes_;  ///< With one_hot: the place of each sample's one.
};

}  // namespace dk::storage
