// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/node.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/local_processes.hpp"

#include <filesystem>
#include <memory>

namespace dk::submit {

/// Where a job is to live: in a supervisor that runs already, in this process, or in daemons
/// started for it.
struct Place {
  enum class Kind { kRemote, kInProcess, kProcesses };
  Kind kind = Kind::kRemote;
  /// kProcesses: how many.
  unsigned nodes = 1;
  /// For the local kinds; empty takes a temporary directory, which goes away with the Session.
  std::filesystem::path data;
};

/// A Gateway with all that has to live as long as it does.
class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const Place& place, const Globals& globals);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  Gateway& gateway() { return local_ ? *local_->gateway() : *gateway_; }

 private:
  Session() = default;
  Result<std::filesystem::path> prepare_data(const Place& place);

  std::filesystem::path temporary_;
  std::unique_ptr<Node> local_;
  std::unique_ptr<LocalProcesses> processes_;
  std::unique_ptr<Gateway> gateway_;
};

/// The supervisor that `globals`, the environment or clusters.yaml names.
Result<std::unique_ptr<Session>> open_remote(const Globals& globals);

}  // namespace dk::submit
