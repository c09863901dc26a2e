// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/initializers/initializer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dk::model {
namespace {

using nlohmann::json;

const Shape kShape{300, 100};

std::vector<float> drawn(const json& config, std::uint64_t seed = 1) {
  std::vector<float> values(kShape[0] * kShape[1]);
  initialize(parse_initializer(config).value(), kShape, seed, values);
  return values;
}

double variance(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return sum / static_cast<double>(values.size());
}

TEST(Initializer, ConstantsAreConstant) {
  EXPECT_THAT(drawn("zeros"), testing::Each(0.0F));
  EXPECT_THAT(drawn("Ones"), testing::Each(1.0F));
  EXPECT_THAT(drawn({{"class_name", "Constant"}, {"config", {{"value", 0.5}}}}),
              testing::Each(0.5F));
}

TEST(Initializer, VarianceFollowsTheFan) {
  constexpr double kTolerance = 0.03;  // relative; 30000 draws
  const std::pair<const char*, double> cases[] = {
      {"glorot_uniform", 1 / 200.0}, {"glorot_normal", 1 / 200.0},  {"he_uniform", 2 / 300.0},
      {"he_normal", 2 / 300.0},      {"lecun_uniform", 1 / 300.0},  {"lecun_normal", 1 / 300.0},
      {"random_normal", 0.0025},     {"random_uniform", 0.01 / 12},
  };
  for (const auto& [name, expected] : cases) {
    EXPECT_NEAR(variance(drawn(name)) / expected, 1, kTolerance) << name;
  }
}

TEST(Initializer, FansOfAKernelAreTimesItsWindow) {
  // a window of 5 * 6, 40 in, 50 out: limit sqrt(6 / (30 * 40 + 30 * 50))
  std::vector<float> values(60'000);
  initialize(parse_initializer("glorot_uniform").value(), {5, 6, 40, 50}, 1, values);
  EXPECT_NEAR(*std::ranges::max_element(values), std::sqrt(6.0 / 2700), 1e-4);
  initialize(parse_initializer("he_uniform").value(), {100}, 1, std::span(values).first(100));
  EXPECT_LE(*std::max_element(values.begin(), values.begin() + 100), std::sqrt(6.0 / 100));
}

TEST(Initializer, KnowsKerasOtherNames) {
  EXPECT_EQ(drawn("normal"), drawn("random_normal"));
  EXPECT_EQ(drawn("uniform"), drawn("RandomUniform"));
  EXPECT_EQ(drawn("one"), drawn("ones"));
}

TEST(Initializer, UniformStaysWithinItsLimit) {
  const double limit = std::sqrt(6.0 / 400);
  for (const float value : drawn("glorot_uniform")) EXPECT_LE(std::fabs(value), limit);
}

TEST(Initializer, SameSeedGivesTheSameValues) {
  EXPECT_EQ(drawn("he_normal", 4), drawn("he_normal", 4));
  EXPECT_NE(drawn("he_normal", 4), drawn("he_normal", 5));
  const json seeded = {{"class_name", "HeNormal"}, {"config", {{"seed", 4}}}};
  EXPECT_EQ(drawn(seeded, 5), drawn("he_normal", 4));
}

TEST(Initializer, IsReadBackAsWritten) {
  auto configs = known_initializers();
  for (const std::string& name : configs) {
    const auto initializer = parse_initializer(name).value();
    EXPECT_EQ(parse_initializer(to_json(initializer)).value(), initializer) << name;
  }
}

TEST(Initializer, ReadsTheObjectsOfKeras2And3) {
  const auto two = parse_initializer(json::parse(
      R"({"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg",
          "distribution": "uniform", "seed": null}})"));
  const auto three = parse_initializer(json::parse(
      R"({"module": "keras.initializers", "class_name": "GlorotUniform",
          "config": {"seed": null}, "registered_name": null})"));
  std::vector<float> a(12);
  std::vector<float> b(12);
  initialize(two.value(), {3, 4}, 1, a);
  initialize(three.value(), {3, 4}, 1, b);
  EXPECT_EQ(a, b);
}

TEST(Initializer, UnknownOrImpossibleOnesAreRefused) {
  EXPECT_THAT(parse_initializer("glorot_unifrm").error().message,
              testing::StartsWith("initializer: unknown name \"glorot_unifrm\"; did you mean "
                                  "'glorot_uniform'?; supported: zeros, ones"));
  const json constant = {{"class_name", "Constant"}, {"config", {{"value", {1, 2}}}}};
  EXPECT_FALSE(parse_initializer(constant));
  const json scaled = {{"class_name", "VarianceScaling"}, {"config", {{"scale", -1}}}};
  EXPECT_FALSE(parse_initializer(scaled));
  EXPECT_FALSE(parse_initializer(json::array()));
}

}  // namespace
}  // namespace dk::model
