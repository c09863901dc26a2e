// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/candidate.hpp"

#include "tests/support/fullable_store.hpp"
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A supervisor on a, standbys on b and (if three) c; d works, too. They reach each other by a
/// simulated network.
class CandidateTest : public ::testing::Test {
 protected:
  void build(std::uint32_t candidates = 3, std::uint64_t seed = 1) {
    cluster_.reset();
    network_.reset();
    system_ = std::make_unique<DeterministicSystem>(seed);
    network_ = std::make_unique<SimulatedNetwork>(*system_, seed);
    ClusterShape shape;
    shape.nodes = {"a", "b", "c", "d"};
    shape.network = network_.get();
    shape.candidates = candidates;
    shape.make_store = [this](const std::string& name) {
      return disks[name] = std::make_shared<FullableStore>();
    };
    cluster_ = std::make_unique<SimulatedCluster>(*system_, shape);
    EXPECT_TRUE(cluster().run_until([&] { return nodes_alive() == 4; }));
  }
  ~CandidateTest() override {
    if (system_) system_->end_all();
  }

  SimulatedCluster& cluster() { return *cluster_; }
  SimulatedCandidates& candidates() { return cluster_->candidates(); }
  SimulatedNetwork& network() { return *network_; }
  DeterministicSystem& system() { return *system_; }

  JobId submit(std::uint32_t epochs = 40) {
    tiny.spec.epochs = epochs;
    tiny.spec.workers_max = 3;
    tiny.spec.parameter_servers = 2;
    tiny.spec.replicas = 2;
    return cluster().submit(tiny.spec);
  }
  void run_to_checkpoint(JobId job) {
    ASSERT_TRUE(cluster().run_until(
        [&] { return cluster().ended(job) || cluster().events(job, "checkpoint").size() >= 2; }));
    ASSERT_FALSE(cluster().ended(job)) << "too short a job";
  }
  /// `lost`: at most so many updates.
  void expect_whole(JobId job, int lost = 0) {
    ASSERT_TRUE(cluster().finish(job));
    const auto outcome = cluster().outcome(job);
    ASSERT_EQ(outcome.value("state", "?"), "finished") << outcome.dump(1);
    for (const auto& epoch : outcome.at("account")) {
      EXPECT_EQ(epoch.at("visited"), 50);
      EXPECT_EQ(epoch.at("missed"), 0);
    }
    EXPECT_LE(outcome.at("updates").at("lost"), lost);
  }
  bool elects_other_than(const std::string& machine) {
    return cluster().run_until([&] {
      const auto leader = candidates().leader();
      return !leader.empty() && leader != machine;
    });
  }
  nlohmann::json nodes() {
    const auto supervisor = cluster().supervisor();
    if (!supervisor) return nlohmann::json::array();
    const auto text = system_->ask<std::string>(supervisor, get_atom_v);
    return text ? nlohmann::json::parse(*text) : nlohmann::json::array();
  }
  std::int64_t nodes_alive() {
    const auto list = nodes();
    return std::ranges::count_if(list, [](const auto& node) { return node["state"] == "alive"; });
  }

  TinyJob tiny{50};
  std::map<std::string, std::shared_ptr<FullableStore>> disks;

 private:
  std::unique_ptr<DeterministicSystem> system_;
  std::unique_ptr<SimulatedNetwork> network_;
  std::unique_ptr<SimulatedCluster> cluster_;
};

TEST_F(CandidateTest, AStandbyTakesOverAndNoWorkerRestarts) {
  build();
  const auto job = submit();
  run_to_checkpoint(job);
  candidates().end("a", &SimulatedNetwork::kill);
  ASSERT_TRUE(elects_other_than("a"));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "supervisor_changed", "from"), ElementsAre("a"));
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("reattached"));
  EXPECT_THAT(cluster().events(job, "failure"), IsEmpty());
}

TEST_F(CandidateTest, AMachineThatIsLostWithItsSupervisorIsMadeGoodByTheNextOne) {
  build();
  const auto job = submit();
  run_to_checkpoint(job);
  candidates().end("a", &SimulatedNetwork::vanish);
  cluster().vanish_node("a");
  ASSERT_TRUE(elects_other_than("a"));
  // The window that the worker there had half sent died with it.
  expect_whole(job, 1);
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("reattached", "promoted"));
}

TEST_F(CandidateTest, ASupervisorThatStoodStillStepsDown) {
  build();
  const auto job = submit(80);
  run_to_checkpoint(job);
  const auto old = candidates().at("a").process;
  network().freeze(old);
  ASSERT_TRUE(elects_other_than("a"));
  network().thaw(old);
  ASSERT_TRUE(
      cluster().run_until([&] { return candidates().at("a").standing->elsewhere().has_value(); }));
  expect_whole(job);
}

TEST_F(CandidateTest, ASupervisorThatIsCutOffStepsDownAndCommitsNothingMore) {
  build();
  const auto job = submit(80);
  run_to_checkpoint(job);
  for (const auto* other : {"b", "c", "d"}) {
    network().block("a", other);
    network().block(other, "a");
  }
  ASSERT_TRUE(
      cluster().run_until([&] { return candidates().at("a").standing->elsewhere().has_value(); }));
  ASSERT_TRUE(elects_other_than("a"));
  for (const auto* other : {"b", "c", "d"}) {
    network().heal("a", other);
    network().heal(other, "a");
  }
  expect_whole(job);
  EXPECT_NE(candidates().leader(), "a") << "nobody is unseated by a return";
}

