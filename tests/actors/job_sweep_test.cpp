// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_sweep.hpp"

namespace dk::test {
namespace {

TEST_F(JobSweep, AnExecutorWithAShardMayDieAtAnyMoment) {
  tiny.spec.workers_max = 2;
  sweep(two, 7, [this] { cluster().kill_executor(cluster().executor_on("a")); });
}

TEST_F(JobSweep, AnExecutorWithWorkersOnlyMayDieAtAnyMoment) {
  tiny.spec.workers_max = 2;
  sweep(two, 7, [this] { cluster().kill_executor(cluster().executor_on("b")); });
}

TEST_F(JobSweep, TwoExecutorsMayDieTogetherAtAnyMoment) {
  tiny.spec.workers_max = 3;
  tiny.spec.parameter_servers = 2;
  sweep(three, 7, [this] {
    cluster().kill_executor(cluster().executor_on("b"));
    cluster().kill_executor(cluster().executor_on("c"));
  });
}

TEST_F(JobSweep, TheSupervisorMayDieAtAnyMoment) {
  tiny.spec.workers_max = 2;
  sweep(two, 7, [this] {
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

TEST_F(JobSweep, SupervisorAndExecutorMayDieTogetherAtAnyMoment) {
  tiny.spec.workers_max = 3;
  tiny.spec.parameter_servers = 2;
  sweep(three, 7, [this] {
    cluster().kill_supervisor();
    cluster().kill_executor(cluster().executor_on("c"));
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

}  // namespace
}  // namespace dk::test
