// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/dataset.hpp"

#include "base/check.hpp"
#include "base/multiversion.hpp"
#include "storage/data/idx.hpp"
#include "storage/data/npy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::storage {
namespace {

struct Array {
  std::vector<std::size_t> shape;
  std::variant<std::vector<std::byte>, std::vector<float>> values;
};

Result<Array> read_array(const std::string& format, const std::filesystem::path& path) {
  if (format == "idx") {
    DK_TRY_ASSIGN(auto idx, read_idx(path));
    return Array{std::move(idx.shape), std::move(idx.values)};
  }
  if (format == "npy") {
    DK_TRY_ASSIGN(auto npy, read_npy(path));
    if (npy.shape.empty()) return fail(Errc::kInvalid, "{}: one value, no samples", path.string());
    return Array{std::move(npy.shape), std::move(npy.values)};
  }
  return fail(Errc::kInvalid, "data format \"{}\" is not known; allowed: idx, npy", format);
}

/// Floats per row.
std::size_t row_size(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) size *= shape[i];
  return size;
}

DK_MULTIVERSION void convert(const std::uint8_t* from, float* to, std::size_t count, float scale,
                             float shift) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) * scale + shift;
}

DK_MULTIVERSION void convert(const float* from, float* to, std::size_t count, float scale,
                             float shift) {
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i] * scale + shift;
}

const std::uint8_t* raw(const std::vector<std::byte>& values) {
  return reinterpret_cast<const std::uint8_t*>(values.data());
}
const float* raw(const std::vector<float>& values) {
  return values.data();
}

std::vector<float> to_floats(std::variant<std::vector<std::byte>, std::vector<float>>& values) {
  if (auto* floats = std::get_if<std::vector<float>>(&values)) return std::move(*floats);
  const auto& bytes = std::get<std::vector<std::byte>>(values);
  std::vector<float> floats(bytes.size());
  convert(raw(bytes), floats.data(), floats.size(), 1, 0);
  return floats;
}

}  // namespace

Result<std::shared_ptr<const Dataset>> Dataset::load(const DataConfig& config) {
  std::shared_ptr<Dataset> data(new Dataset);
  DK_TRY(data->read_features(config));
  DK_TRY(data->read_labels(config));
  DK_TRY(data->apply_transforms(config));
  return data;
}

Result<void> Dataset::read_features(const DataConfig& config) {
  DK_TRY_ASSIGN(auto array, read_array(config.format, config.features));
  size_ = array.shape.front();
  if (size_ >= std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::kInvalid, "{}: {} samples; fewer than 2^32 - 1 are allowed",
                config.features.string(), size_);
  }
  feature_size_ = row_size(array.shape);
  feature_shape_.assign(array.shape.begin() + 1, array.shape.end());
  if (feature_shape_.empty()) feature_shape_ = {1};
  features_ = std::move(array.values);
  return {};
}

Result<void> Dataset::read_labels(const DataConfig& config) {
  DK_TRY_ASSIGN(auto array, read_array(config.format, config.labels));
  if (array.shape.front() != size_) {
    return fail(Errc::kInvalid, "{} has {} labels, {} has {} samples; the counts must be equal",
                config.labels.string(), array.shape.front(), config.features.string(), size_);
  }
  target_size_ = row_size(array.shape);
  targets_ = to_floats(array.values);
  return {};
}

Result<void> Dataset::apply_transforms(const DataConfig& config) {
  double scale = 1;
  double shift = 0;
  for (const auto& transform : config.transforms) {
    if (const auto* one_hot = std::get_if<OneHot>(&transform)) {
      DK_TRY(encode_classes(config, one_hot->classes));
      continue;
    }
    const auto& range = std::get<MinMax>(transform);
    const double factor =
        (double{range.to_max} - range.to_min) / (double{range.from_max} - range.from_min);
    if (!std::isfinite(factor)) {
      return fail(Errc::kInvalid, "min_max: from [{}, {}] to [{}, {}]: from must be two numbers",
                  range.from_min, range.from_max, range.to_min, range.to_max);
    }
    scale *= factor;
    shift = (shift - range.from_min) * factor + range.to_min;
  }
  scale_ = static_cast<float>(scale);
  shift_ = static_cast<float>(shift);
  return {};
}

Result<void> Dataset::encode_classes(const DataConfig& config, std::uint32_t classes) {
  if (classes == 0) return fail(Errc::kInvalid, "one_hot: 0 classes; at least 1 is needed");
  if (!classes_.empty()) return fail(Errc::kInvalid, "one_hot: may stand once only");
  if (target_size_ != 1) {
    return fail(Errc::kInvalid, "one_hot: {} has {} values per sample; it needs one label",
                config.labels.string(), target_size_);
  }
  classes_.resize(size_);
  for (std::size_t row = 0; row < size_; ++row) {
    const float label = targets_[row];
    if (!(label >= 0) || label >= static_cast<float>(classes) || label != std::floor(label)) {
      return fail(Errc::kInvalid, "{}: row {} has label {}; one_hot allows the integers 0 to {}",
                  config.labels.string(), row, label, classes - 1);
    }
    classes_[row] = static_cast<std::uint32_t>(label);
  }
  targets_ = {};
  target_size_ = classes;
  return {};
}

void Dataset::gather(std::span<const std::uint32_t> rows, std::span<float> x,
                     std::span<float> y) const {
  DK_CHECK(x.size() == rows.size() * feature_size_, "x has room for exactly these rows");
  DK_CHECK(y.size() == rows.size() * target_size_, "y has room for exactly these rows");
  if (!classes_.empty()) std::fill(y.begin(), y.end(), 0.0F);
  std::visit(
      [&](const auto& features) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const std::size_t row = rows[i];
          DK_CHECK(row < size_, "a row of this data set");
          convert(raw(features) + row * feature_size_, x.data() + i * feature_size_, feature_size_,
                  scale_, shift_);
          if (classes_.empty()) {
            std::copy_n(targets_.data() + row * target_size_, target_size_,
                        y.data() + i * target_size_);
          } else {
            y[i * target_size_ + classes_[row]] = 1;
          }
        }
      },
      features_);
}

}  // namespace dk::storage
