// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/schema.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// Random changes of training images. Of one image, in this order:
///
/// 1. rotation and shift, one bilinear resampling about the centre ((h-1)/2, (w-1)/2): the output
///    pixel (y, x) comes from R(-a) ((y, x) - centre) + centre + (dy, dx), with the angle a uniform
///    in [-rotation, rotation] degrees, dy in [-height_shift, height_shift] * h, dx likewise in w.
///    What lies outside comes from `fill_mode`. Keras' ImageDataGenerator: rotation_range,
///    height_shift_range, width_shift_range, fill_mode, cval.
/// 2. crop: `crop_padding` zeros on every side, then a window of the image's size, each place
///    equally likely (Lee et al. 2015; the usual augmentation of CIFAR).
/// 3. each flip with probability 1/2, or the one given.
///
/// The arguments, all optional:
///
///     {"horizontal_flip": true, "vertical_flip": 0.25, "height_shift": 0.1, "width_shift": 0.1,
///      "rotation": 10, "crop_padding": 4, "fill_mode": "nearest", "fill_value": 0,
///      "columns": ["image"]}
///
/// fill_mode is nearest (aaaa|abcd|dddd), constant (fill_value), reflect (dcba|abcd|dcba) or wrap
/// (abcd|abcd|abcd). Immutable; may be used by several threads.
class Augment {
 public:
  enum class Fill { kNearest, kConstant, kReflect, kWrap };

  /// For one thread; after the first image `apply` allocates nothing.
  class Scratch {
   private:
    friend class Augment;
    std::vector<float> image_;
  };

  /// The image is the feature of shape {height, width} or {height, width, channels}; `columns`
  /// names it when there are several. kInvalid: which argument, what is allowed.
  static Result<Augment> make(const nlohmann::json& arguments, const Schema& schema);

  /// Changes `x`, the feature_size() floats of one sample, in place. A function of the seed, the
  /// epoch and the row alone, so every replay sees the same images, whoever trains the row.
  void apply(std::uint64_t seed, std::uint64_t epoch, std::uint32_t row, std::span<float> x,
             Scratch& scratch) const;

  /// The arguments again.
  [[nodiscard]] nlohmann::json config() const;

 private:
  Augment() = default;

  std::size_t begin_ = 0;  ///< Of the image among the sample's floats.
  std::size_t height_ = 0;
  std::size_t width_ = 0;
  std::size_t channels_ = 1;
  double horizontal_flip_ = 0;  ///< Probability.
  double vertical_flip_ = 0;
  double height_shift_ = 0;
  double width_shift_ = 0;
  double rotation_ = 0;  ///< Degrees.
  std::size_t crop_padding_ = 0;
  Fill fill_ = Fill::kNearest;
  float fill_value_ = 0;
  std::vector<std::string> columns_;  ///< As given.
};

}  // namespace dk::storage
