// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

constexpr const char* kHalves = R"({"name": "nadam", "learning_rate": 0.1, "beta_1": 0.5,
                                    "beta_2": 0.5, "epsilon": 0})";

TEST(Nadam, FollowsTheEquationsOfKeras) {
  // u(t) = 0.5 * (1 - 0.96^t / 2): u(1) = 0.26, u(2) = 0.2696, u(3) = 0.278816; g = 2, 4:
  // t=1: U = 0.26, m = 1, v / (1 - 0.5) = 4,
  //      0.1 * (0.2696 * 1 / (1 - 0.26 * 0.2696) + 0.74 * 2 / 0.74) / 2 = 0.1144961
  // t=2: U = 0.070096, m = 2.5, v / 0.75 = 12,
  //      0.1 * (0.278816 * 2.5 / (1 - U * 0.278816) + 0.7304 * 4 / (1 - U)) / 3.464102 = 0.1112197
  EXPECT_THAT(trace(kHalves, {2, 4}), near({0.8855039F, 0.7742842F}));
}

TEST(Nadam, KnowsItsProductFromTheNumberOfSteps) {
  const auto stepped = made(kHalves, 1);
  trace(*stepped, {1, 2, 3, 4, 5});
  const auto jumped = made(kHalves, 1);
  ASSERT_TRUE(jumped->set_steps(5));
  jumped->slot(0)[0] = stepped->slot(0)[0];
  jumped->slot(1)[0] = stepped->slot(1)[0];
  EXPECT_THAT(trace(*jumped, {6, 7}), near(trace(*stepped, {6, 7})));
}

TEST(Nadam, ReadsTheSlowScheduleOfKerasBefore211) {
  const auto now = made(kHalves, 1);
  auto config = now->config();
  config["config"]["decay"] = 0.004;
  const auto before = made(config, 1);
  EXPECT_EQ(before->config()["config"]["schedule_decay"], 0.004);
  EXPECT_FALSE(before->has_schedule());
  // u(1) = 0.5 * (1 - 0.96^0.004 / 2) = 0.2500408, u(2) = 0.2500816, U u(2) = 0.0625306:
  // 0.1 * (0.2500816 / 0.9374694 + 2) / 2 = 0.1133381
  EXPECT_THAT(trace(*before, {2}), near({0.8866619F}));
}

}  // namespace
}  // namespace dk::model
