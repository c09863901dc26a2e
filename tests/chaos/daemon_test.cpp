// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace dk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
constexpr std::chrono::seconds kSoon{3};

/// A daemon that may not start says why in one line, and exits with 2.
void expect_refused(std::vector<std::string> options, const std::string& why) {
  options.insert(options.begin(), DK_NODE_BINARY);
  const auto finished = run_program(std::move(options), std::chrono::seconds(10));
  EXPECT_EQ(finished.code, 2) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr(why));
  const auto first = finished.output.find(" error ");
  EXPECT_NE(first, std::string::npos) << finished.output;
  EXPECT_EQ(finished.output.find('\n', first), finished.output.size() - 1) << finished.output;
}

TEST(Daemon, EndsOnSigtermWithItsExecutorsAndTheJobGoesOnElsewhere) {
  Cluster cluster;
  RunningJob job(cluster, {"training.epochs=2"});
  job.wait_for("checkpoint");
  const auto executor = job.with_shard();
  cluster.daemon(executor.node).signal(SIGTERM);
  EXPECT_EQ(cluster.daemon(executor.node).wait(kSoon), 0);
  EXPECT_TRUE(process_ends(executor.pid, kSoon));
  EXPECT_EQ(job.outcome().at("event"), "finished");
}

TEST(Daemon, OfTheSupervisorEndsOnSigtermInTheMiddleOfAJob) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  EXPECT_FALSE(job.executors().empty());
  cluster.daemon("a").signal(SIGTERM);
  EXPECT_EQ(cluster.daemon("a").wait(kSoon), 0);
}

TEST(Daemon, EndsAtOnceOnASecondSigterm) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  EXPECT_FALSE(job.executors().empty());
  auto& daemon = cluster.daemon("c");
  daemon.signal(SIGTERM);
  daemon.signal(SIGINT);
  EXPECT_THAT(daemon.wait(kSoon), AnyOf(0, 128 + SIGTERM, 128 + SIGINT));
}

TEST(Daemon, StartsWithoutItsStoredCheckpointsWhenTheyAreDamaged) {
  Cluster cluster({"a", "b"});
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  cluster.kill_node("b");
  const auto chunks = cluster.directory("b") / "chunks";
  for (const auto& file : std::filesystem::directory_iterator(chunks)) {
    if (file.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::resize_file(file.path(), file.file_size() / 2);
  }
  std::ofstream(chunks / "CURRENT") << "nothing\n";
  cluster.start("b");
  EXPECT_THAT(cluster.daemon("b").output(), HasSubstr("set aside"));
  EXPECT_TRUE(std::filesystem::exists(cluster.directory("b") / "chunks.damaged"));
  EXPECT_EQ(job.outcome().at("event"), "finished");
}

TEST(Daemon, RefusesAPortInUse) {
  Cluster cluster({"a"});
  const TempDir dir;
  expect_refused(
      {"--supervisor", "--data", dir / "x", "--listen", cluster.door(), "--http", "127.0.0.1:0"},
      cluster.door());
  const auto http = cluster.url().substr(std::string("http://").size());
  expect_refused({"--supervisor", "--data", dir / "y", "--listen", "127.0.0.1:0", "--http", http},
                 http);
}

TEST(Daemon, RefusesADataDirectoryInUse) {
  Cluster cluster({"a"});
  expect_refused({"--supervisor", "--name", "a", "--data", cluster.directory("a"), "--listen",
                  "127.0.0.1:0", "--http", "127.0.0.1:0"},
                 cluster.directory("a"));
}

TEST(Daemon, RefusesTheDataDirectoryOfAnotherCluster) {
  Cluster first({"a", "b"});
  RunningJob(first, {"training.epochs=1"}).wait_for("started");
  first.daemon("b").signal(SIGTERM);
  EXPECT_EQ(first.daemon("b").wait(kSoon), 0);
  Cluster second({"a"});
  expect_refused({"--name", "b", "--data", first.directory("b"), "--join", second.door()},
                 "cluster");
}

}  // namespace
}  // namespace dk::test
