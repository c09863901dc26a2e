// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody is much slower than the others want it: memory stays where the credit says
// (docs/fault-model.md, "Overload"), and nobody is taken for dead.
#include "actors/journal.hpp"
#include "actors/parts.hpp"
#include "tests/support/simulated_cluster.hpp"
#include "tests/support/tiny_job.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

namespace dk::simulation {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr std::uint32_t kMachines = 4;
constexpr std::uint32_t kWorkers = 8;
/// Weights of the model below: five parts.
constexpr std::uint64_t kHidden = 150'000;
constexpr std::uint64_t kWeights = 8 * kHidden + 3;

/// Who is slow: whoever is sent such messages.
using Slow = std::function<bool(const caf::mailbox_element&)>;

bool is_exchange(const caf::mailbox_element& message) {
  return message.content().match_elements<exchange_atom, ExchangePart>();
}
bool is_replication(const caf::mailbox_element& message) {
  return message.content().match_elements<replicate_atom, ReplicaOperation>();
}
bool is_chunk(const caf::mailbox_element& message) {
  return message.content().match_elements<put_atom, Chunk>();
}
bool is_report(const caf::mailbox_element& message) {
  return message.content().match_elements<report_atom, WorkReport>();
}
bool is_journal_entry(const caf::mailbox_element& message) {
  return message.content().match_elements<put_atom, JournalEntryPtr>();
}

std::size_t bytes_of(const caf::mailbox_element& message) {
  const auto& content = message.content();
  if (is_exchange(message)) return content.get_as<ExchangePart>(1).values.span().size_bytes();
  if (is_chunk(message)) return content.get_as<Chunk>(1).values.span().size_bytes();
  if (!is_replication(message)) return 0;
  const auto* part = std::get_if<ExchangePart>(&content.get_as<ReplicaOperation>(1).operation.what);
  return part == nullptr ? 0 : part->values.span().size_bytes();
}

/// A job on machines one of whose actors takes so long for every message.
class Overload : public ::testing::Test {
 protected:
  Overload() {
    tiny.spec.architecture = fmt::format(
        R"({{"class_name": "Sequential", "config": {{"name": "wide", "layers": [
      {{"class_name": "Dense", "config": {{"name": "hidden", "units": {}, "activation": "tanh",
                                         "batch_input_shape": [null, 4]}}}},
      {{"class_name": "Dense", "config": {{"name": "out", "units": 3, "activation": "softmax"}}}}]}}}})",
        kHidden);
    tiny.spec.workers_max = kWorkers;
    tiny.spec.epochs = 1;
    tiny.spec.replicas = 1;
    tiny.spec.checkpoint_every = 1h;
    system.step_time = 50us;
    network.observe = [this](const test::Passage& passage) {
      if (passage.message == nullptr) {
        if (passage.fate == "the link is closed") ++links_closed;
        return;
      }
      if (is_slow && is_slow(*passage.message) && !slow.contains(passage.receiver)) {
        slow.insert(passage.receiver);
        system.slow_down(passage.receiver, takes);
      }
    };
  }
  ~Overload() override { system.end_all(); }

  /// Plays the job to its end.
  void run(Slow whom, std::chrono::nanoseconds per_message) {
    is_slow = std::move(whom);
    takes = per_message;
    job = cluster.submit(tiny.spec);
    const auto start = system.now();
    ASSERT_TRUE(system.run_until(
        [&] {
          look();
          return cluster.ended(job);
        },
        2h));
    seconds = std::chrono::duration<double>(system.now() - start).count();
    std::cout << fmt::format("{:.0f} s, at most {} messages and {:.1f} MiB before one actor\n",
                             seconds, most_messages, static_cast<double>(most_bytes) / (1 << 20));
  }
  void look() {
    for (const auto id : slow) {
      std::size_t messages = 0;
      std::size_t bytes = 0;
      system.look_into(id, [&](const caf::mailbox_element& message) {
        messages += is_slow(message) ? 1 : 0;
        bytes += bytes_of(message);
      });
      most_messages = std::max(most_messages, messages);
      most_bytes = std::max(most_bytes, bytes);
    }
  }
  void expect_whole() {
    const auto outcome = cluster.outcome(job);
    ASSERT_EQ(outcome.at("state"), "finished") << outcome.dump();
    EXPECT_EQ(outcome.at("updates").at("lost"), 0);
    EXPECT_THAT(cluster.events(job, "failure"), IsEmpty()) << "somebody was taken for dead";
    EXPECT_THAT(cluster.events(job, "reissued"), IsEmpty()) << "somebody was taken for slow";
  }

  test::TinyJob tiny{256};
  test::DeterministicSystem system{1};
  test::SimulatedNetwork network{system, 2};
  test::SimulatedCluster cluster{system, {{"a", "b", "c", "d"}, kWorkers / kMachines, &network}};
  JobId job;
  Slow is_slow;
  std::chrono::nanoseconds takes{};
  std::set<caf::actor_id> slow;
  std::size_t most_messages = 0;
  std::size_t most_bytes = 0;
  int links_closed = 0;
  double seconds = 0;
};

