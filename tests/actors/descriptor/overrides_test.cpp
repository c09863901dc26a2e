// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/overrides.hpp"

#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using testing::StartsWith;

TEST(Overrides, ReplaceAValue) {
  const auto spec = read(kFull, {"training.batch_size=16", "name=other"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->batch_size, 16U);
  EXPECT_EQ(spec->name, "other");
}

TEST(Overrides, AddKeysAndTheMappingsOnTheWay) {
  const auto spec = read(kSmall, {"checkpoint.keep=9", "checkpoint.worker_state=true",
                                  "training.workers.max=4", "priority=80"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->checkpoint_keep, 9U);
  EXPECT_TRUE(spec->checkpoint_worker_state);
  EXPECT_EQ(spec->workers_max, 4U);
  EXPECT_EQ(spec->priority, 80U);
}

TEST(Overrides, TakeWholeListsAndMappings) {
  const auto spec = read(kFull, {"training.workers={min: 1, max: 2}", "training.metrics=[]"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->workers_max, 2U);
  EXPECT_TRUE(spec->metrics.empty());
}

TEST(Overrides, LetTheLastOneWin) {
  const auto spec = read(kFull, {"seed=1", "seed=2"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->seed, 2U);
}

TEST(Overrides, RepairAFaultOfTheText) {
  EXPECT_EQ(faults_of(with(kFull, "seed: 42", "seed: -1"), {"seed=7"}), "");
}

TEST(Overrides, KeepEqualsSignsOfTheValue) {
  const auto spec = read(kFull, {"name=a=b"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->name, "a=b");
}

TEST(Overrides, AreNamedByTheFaultsTheyMake) {
  EXPECT_EQ(faults_of(kFull, {"training.batch_size=0"}),
            "--set training.batch_size=0: training.batch_size is '0'; allowed: a whole number "
            "from 1 to 1000000");
  EXPECT_EQ(faults_of(kFull, {"training.workers.mx=2"}),
            "--set training.workers.mx=2: unknown key 'mx' in training.workers; did you mean "
            "'max'? allowed: max, min");
  EXPECT_EQ(faults_of(kFull, {"seed="}),
            "--set seed=: seed is empty; allowed: a whole number from 0 to 18446744073709551615");
  EXPECT_THAT(faults_of(kFull, {"seed={"}), StartsWith("--set seed={: "));
}

TEST(Overrides, RefuseWhatIsNoAssignment) {
  for (const char* text : {"seed", "=1", "a..b=1", ".seed=1", "seed.=1", ""}) {
    EXPECT_EQ(faults_of(kFull, {text}),
              fmt::format("--set {}: not an assignment; allowed: KEY.KEY=VALUE", text));
  }
}

TEST(Overrides, DoNotReachInsideAValueWithoutKeys) {
  EXPECT_EQ(faults_of(std::string(kSmall) + "  workers: 4\n", {"training.workers.max=1"}),
            "--set training.workers.max=1: training.workers is '4' and has no keys; set it as a "
            "whole, as in --set 'training.workers={max: ...}'");
}

TEST(Overrides, RefuseBytesThatAreNotText) {
  EXPECT_THAT(faults_of(kFull, {"se\xff=1"}), StartsWith("--set se"));
}

}  // namespace
}  // namespace dk::test
