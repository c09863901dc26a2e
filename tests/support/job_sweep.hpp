// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/job_fixture.hpp"
#include "tests/support/seed.hpp"

namespace dk::test {

/// One whole job that is disturbed after each possible message in turn, in ever new orders.
class JobSweep : public JobTest {
 protected:
  using Disturb = std::function<void()>;

  /// Disturbs a fresh job after `first`, `first + stride`, ... messages, until a job is over before
  /// its moment comes. Every one has to finish whole.
  void sweep(const ClusterShape& shape, std::size_t stride, const Disturb& disturb) {
    const auto seed = dk::testing::test_seed(1);
    for (std::size_t moment = seed % stride; !HasFailure(); moment += stride) {
      SCOPED_TRACE(fmt::format("disturbed after message {}, DK_SEED={}", moment, seed));
      build(shape, seed * 1'000'000 + moment);
      const auto job = cluster().submit(tiny.spec);
      const auto start = system().steps();
      ASSERT_TRUE(cluster().run_until(
          [&] { return cluster().ended(job) || system().steps() - start >= moment; }));
      if (cluster().ended(job)) break;
      disturb();
      ASSERT_TRUE(cluster().finish(job)) << "it hangs: " << told(job);
      expect_whole(job);
      for (const auto& reason : cluster().texts(job, "failure", "reason"))
        EXPECT_THAT(reason, ::testing::Not(::testing::HasSubstr("lease"))) << "nobody was stuck";
      if (HasFailure()) std::cout << told(job);
      ++runs;
    }
    EXPECT_GT(runs, 10U);
    std::cout << runs << " disturbed jobs\n";
  }

  std::string told(JobId job) {
    std::string lines;
    for (const auto& event : cluster().events(job)) lines += event.dump() + "\n";
    return lines + cluster().record(job).dump();
  }

  std::size_t runs = 0;
  const ClusterShape two{{"a", "b"}, 1};
  const ClusterShape three{{"a", "b", "c"}, 1};
};

}  // namespace dk::test