TEST_F(Overload, ASlowShardHasNoMoreBeforeItThanItsWorkersMaySend) {
  run(is_exchange, 500ms);
  expect_whole();
  const auto parts = std::min<std::size_t>(defaults::kPartsInFlight, Parts(kWeights).count());
  // 16 s for all of them: each is sent again once, after 10 s, and not after 20 s.
  EXPECT_LE(most_messages, 2 * kWorkers * parts);
  EXPECT_LE(most_bytes, 2 * kWorkers * parts * Parts(kWeights).largest() * sizeof(float));
  EXPECT_GT(seconds, 30) << "it was not slow";
}

TEST_F(Overload, ASlowBackupHasNoMoreBeforeItThanItsPrimaryMaySend) {
  tiny.spec.replicas = 2;
  tiny.spec.epochs = 6;
  run(is_replication, 100ms);
  expect_whole();
  EXPECT_LE(most_messages, defaults::kReplicaOperationsInFlight);
  EXPECT_GT(most_messages, defaults::kReplicaOperationsInFlight / 2) << "it was not slow";
}

TEST_F(Overload, ASlowChunkStoreHasNoMoreBeforeItThanTheWritersMaySend) {
  tiny.spec.checkpoint_every = 100ms;
  tiny.spec.parameter_servers = 2;
  tiny.spec.epochs = 8;
  run(is_chunk, 700ms);
  expect_whole();
  EXPECT_LE(most_messages, 2 * defaults::kPartsInFlight) << "one cut at a time, of two shards";
  EXPECT_GT(most_messages, 0);
}

TEST_F(Overload, ASlowJournalHasOneEntryOfTheJobBeforeIt) {
  run(is_journal_entry, 2s);
  expect_whole();
  EXPECT_LE(most_messages, 1);
  EXPECT_GT(seconds, 30) << "it was not slow";
}

TEST_F(Overload, ASupervisorThatStandsStillHasOneReportOfEachMachineAndWorkersTrainOn) {
  is_slow = is_exchange;
  takes = 20ms;  // so a worker's block takes 0.8 s
  std::size_t blocks = 0;
  caf::actor_id leader = 0;
  network.observe = [&, inner = network.observe](const test::Passage& passage) {
    inner(passage);
    if (passage.message == nullptr) return;
    if (is_report(*passage.message)) leader = passage.receiver;
    if (is_exchange(*passage.message) && (passage.fate == "sent" || passage.fate == "here"))
      blocks += passage.message->content().get_as<ExchangePart>(1).part == 0 ? 1 : 0;
  };
  job = cluster.submit(tiny.spec);
  ASSERT_TRUE(system.run_until([&] { return blocks >= kWorkers; }, 1min));
  const auto before = blocks;
  const auto supervisor = cluster.candidates().at("a").process;
  network.freeze(supervisor);
  const auto until = system.now() + defaults::kSilence - 500ms;
  std::size_t most_reports = 0;
  ASSERT_TRUE(system.run_until(
      [&] {
        std::size_t reports = 0;
        system.look_into(leader, [&](const auto& message) { reports += is_report(message); });
        most_reports = std::max(most_reports, reports);
        return system.now() >= until;
      },
      1min));
  EXPECT_GE(blocks - before, kWorkers) << "leases ahead";
  EXPECT_LE(most_reports, kMachines);
  EXPECT_GT(most_reports, 0);
  network.thaw(supervisor);
  ASSERT_TRUE(cluster.finish(job));
  expect_whole();
  EXPECT_EQ(links_closed, 0);
}

}  // namespace
}  // namespace dk::simulation
