// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/initializers/orthogonal.hpp"

#include "model/initializers/initializer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

std::vector<float> filled(const json& config, const Shape& shape) {
  const auto initializer = parse_initializer(config).value();
  EXPECT_TRUE(check_initializer(initializer, shape));
  std::vector<float> values(element_count(shape).value());
  initialize(initializer, shape, 1, values);
  return values;
}

/// The greatest difference of the products of rows (or columns) from `gain`^2 times the identity.
double imperfection(const std::vector<float>& values, std::size_t rows, std::size_t columns,
                    double gain) {
  const bool wide = rows < columns;
  const std::size_t count = wide ? rows : columns;
  const auto at = [&](std::size_t vector, std::size_t i) {
    return static_cast<double>(wide ? values[vector * columns + i] : values[i * columns + vector]);
  };
  double worst = 0;
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = 0; b < count; ++b) {
      double product = a == b ? -gain * gain : 0;
      for (std::size_t i = 0; i < (wide ? columns : rows); ++i) product += at(a, i) * at(b, i);
      worst = std::max(worst, std::fabs(product));
    }
  }
  return worst;
}

TEST(Orthogonal, RowsOrColumnsAreOrthonormal) {
  constexpr double kTolerance = 1e-6;
  EXPECT_LT(imperfection(filled("orthogonal", {40, 40}), 40, 40, 1), kTolerance);
  EXPECT_LT(imperfection(filled("orthogonal", {16, 64}), 16, 64, 1), kTolerance);
  EXPECT_LT(imperfection(filled("Orthogonal", {3, 3, 4, 8}), 36, 8, 1), kTolerance);
  EXPECT_LT(imperfection(filled({{"name", "orthogonal"}, {"gain", 2}}, {8, 5}), 8, 5, 2),
            4 * kTolerance);
}

TEST(Orthogonal, FollowsItsSeed) {
  const json seeded = {{"class_name", "OrthogonalInitializer"}, {"config", {{"seed", 7}}}};
  EXPECT_EQ(filled(seeded, {4, 4}), filled(seeded, {4, 4}));
  EXPECT_NE(filled(seeded, {4, 4}), filled("orthogonal", {4, 4}));
}

TEST(Identity, HasItsGainOnTheDiagonal) {
  EXPECT_THAT(filled({{"name", "identity"}, {"gain", 3}}, {2, 3}),
              testing::ElementsAre(3, 0, 0, 0, 3, 0));
  EXPECT_THAT(filled("Identity", {3, 2}), testing::ElementsAre(1, 0, 0, 1, 0, 0));
}

TEST(Orthogonal, AndIdentityAreForMatrices) {
  EXPECT_EQ(check_initializer(parse_initializer("orthogonal").value(), {3}).error().message,
            "the initializer Orthogonal is for matrices, not for the shape (3,)");
  EXPECT_FALSE(check_initializer(parse_initializer("identity").value(), {3, 3, 3}));
}

}  // namespace
}  // namespace dk::model
