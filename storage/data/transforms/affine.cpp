// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/affine.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

constexpr double kLargestFloatShift = 16;

DK_MULTIVERSION void scale_all(const float* in, float* out, std::size_t count, float scale,
                               float shift) {
  for (std::size_t i = 0; i < count; ++i) out[i] = in[i] * scale + shift;
}

DK_MULTIVERSION void scale_row(const float* in, float* out, std::size_t width, const double* scale,
                               const double* shift) {
  for (std::size_t i = 0; i < width; ++i) {
    out[i] = static_cast<float>(static_cast<double>(in[i]) * scale[i] + shift[i]);
  }
}

bool all_equal(const std::vector<double>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>{}) == values.end();
}

}  // namespace

Affine Affine::identity(std::size_t width) {
  return {std::vector<double>(width, 1), std::vector<double>(width, 0)};
}

void Affine::then(const Affine& next) {
  for (std::size_t i = 0; i < scale.size(); ++i) {
    scale[i] *= next.scale[i];
    shift[i] = shift[i] * next.scale[i] + next.shift[i];
  }
}

std::optional<std::pair<float, float>> Affine::uniform() const {
  if (scale.empty() || !all_equal(scale) || !all_equal(shift)) return {};
  if (std::abs(shift.front()) > kLargestFloatShift) return {};
  return std::pair{static_cast<float>(scale.front()), static_cast<float>(shift.front())};
}

void apply_affine(const Affine& affine, std::span<const float> in, std::span<float> out) {
  const std::size_t width = affine.scale.size();
  for (std::size_t at = 0; at < in.size(); at += width) {
    scale_row(in.data() + at, out.data() + at, width, affine.scale.data(), affine.shift.data());
  }
}

void apply_affine(float scale, float shift, std::span<const float> in, std::span<float> out) {
  scale_all(in.data(), out.data(), in.size(), scale, shift);
}

AffineTransform::AffineTransform(Selection selection)
    : FieldTransform(std::move(selection)), affine_(Affine::identity(selection_.width)) {}

void AffineTransform::set(std::size_t input, double scale, double shift) {
  affine_.scale[selection_.inputs[input]] = scale;
  affine_.shift[selection_.inputs[input]] = shift;
}

bool AffineTransform::affine(std::span<double> scale, std::span<double> shift) const {
  std::copy(affine_.scale.begin(), affine_.scale.end(), scale.begin());
  std::copy(affine_.shift.begin(), affine_.shift.end(), shift.begin());
  return true;
}

Result<void> AffineTransform::apply(std::size_t /*rows*/, std::span<const float> in,
                                    std::span<float> out) const {
  apply_affine(affine_, in, out);
  return {};
}

}  // namespace dk::storage
