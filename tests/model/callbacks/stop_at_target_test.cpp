// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/stop_at_target.hpp"

#include "tests/model/callbacks/callback_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

TEST(StopAtTarget, EndsWithTheFirstEpochThatIsAsGoodAsTheTarget) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "stop_at_target", "target": 0.25})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {1, std::nan(""), 0.26, 0.25, 0.1}), 4U);
  EXPECT_EQ(context.reason, "val_loss is 0.25 and has reached 0.25");
}

TEST(StopAtTarget, WaitsForAnAccuracyToRise) {
  FakeContext context;
  const auto stopping =
      callback(R"({"name": "StopAtTarget", "target": 0.9, "monitor": "accuracy"})");
  EXPECT_EQ(run(*stopping, context, "accuracy", {0.5, 0.8, 0.95, 1}), 3U);
}

TEST(StopAtTarget, ModeSaysWhichWayIsBetter) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "stop_at_target", "target": 3, "mode": "max"})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {1, 2, 3, 4}), 3U);
}

TEST(StopAtTarget, NeedsItsMonitorAndATarget) {
  EXPECT_THAT(callback(R"({"name": "stop_at_target", "target": 1, "monitor": "loss"})")->needs(),
              testing::ElementsAre("loss"));
  EXPECT_EQ(refusal(R"({"name": "stop_at_target"})"), "callback stop_at_target: target is missing");
}

}  // namespace
}  // namespace dk::model
