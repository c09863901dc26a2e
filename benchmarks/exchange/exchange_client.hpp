// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <vector>

namespace dk::bench {

/// A worker without a model: exchanges a whole parameter vector with its shards, in the parts and
/// with the credit of the real one, and does all that it does to the floats (contribution, reply).
class ExchangeClient {
 public:
  struct Target {
    ShardActor actor;
    std::uint64_t count = 0;
  };

  ExchangeClient(caf::actor_system& system, std::vector<Target> shards);
  ~ExchangeClient();
  ExchangeClient(const ExchangeClient&) = delete;
  ExchangeClient& operator=(const ExchangeClient&) = delete;

  /// Seconds for one commit and pull; blocks. Ends the program if the reply is not what the commit
  /// must lead to.
  double exchange();

 private:
  caf::actor_system& system_;
  caf::actor actor_;
};

}  // namespace dk::bench
