// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/dropout.hpp"

#include "tests/model/model_support.hpp"

#include <algorithm>

namespace dk::model {
namespace {

constexpr std::size_t kSize = 10'000;

std::vector<float> dropped(const char* config, bool training, std::uint64_t seed) {
  const auto json = nlohmann::json::parse(config);
  ConfigReader reader(json, "test");
  Dropout layer(reader);
  EXPECT_TRUE(layer.build({kSize}, 1));
  const std::vector<float> in(kSize, 3.0F);
  std::vector<float> out(kSize);
  const float* result = layer.forward(
      {.in = in.data(), .out = out.data(), .n = 1, .training = training, .seed = seed});
  return {result, result + kSize};
}

TEST(Dropout, DropsTheRateAndScalesTheRestUp) {
  const auto out = dropped(R"({"rate": 0.25})", true, 1);
  const auto zeros = std::count(out.begin(), out.end(), 0.0F);
  // Binomial(10000, 0.25): 2500, standard deviation 43; five of them.
  EXPECT_NEAR(static_cast<double>(zeros), 2500, 217);
  EXPECT_EQ(std::count(out.begin(), out.end(), 4.0F), static_cast<std::ptrdiff_t>(kSize) - zeros);
}

TEST(Dropout, ChangesNothingOutsideOfTraining) {
  EXPECT_EQ(dropped(R"({"rate": 0.25})", false, 1), std::vector<float>(kSize, 3.0F));
}

TEST(Dropout, RepeatsForTheSameSeedOnly) {
  EXPECT_EQ(dropped(R"({"rate": 0.5})", true, 1), dropped(R"({"rate": 0.5})", true, 1));
  EXPECT_NE(dropped(R"({"rate": 0.5})", true, 1), dropped(R"({"rate": 0.5})", true, 2));
  EXPECT_NE(dropped(R"({"rate": 0.5})", true, 1), dropped(R"({"rate": 0.5, "seed": 9})", true, 1));
}

}  // namespace
}  // namespace dk::model
