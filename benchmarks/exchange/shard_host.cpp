// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/exchange/shard_host.hpp"

#include "actors/algorithms/registry.hpp"
#include "actors/runtime_config.hpp"
#include "actors/shard_actor.hpp"
#include "base/check.hpp"
#include "benchmarks/exchange/raw_tcp.hpp"

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <sstream>
#include <string>
#include <thread>

namespace dk::bench {
namespace {

caf::behavior pong(caf::event_based_actor*) {
  return {[](tick_atom, std::uint64_t number) { return number; }};
}

/// Reads until `end` or the end of the file.
std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

std::shared_ptr<const Algorithm> bench_algorithm() {
  auto made = make_algorithm({"adag", {{"window", 1}}}, 1);
  DK_CHECK(made.has_value(), "adag is registered");
  return std::move(*made);
}

ShardActor spawn_shard(caf::actor_system& system, std::uint64_t floats) {
  auto values = allocate_floats(floats);
  std::fill_n(values.get(), floats, 0.0F);
  ShardConfig config{ShardId{1},
                     Incarnation{1},
                     bench_algorithm(),
                     std::move(values),
                     floats,
                     floats,
                     0,
                     std::make_shared<std::atomic<std::uint64_t>>(0)};
  return system.spawn(shard_actor,
                      ShardActorConfig{std::make_shared<Shard>(std::move(config)), {}, {}});
}

Result<void> run_shard_host(const std::vector<std::uint64_t>& floats) {
  DK_TRY_ASSIGN(const auto raw, RawListener::open());
  RuntimeConfig config(RuntimeConfig::Network::kTcp);
  caf::actor_system system(config);
  std::vector<caf::actor> actors{system.spawn(pong)};
  for (const auto count : floats) {
    actors.push_back(caf::actor_cast<caf::actor>(spawn_shard(system, count)));
  }
  std::string ports = std::to_string(raw.port());
  for (const auto& actor : actors) {
    auto port = system.middleman().publish(actor, 0, "127.0.0.1");
    if (!port) return fail(Errc::kInUse, "cannot listen on loopback");
    ports += ' ' + std::to_string(*port);
  }
  std::thread server([&] { raw.serve_one(); });
  fmt::print("{}\n", ports);
  std::fflush(stdout);
  read_line(STDIN_FILENO);
  // The parent has closed its sockets, or has never opened one: either way nothing is left to do.
  server.detach();
  std::_Exit(0);
}

Result<std::unique_ptr<ShardHost>> ShardHost::start(const std::vector<std::uint64_t>& floats) {
  int to_child[2];
  int from_child[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0) {
    return fail(Errc::kIo, "no pipe");
  }
  std::vector<std::string> arguments{"dk-bench", "shard-host"};
  for (const auto count : floats) arguments.push_back(std::to_string(count));
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::execv("/proc/self/exe", argv.data());
    std::_Exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  std::unique_ptr<ShardHost> host(new ShardHost(child, to_child[1]));
  std::istringstream ports(child < 0 ? "" : read_line(from_child[0]));
  ::close(from_child[0]);
  for (std::uint16_t port = 0; ports >> port;) host->ports_.push_back(port);
  if (host->ports_.size() != floats.size() + 2) {
    return fail(Errc::kUnavailable, "the shard host did not start");
  }
  return host;
}

ShardHost::~ShardHost() {
  ::close(input_);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

}  // namespace dk::bench
