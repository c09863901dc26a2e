// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/heartbeat.hpp"

#include "tests/support/deterministic_system.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

class HeartbeatTest : public testing::Test {
 protected:
  /// On `tick` it answers what it owes.
  using HangingActor = HealthActor::extend<caf::reacts_to<tick_atom>>;

  /// An agent that answers at once as long as `hangs_` is false.
  HangingActor agent() {
    return system_->spawn([this](HangingActor::pointer self) -> HangingActor::behavior_type {
      return {[this, self](get_atom) -> caf::result<bool, std::string> {
                if (!hangs_) return {true, "well"};
                owed_.push_back(self->make_response_promise<bool, std::string>());
                return owed_.back();
              },
              [this](tick_atom) {
                for (auto& promise : owed_) promise.deliver(true, std::string("well"));
              }};
    });
  }
  void start() {
    agent_ = agent();
    system_->spawn(heartbeat, HeartbeatConfig{agent_, 100ms, [this](const NodeHealth& health) {
                                                EXPECT_TRUE(health.joined);
                                                EXPECT_EQ(health.status, "well");
                                                ++beats_;
                                              }});
    system_.drain();
  }
  DeterministicSystem system_;
  HangingActor agent_;
  bool hangs_ = false;
  std::vector<caf::typed_response_promise<bool, std::string>> owed_;
  int beats_ = 0;
};

TEST_F(HeartbeatTest, BeatsOncePerPeriod) {
  start();
  EXPECT_EQ(beats_, 1);
  for (int i = 0; i < 10; ++i) system_.advance(100ms);
  EXPECT_EQ(beats_, 11);
}

TEST_F(HeartbeatTest, StopsWhenTheAgentDoesNotAnswerAndGoesOnWhenItDoes) {
  start();
  hangs_ = true;
  for (int i = 0; i < 100; ++i) system_.advance(100ms);
  EXPECT_EQ(beats_, 1);
  ASSERT_EQ(owed_.size(), 1U) << "a second question would only add to the load";
  hangs_ = false;
  caf::anon_send(agent_, tick_atom_v);
  system_.drain();
  EXPECT_EQ(beats_, 2);
  system_.advance(100ms);
  EXPECT_EQ(beats_, 3);
}

}  // namespace
}  // namespace dk::test
