// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

constexpr std::size_t kSize = 10'000;

Floats of_constant(const char* class_name, const char* config, float value, bool training = true,
                   std::uint64_t seed = 1, const Shape& shape = {kSize}) {
  LayerRun run(class_name, config, {shape});
  std::fill(run.inputs[0].begin(), run.inputs[0].end(), value);
  return run.forward(seed, training)[0];
}

double mean_of(const Floats& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const Floats& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const float value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(Dropout, DropsTheRateAndScalesTheRestUp) {
  const auto out = of_constant("Dropout", R"({"rate": 0.25})", 3);
  const auto zeros = std::count(out.begin(), out.end(), 0.0F);
  // Binomial(10000, 0.25): 2500, standard deviation 43; five of them.
  EXPECT_NEAR(static_cast<double>(zeros), 2500, 217);
  EXPECT_EQ(std::count(out.begin(), out.end(), 4.0F), static_cast<std::ptrdiff_t>(kSize) - zeros);
}

TEST(Dropout, OfEveryKindChangesNothingOutsideOfTraining) {
  const Floats same(kSize, 3.0F);
  EXPECT_EQ(of_constant("Dropout", R"({"rate": 0.25})", 3, false), same);
  EXPECT_EQ(of_constant("AlphaDropout", R"({"rate": 0.25})", 3, false), same);
  EXPECT_EQ(of_constant("GaussianDropout", R"({"rate": 0.25})", 3, false), same);
  EXPECT_EQ(of_constant("GaussianNoise", R"({"stddev": 0.25})", 3, false), same);
  EXPECT_EQ(of_constant("SpatialDropout1D", R"({"rate": 0.25})", 3, false, 1, {10, 1000}), same);
}

TEST(Dropout, RepeatsForTheSameSeedOnly) {
  const char* config = R"({"rate": 0.5})";
  EXPECT_EQ(of_constant("Dropout", config, 3), of_constant("Dropout", config, 3));
  EXPECT_NE(of_constant("Dropout", config, 3), of_constant("Dropout", config, 3, true, 2));
  EXPECT_NE(of_constant("Dropout", config, 3),
            of_constant("Dropout", R"({"rate": 0.5, "seed": 9})", 3));
}

TEST(SpatialDropout, DropsWholeChannels) {
  const auto last = of_constant("SpatialDropout1D", R"({"rate": 0.5})", 1, true, 1, {10, 1000});
  for (std::size_t i = 1000; i < kSize; ++i) ASSERT_EQ(last[i], last[i % 1000]);
  const auto zeros = std::count(last.begin(), last.begin() + 1000, 0.0F);
  EXPECT_NEAR(static_cast<double>(zeros), 500, 80);  // Five standard deviations of 15.8.
  const auto first =
      of_constant("SpatialDropout2D", R"({"rate": 0.5, "data_format": "channels_first"})", 1, true,
                  1, {1000, 2, 5});
  for (std::size_t i = 0; i < kSize; ++i) ASSERT_EQ(first[i], first[i / 10 * 10]);
}

TEST(SpatialDropout, DropsOtherChannelsOfTheNextSample) {
  LayerRun run("SpatialDropout1D", R"({"rate": 0.5})", {{1, 100}}, 2);
  std::fill(run.inputs[0].begin(), run.inputs[0].end(), 1.0F);
  const Floats out = run.forward()[0];
  EXPECT_FALSE(std::equal(out.begin(), out.begin() + 100, out.begin() + 100));
}

TEST(GaussianNoise, AddsTheDeviation) {
  const auto out = of_constant("GaussianNoise", R"({"stddev": 2})", 3);
  EXPECT_NEAR(mean_of(out), 3, 0.1);  // Five standard deviations of 0.02.
  EXPECT_NEAR(deviation_of(out), 2, 0.07);
  // Of a normal, 95.4 % lie within two deviations: 9545, standard deviation 21.
  const auto near =
      std::count_if(out.begin(), out.end(), [](float value) { return std::fabs(value - 3) < 4; });
  EXPECT_NEAR(static_cast<double>(near), 9545, 105);
}

TEST(GaussianDropout, HasTheDeviationOfDropout) {
  const auto out = of_constant("GaussianDropout", R"({"rate": 0.2})", 3);
  EXPECT_NEAR(mean_of(out), 3, 0.075);
  EXPECT_NEAR(deviation_of(out), 1.5, 0.053);  // 3 * sqrt(0.2 / 0.8)
}

TEST(AlphaDropout, KeepsMeanAndVariance) {
  LayerRun run("AlphaDropout", R"({"rate": 0.3})", {{kSize}});
  run.inputs = {random_floats(kSize, 4)};
  const Floats out = run.forward()[0];
  EXPECT_NEAR(mean_of(out), 0, 0.05);
  EXPECT_NEAR(deviation_of(out), 1, 0.05);
}

}  // namespace
}  // namespace dk::model
