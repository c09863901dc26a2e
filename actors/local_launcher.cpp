// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor.hpp"
#include "actors/launcher.hpp"
#include "actors/runtime_config.hpp"

#include <caf/all.hpp>

#include <map>
#include <mutex>

namespace dk {
namespace {

class LocalLauncher : public Launcher {
 public:
  LocalLauncher(caf::actor_system& system, OnExit on_exit)
      : system_(system), on_exit_(std::move(on_exit)) {}
  ~LocalLauncher() override {
    for (auto& [incarnation, executor] : running_) caf::anon_send(executor, kill_atom_v);
  }

  Result<std::uint32_t> launch(const ExecutorLaunch& launch, const Peer& supervisor) override {
    ExecutorConfig config;
    config.job = launch.job;
    config.incarnation = launch.incarnation;
    config.supervisor = supervisor;
    config.on_end = [on_exit = on_exit_, launch](const Error& why) {
      on_exit({launch.job, launch.incarnation, why.message});
    };
    running_[launch.incarnation] = spawn_blocking(system_, executor_actor, std::move(config));
    return 0U;
  }

  void kill(Incarnation incarnation) override {
    if (const auto found = running_.find(incarnation); found != running_.end()) {
      caf::anon_send(found->second, kill_atom_v);
      running_.erase(found);
    }
  }

 private:
  caf::actor_system& system_;
  OnExit on_exit_;
  std::map<Incarnation, LocalExecutorActor> running_;
};

}  // namespace

std::unique_ptr<Launcher> make_local_launcher(caf::actor_system& system, Launcher::OnExit on_exit) {
  return std::make_unique<LocalLauncher>(system, std::move(on_exit));
}

}  // namespace dk
