// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/constraints/constraint.hpp"

#include "base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr float kTolerance = 1e-6F;

std::vector<float> constrained(const char* config, const Shape& shape, std::vector<float> values) {
  const auto constraint = parse_constraint(json::parse(config)).value();
  EXPECT_TRUE(check_constraint(constraint, shape));
  constraint.apply(values, shape);
  return values;
}

auto near(std::vector<float> values) {
  return testing::Pointwise(testing::FloatNear(kTolerance), values);
}

TEST(Constraint, NonNegCutsOffWhatIsBelowZero) {
  EXPECT_EQ(constrained(R"("non_neg")", {3}, {-1, 0, 2}), (std::vector<float>{0, 0, 2}));
}

TEST(Constraint, MaxNormShortensLongColumns) {
  // columns (3, 4) and (0.6, 0.8), norms 5 and 1, at most 2
  EXPECT_THAT(constrained(R"("max_norm")", {2, 2}, {3, 0.6F, 4, 0.8F}),
              near({1.2F, 0.6F, 1.6F, 0.8F}));
}

TEST(Constraint, UnitNormGivesEveryRowLengthOne) {
  EXPECT_THAT(constrained(R"({"name": "unit_norm", "axis": -1})", {2, 2}, {3, 4, 0.6F, 0.8F}),
              near({0.6F, 0.8F, 0.6F, 0.8F}));
}

TEST(Constraint, MinMaxNormMovesAPartOfTheWay) {
  // norms 10 and 0.1 towards 4 and 1, half the way: 7 and 0.55
  EXPECT_THAT(constrained(R"({"class_name": "MinMaxNorm", "config": {"min_value": 1.0,
                              "max_value": 4.0, "rate": 0.5, "axis": 0}})",
                          {1, 2}, {10, 0.1F}),
              near({7, 0.55F}));
}

TEST(Constraint, NormsAreTakenOverAnyAxes) {
  const Shape shape{3, 2, 4, 70};
  const std::pair<const char*, std::vector<bool>> cases[] = {
      {"[0, 1, 2]", {true, true, true, false}},
      {"[1, 3]", {false, true, false, true}},
      {"3", {false, false, false, true}},
      {"1", {false, true, false, false}},
      {"[0, 1, 2, 3]", {true, true, true, true}}};
  for (const auto& [axes, summed] : cases) {
    Random random(1);
    std::vector<float> values(3 * 2 * 4 * 70);
    for (float& value : values) value = random.normal();
    const auto config = std::string(R"({"name": "unit_norm", "axis": )") + axes + "}";
    const auto result = constrained(config.c_str(), shape, values);
    std::vector<double> squares(values.size());
    const auto group = [&, &sums = summed](std::size_t at) {
      const std::size_t index[] = {at / 560, at / 280 % 2, at / 70 % 4, at % 70};
      std::size_t key = 0;
      for (std::size_t axis = 0; axis < 4; ++axis) {
        key = key * shape[axis] + (sums[axis] ? 0 : index[axis]);
      }
      return key;
    };
    for (std::size_t i = 0; i < values.size(); ++i) squares[group(i)] += values[i] * values[i];
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(result[i], values[i] / (1e-7 + std::sqrt(squares[group(i)])), kTolerance) << axes;
    }
  }
}

TEST(Constraint, ZerosStayZeros) {
  EXPECT_THAT(constrained(R"("unit_norm")", {2}, {0, 0}), near({0, 0}));
}

TEST(Constraint, IsReadBackAsWritten) {
  for (const std::string& name : known_constraints()) {
    const auto constraint = parse_constraint(name).value();
    EXPECT_EQ(parse_constraint(to_json(constraint)).value(), constraint) << name;
  }
  const json listed = {{"class_name", "MaxNorm"},
                       {"config", {{"max_value", 3.0}, {"axis", {0, 1}}}}};
  EXPECT_EQ(to_json(parse_constraint(listed).value()), listed);
}

TEST(Constraint, WrongOnesAreRefused) {
  EXPECT_EQ(parse_constraint("max_nrm").error().message,
            "constraint: unknown name \"max_nrm\"; did you mean 'max_norm'?; supported: max_norm, "
            "min_max_norm, non_neg, unit_norm");
  EXPECT_FALSE(parse_constraint({{"name", "max_norm"}, {"axis", "0"}}));
  EXPECT_FALSE(parse_constraint({{"name", "max_norm"}, {"axis", json::array()}}));
  EXPECT_FALSE(parse_constraint({{"name", "min_max_norm"}, {"min_value", 2}}));
  EXPECT_FALSE(parse_constraint({{"name", "non_neg"}, {"axis", 0}}));
  const auto columns = parse_constraint({{"name", "max_norm"}, {"axis", 1}}).value();
  EXPECT_EQ(check_constraint(columns, {3}).error().message,
            "the constraint's axis 1 is not one of the shape (3,)");
  EXPECT_TRUE(check_constraint(columns, {3, 2}));
}

}  // namespace
}  // namespace dk::model
