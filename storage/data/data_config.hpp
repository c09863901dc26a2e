// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace dk::storage {

/// x' = (to_max - to_min) / (from_max - from_min) * (x - from_min) + to_min, on the features.
/// dist-keras' MinMaxTransformer.
struct MinMax {
  float from_min = 0;
  float from_max = 1;
  float to_min = 0;
  float to_max = 1;
  bool operator==(const MinMax&) const = default;
};

/// An integer label becomes a vector of `classes` zeros with a one in its place. dist-keras'
/// OneHotTransformer.
struct OneHot {
  std::uint32_t classes = 0;
  bool operator==(const OneHot&) const = default;
};

using Transform = std::variant<MinMax, OneHot>;

/// Where a data set lies and what is done to each sample on its way into a batch.
struct DataConfig {
  /// "idx": IDX files as of MNIST; "npy": NumPy arrays. The first dimension counts the samples.
  /// Plain or gzip.
  std::string format;
  std::filesystem::path features;
  std::filesystem::path labels;
  std::vector<Transform> transforms;
  bool operator==(const DataConfig&) const = default;
};

}  // namespace dk::storage