TEST_F(CandidateTest, AllThatWasAcceptedIsThereAfterAPowerCutOfAllMachines) {
  build();
  const auto job = submit(80);
  run_to_checkpoint(job);
  const auto second = cluster().submit(tiny.spec);
  for (const auto* name : {"a", "b", "c", "d"}) {
    if (candidates().contains(name)) candidates().end(name, &SimulatedNetwork::vanish);
    cluster().vanish_node(name);
  }
  for (const auto* name : {"d", "c", "b", "a"}) {
    const bool started = !candidates().contains(name) || candidates().start(name);
    EXPECT_TRUE(started);
    cluster().start_node(name);
  }
  ASSERT_TRUE(cluster().run_until([&] { return !candidates().leader().empty(); }));
  ASSERT_TRUE(cluster().finish(second));
  EXPECT_EQ(cluster().outcome(job).at("state"), "finished");
  EXPECT_EQ(cluster().outcome(second).at("state"), "finished");
}

TEST_F(CandidateTest, OneStandbyAloneIsACopyWithoutAVote) {
  build(2);
  const auto list = nodes();
  EXPECT_EQ(list.at(0).at("role"), "supervisor");
  EXPECT_EQ(list.at(1).at("role"), "standby");
  EXPECT_EQ(list.at(1).at("votes"), false);
  EXPECT_EQ(list.at(2).at("role"), "node");
  candidates().end("b", &SimulatedNetwork::kill);
  const auto job = submit(6);
  expect_whole(job);
}

TEST_F(CandidateTest, NodesSayWhoVotesAndWhoseCopyIsBehind) {
  build();
  EXPECT_TRUE(cluster().run_until([&] {
    const auto list = nodes();
    return std::ranges::count_if(list, [](const auto& node) {
             return node.value("votes", false) && node.value("copy", "") == "in_sync";
           }) == 3;
  }));
  candidates().end("a", &SimulatedNetwork::kill);
  cluster().kill_node("a");
  ASSERT_TRUE(elects_other_than("a"));
  EXPECT_TRUE(cluster().run_until([&] {
    const auto list = nodes();
    return std::ranges::any_of(list, [](const auto& node) {
      return node.at("name") == "a" && node.at("state") == "lost" &&
             node.value("copy", "") == "lost" && node.value("votes", false);
    });
  }));
}

TEST_F(CandidateTest, WhoeverAsksAStandbyHearsWhoLeads) {
  build();
  EXPECT_TRUE(cluster().run_until([&] {
    const auto leader = candidates().at("b").standing->elsewhere();
    return leader && leader->why == "b is a standby; the supervisor is a at http://a:7300" &&
           leader->http == "a:7300";
  }));
}

TEST_F(CandidateTest, ASupervisorWhoseDiskIsFullHandsOver) {
  build();
  const auto job = submit(80);
  run_to_checkpoint(job);
  disks.at("state")->full = true;
  ASSERT_TRUE(elects_other_than("a"));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "supervisor_changed", "from"), ElementsAre("a"));
}

TEST_F(CandidateTest, OrdersOfASupervisorThatHasBeenReplacedAreNotObeyed) {
  build();
  const auto job = submit();
  run_to_checkpoint(job);
  const auto agent = cluster().node("b").agent;
  const auto launched =
      system().ask<std::uint32_t>(agent, launch_atom_v, ExecutorLaunch{job, Incarnation(999), 0});
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().code, Errc::kStaleIncarnation);
  auto& stranger = system().self();
  const auto executors = cluster().executors();
  for (const auto& [incarnation, executor] : executors) {
    stranger->send(executor.actor, kill_atom_v);
    stranger->send(cluster().node(executor.node).agent, kill_atom_v, incarnation, std::uint64_t{0});
  }
  expect_whole(job);
  EXPECT_THAT(cluster().events(job, "failure"), IsEmpty());
}

TEST_F(CandidateTest, WhatIsDamagedIsRefusedByNameAndNobodyStartsOnIt) {
  build(1);
  const auto job = submit(6);
  expect_whole(job);
  candidates().end("a", &SimulatedNetwork::kill);
  auto& stored = *candidates().at("a").bytes;
  storage::KeyValueBatch damaged;
  ASSERT_TRUE(stored.scan("j", "k", [&](auto key, auto value) {
    damaged.push_back({storage::KeyValueWrite::Kind::kPut,
                       std::string(key),
                       {},
                       Bytes(value.begin(), value.end())});
    damaged.back().value.back() ^= std::byte{1};
    return true;
  }));
  ASSERT_TRUE(stored.write(damaged));
  const auto started = candidates().start("a");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::kCorrupt);
  EXPECT_THAT(started.error().message, HasSubstr("job 1"));
}

TEST_F(CandidateTest, WhereverASupervisorDiesTheJobEndsWhole) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    build(3, seed);
    const auto job = submit(12);
    std::uint64_t left = 40 * seed;
    static_cast<void>(cluster().run_until([&] { return left-- == 0 || cluster().ended(job); }));
    const auto leader = candidates().leader();
    candidates().end(leader, &SimulatedNetwork::kill);
    const bool started = seed % 2 == 1 || candidates().start(leader);
    EXPECT_TRUE(started);
    expect_whole(job);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace dk::test
