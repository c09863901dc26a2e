// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/node.hpp"
#include "actors/runtime_config.hpp"
#include "apps/dk-node/commands.hpp"
#include "apps/dk-node/executor_main.hpp"
#include "apps/dk-node/service.hpp"
#include "apps/dk-node/setting_flags.hpp"
#include "apps/dk-node/stop_signals.hpp"
#include "base/files.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

namespace dk {
namespace {

constexpr int kBadRequest = 2;
constexpr int kFailed = 1;
constexpr std::chrono::seconds kStopPatience{2};
constexpr std::chrono::seconds kDrainMargin{1};

struct Options {
  SettingFlags flags;
  std::string ready_file;
  int ready_fd = -1;
};

/// What the daemon runs with.
struct Orders {
  NodeConfig node;
  std::chrono::milliseconds drain_timeout{0};
  LogSettings log;
  std::string ready_file;
  int ready_fd = -1;
};

void describe(CLI::App& app, Options& options) {
  app.footer(
      "Example: a cluster of two machines' worth of daemons on this one\n"
      "  dk-node --supervisor --name a --data /tmp/dk/a --listen 127.0.0.1:7301 --http "
      "127.0.0.1:7300\n"
      "  dk-node --name b --data /tmp/dk/b --join 127.0.0.1:7301\n"
      "with --standby on two others (c, d), which take over when a is gone for good:\n"
      "  dk-node --standby --name c --data /tmp/dk/c --join 127.0.0.1:7301\n"
      "  DK_SUPERVISOR=http://127.0.0.1:7300 dk-submit submit examples/fashion-mnist.yaml\n\n"
      "Every option but the --ready ones is also a key of the file, in brackets here; an option "
      "wins over\nthe file. Without anything it leads a cluster of its own on this machine.\n\n"
      "On SIGTERM or Ctrl-C its workers finish their blocks and its shards move to other machines "
      "(or\ninto a checkpoint), then it ends; on a second one it ends at once.");
  app.add_option("--config", options.flags.file, "A file of settings in YAML")->type_name("FILE");
  options.flags.add_to(app);
  app.add_option("--ready-file", options.ready_file,
                 "Write one JSON line with the real ports there once it serves")
      ->type_name("FILE");
  app.add_option("--ready-fd", options.ready_fd, "The same, to an open file descriptor")
      ->type_name("N");
}

Result<Orders> orders_from(const Options& options, const char* self) {
  DK_TRY_ASSIGN(auto read, options.flags.read(this_machine()));
  Orders orders{std::move(read.settings.node), read.settings.drain_timeout,
                std::move(read.settings.log), options.ready_file, options.ready_fd};
  std::error_code error;
  orders.node.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) orders.node.program = self;
  orders.node.on_refused = [](const Error& why) {
    spdlog::error("{}", why.message);
    std::_Exit(kBadRequest);
  };
  return orders;
}

Result<void> tell_ready(const Orders& options, const Node& node) {
  const auto address = [](const Endpoint& endpoint) {
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
  };
  nlohmann::json json{{"name", options.node.name}, {"listen", address(node.listen())}};
  if (options.node.supervisor || options.node.standby) json["http"] = address(node.http());
  const auto line = json.dump() + "\n";
  spdlog::info("ready: {}", json.dump());
  if (!options.ready_file.empty())
    DK_TRY(write_file_atomic(options.ready_file, std::as_bytes(std::span(line))));
  if (options.ready_fd >= 0 && ::write(options.ready_fd, line.data(), line.size()) < 0) {
    return fail(Errc::kInvalid, "--ready-fd {}: {}", options.ready_fd, std::strerror(errno));
  }
  if (options.ready_fd >= 0) ::close(options.ready_fd);
  return {};
}

const char* role_of(const NodeConfig& node) {
  if (node.supervisor) return "supervisor";
  return node.standby ? "standby" : "node";
}

/// Its own lines, and how executors write theirs.
Result<void> start_logs(const Orders& orders) {
  auto executors = orders.log;
  executors.file = orders.node.data / "logs";
  ::setenv(kExecutorLog, to_json(executors, orders.node.name).c_str(), 1);
  return start_logging(orders.log, {orders.node.name, role_of(orders.node)});
}

int run(Orders options) {
  const StopSignals signals;
  std::signal(SIGPIPE, SIG_IGN);
  if (options.ready_fd >= 0) ::fcntl(options.ready_fd, F_SETFD, FD_CLOEXEC);

  Service service;
  options.node.heartbeat = service.period();
  options.node.on_heartbeat = [&service](const NodeHealth& health) { service.beat(health); };
  auto node = start_node(options.node);
  if (!node) {
    // The reason is the last word, whatever half of the node is still running.
    spdlog::default_logger()->set_level(spdlog::level::err);
    spdlog::error("{}", node.error().message);
    const bool bad_request = node.error().code == Errc::kInvalid ||
                             node.error().code == Errc::kInUse ||
                             node.error().code == Errc::kNotFound;
    spdlog::default_logger()->flush();
    std::_Exit(bad_request ? kBadRequest : kFailed);
  }
  if (auto told = tell_ready(options, **node); !told) {
    spdlog::error("{}", told.error().message);
    return kBadRequest;
  }
  spdlog::info("ending on {}", ::strsignal(signals.wait()));
  service.stopping(options.drain_timeout, "handing over what runs here");
  if (const auto patience = options.drain_timeout; patience.count() > 0) {
    signals.end_on_next(std::chrono::ceil<std::chrono::seconds>(patience) + kDrainMargin);
    if (auto left = (*node)->drain(patience); !left)
      spdlog::warn("not everything was handed over: {}", left.error().message);
  }
  // CAF 0.17 waits without end for a detached actor whose handle is left in a message that can no
  // longer be delivered. What was acknowledged is durable, and executors end with this process.
  signals.end_on_next(kStopPatience);
  node->reset();
  return 0;
}

}  // namespace
}  // namespace dk

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("dk"));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  if (argc == 2 && std::string_view(argv[1]) == "executor") return dk::executor_main();
  CLI::App app("The daemon of one machine of a Distributed Keras cluster.", "dk-node");
  dk::Options options;
  dk::Command chosen;
  dk::describe(app, options);
  dk::add_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : dk::kBadRequest;
  }
  if (chosen) return chosen();
  auto orders = dk::orders_from(options, argv[0]);
  if (!orders) return dk::exit_code(dk::fail(orders.error()));
  if (const auto begun = dk::start_logs(*orders); !begun) return dk::exit_code(begun);
  dk::keep_large_buffers();
  return dk::run(std::move(*orders));
}
