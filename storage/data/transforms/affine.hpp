// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/selection.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dk::storage {

/// x' = scale * x + shift for each float of a row.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;

  /// x' = x for `width` floats.
  static Affine identity(std::size_t width);
  /// This, and then `next`.
  void then(const Affine& next);
  /// The two numbers when they are the same for all floats and float32 will do: with a shift up to
  /// 16 the sum loses at most 1e-6. Else each float is computed in double and rounded once.
  [[nodiscard]] std::optional<std::pair<float, float>> uniform() const;
};

/// `in` and `out` have the same size, a multiple of the width.
void apply_affine(const Affine& affine, std::span<const float> in, std::span<float> out);
void apply_affine(float scale, float shift, std::span<const float> in, std::span<float> out);

/// What min_max, standard and scale share. The derived class says the numbers of each chosen float.
class AffineTransform : public FieldTransform {
 public:
  [[nodiscard]] bool elementwise() const override { return true; }
  [[nodiscard]] bool affine(std::span<double> scale, std::span<double> shift) const override;
  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override;

 protected:
  explicit AffineTransform(Selection selection);
  /// For the chosen float `input`.
  void set(std::size_t input, double scale, double shift);

 private:
  Affine affine_;
};

}  // namespace dk::storage
