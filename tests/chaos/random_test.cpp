// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"
#include "tests/support/seed.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <iostream>
#include <random>

namespace dk::test {
namespace {

constexpr int kKills = 3;
constexpr std::uint64_t kSpanMs = 3000;

class Saboteur {
 public:
  explicit Saboteur(std::uint64_t seed) : random_(seed) {}

  /// A moment later, whatever the job is doing by then.
  void wait() { ::poll(nullptr, 0, static_cast<int>(below(kSpanMs))); }

  void strike(Cluster& cluster, RunningJob& job) {
    switch (below(4)) {
      case 0:
        return node(cluster, below(2) == 0 ? "b" : "c");
      case 1:
        return node(cluster, "a");
      default:
        return executor(job);
    }
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void node(Cluster& cluster, const std::string& name) {
    std::cout << "kill -9 node " << name << std::endl;
    cluster.kill_node(name);
    cluster.start(name);
  }

  void executor(RunningJob& job) {
    const auto executors = job.executors();
    if (executors.empty()) return;
    const auto& victim = executors[below(executors.size())];
    std::cout << "kill -9 executor on " << victim.node << ", pid " << victim.pid << std::endl;
    if (victim.pid > 0) victim.signal(SIGKILL);
  }

  std::mt19937_64 random_;
};

TEST(Random, WhateverDiesAtWhateverMomentTheJobEndsWell) {
  static std::uint64_t repetition = 0;
  Saboteur saboteur(dk::testing::test_seed(std::random_device{}()) + repetition++);
  Cluster cluster;
  RunningJob job(cluster);
  for (int kill = 0; kill < kKills; ++kill) {
    saboteur.wait();
    saboteur.strike(cluster, job);
  }
  expect_like_undisturbed(job.outcome());
}

}  // namespace
}  // namespace dk::test
