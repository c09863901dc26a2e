// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/gradient_intake.hpp"

#include "tests/model/optimizers/optimizer_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

/// Two variables of two parameters, 0 at first, after a step with these gradients and rate 1.
std::vector<float> stepped(json config, const std::vector<float>& gradients) {
  config.update({{"name", "sgd"}, {"learning_rate", 1}});
  Variable a;
  a.name = "a";
  a.shape = {2};
  Variable b = a;
  b.name = "b";
  const auto layout = Layout::make({a, b}).value();
  const auto optimizer = make_optimizer(config, layout).value();
  std::vector<float> parameters(4);
  optimizer->step(parameters, gradients);
  return parameters;
}

TEST(Clipping, NormIsThatOfEachVariable) {
  // norms 5 and 1: the first times 2 / 5
  EXPECT_THAT(stepped({{"clipnorm", 2}}, {3, 4, 0.6F, 0.8F}), near({-1.2F, -1.6F, -0.6F, -0.8F}));
}

TEST(Clipping, GlobalNormIsThatOfAll) {
  // sqrt(9 + 16 + 144) = 13
  EXPECT_THAT(stepped({{"global_clipnorm", 6.5}}, {3, 4, 0, 12}), near({-1.5F, -2, 0, -6}));
  EXPECT_THAT(stepped({{"global_clipnorm", 14}}, {3, 4, 0, 12}), near({-3, -4, 0, -12}));
}

TEST(Clipping, ValueIsThatOfEachGradient) {
  EXPECT_THAT(stepped({{"clipvalue", 0.5}}, {3, -4, 0.1F, -0.2F}),
              near({-0.5F, 0.5F, -0.1F, 0.2F}));
}

TEST(Clipping, NoneIsNullOrZero) {
  EXPECT_THAT(stepped({{"clipnorm", nullptr}, {"clipvalue", 0}}, {3, 4, 0, 12}),
              near({-3, -4, 0, -12}));
}

TEST(Clipping, NeverHidesANumberThatIsNone) {
  for (const char* key : {"clipnorm", "clipvalue", "global_clipnorm"}) {
    EXPECT_TRUE(std::isnan(stepped({{key, 1}}, {NAN, 1, 1, 1})[0])) << key;
  }
}

TEST(WeightDecay, IsDecoupledFromTheGradient) {
  // 1 - 0.1 * 0.5 * 1 - 0.1 * 2 = 0.75; clipping has nothing to do with it:
  EXPECT_THAT(trace(R"({"name": "sgd", "learning_rate": 0.1, "weight_decay": 0.5})", {2}),
              near({0.75F}));
  EXPECT_THAT(
      trace(R"({"name": "sgd", "learning_rate": 0.1, "weight_decay": 0.5, "clipnorm": 1})", {2}),
      near({0.85F}));
}

TEST(SumOfSquares, CountsEveryElement) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 100U}) {
    EXPECT_EQ(sum_of_squares(std::vector<float>(size, 2).data(), size),
              4.0 * static_cast<double>(size));
  }
}

}  // namespace
}  // namespace dk::model
