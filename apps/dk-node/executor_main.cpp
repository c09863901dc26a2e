// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/executor_main.hpp"

#include "actors/executor.hpp"
#include "actors/launcher.hpp"
#include "actors/publish.hpp"
#include "actors/runtime_config.hpp"
#include "actors/security/credentials.hpp"
#include "apps/dk-node/logging.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <string>
#include <thread>

namespace dk {
namespace {

/// Ends the process when the daemon's end of the pipe is closed, which the kernel does however the
/// daemon dies.
void end_with_daemon() {
  std::thread([] {
    char byte = 0;
    for (;;) {
      const auto count = ::read(STDIN_FILENO, &byte, 1);
      if (count > 0 || (count < 0 && errno == EINTR)) continue;
      spdlog::info("the node daemon is gone");
      std::_Exit(0);
    }
  }).detach();
}

}  // namespace

int executor_main() {
  std::string line;
  for (char byte = 0; byte != '\n';) {
    if (::read(STDIN_FILENO, &byte, 1) != 1 || line.size() > 4096) {
      spdlog::error("an executor is started by dk-node, not by hand");
      return 2;
    }
    line += byte;
  }
  const auto orders = executor_orders_from_json(line);
  if (!orders) {
    spdlog::error("{}", orders.error().message);
    return 2;
  }
  if (const auto* log = std::getenv(kExecutorLog)) {
    auto wanted = executor_log_from_json(log);
    if (wanted) {
      wanted->settings.file /=
          fmt::format("job-{}-executor-{}.log", orders->job, orders->incarnation);
    }
    const auto begun =
        wanted ? start_logging(wanted->settings, {wanted->node, "executor", orders->job.value,
                                                  orders->incarnation.value})
               : Result<void>(fail(wanted.error()));
    if (!begun) spdlog::warn("{}", begun.error().message);
  }
  end_with_daemon();
  keep_large_buffers();

  std::shared_ptr<security::Credentials> credentials;
  if (!orders->certs.empty()) {
    auto opened = security::Credentials::open(
        orders->certs, [](const std::string& warning) { spdlog::warn("{}", warning); });
    if (!opened) {
      spdlog::error("{}", opened.error().message);
      return 2;
    }
    credentials = std::move(*opened);
  }
  RuntimeConfig runtime(RuntimeConfig::Network::kTcp, std::move(credentials));
  caf::actor_system system(runtime);
  std::promise<Error> ended;
  ExecutorConfig config;
  config.job = orders->job;
  config.incarnation = orders->incarnation;
  config.pid = static_cast<std::uint32_t>(::getpid());
  config.host = orders->advertise;
  config.cores = orders->cores;
  config.supervisor = {orders->supervisor_host, orders->supervisor_port, {}};
  config.on_end = [&ended](const Error& why) { ended.set_value(why); };
  const auto executor = spawn_blocking(system, executor_actor, std::move(config));
  const auto port =
      publish(system, caf::actor_cast<caf::strong_actor_ptr>(executor), orders->listen_host, 0);
  if (!port) {
    spdlog::error("{}", port.error().message);
    std::_Exit(1);
  }
  caf::anon_send(executor, attach_atom_v, *port);
  const auto why = ended.get_future().get();
  // The last messages are on their way through the network thread; what is not durable at the job
  // is repeated anyway.
  std::fflush(stderr);
  std::_Exit(why.code == Errc::kCancelled ? 0 : 1);
}

}  // namespace dk
