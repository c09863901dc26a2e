// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/node.hpp"
#include "actors/runtime_config.hpp"
#include "apps/dk-node/commands.hpp"
#include "apps/dk-node/executor_main.hpp"
#include "base/files.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace dk {
namespace {

constexpr int kBadRequest = 2;
constexpr int kFailed = 1;
constexpr timespec kStopPatience{2, 0};

struct Options {
  NodeConfig node;
  std::string listen;
  std::string http;
  std::string join;
  std::string ready_file;
  int ready_fd = -1;
  std::uint32_t drain_seconds = 30;
};

void describe(CLI::App& app, Options& options) {
  app.description("The daemon of one machine of a Distributed Keras cluster.");
  app.footer(
      "Example: a cluster of two machines' worth of daemons on this one\n"
      "  dk-node --supervisor --name a --data /tmp/dk/a --listen 127.0.0.1:7301 --http "
      "127.0.0.1:7300\n"
      "  dk-node --name b --data /tmp/dk/b --join 127.0.0.1:7301\n"
      "with --standby on two others (c, d), which take over when a is gone for good:\n"
      "  dk-node --standby --name c --data /tmp/dk/c --join 127.0.0.1:7301\n"
      "  DK_SUPERVISOR=http://127.0.0.1:7300 dk-submit submit examples/fashion-mnist.yaml\n\n"
      "On SIGTERM or Ctrl-C its workers finish their blocks and its shards move to other machines "
      "(or\ninto a checkpoint), then it ends; on a second one it ends at once.\n\n"
      "Certificates for a cluster of several machines: dk-node certs --help; users of its HTTP "
      "API:\n"
      "dk-node tokens --help");
  char host[256] = "node";
  ::gethostname(host, sizeof host - 1);
  options.node.name = host;
  options.node.cores = std::max(1U, std::thread::hardware_concurrency());
  app.add_option("--name", options.node.name, "This node's name, unique in the cluster")
      ->capture_default_str();
  app.add_option("--data", options.node.data, "Directory for all that must outlive the daemon")
      ->required();
  app.add_option("--cores", options.node.cores, "How many workers may run here")
      ->check(CLI::Range(1U, 4096U))
      ->capture_default_str();
  app.add_option("--listen", options.listen,
                 "HOST:PORT for other nodes, port 0 is any; a supervisor takes 127.0.0.1:7301, "
                 "others 127.0.0.1:0");
  app.add_option("--certs", options.node.certs,
                 "This machine's bundle of certificates (dk-node certs issue): nodes and users are "
                 "spoken to over TLS; needed off loopback");
  app.add_flag("--supervisor", options.node.supervisor,
               "This node leads the cluster and serves the HTTP API");
  app.add_flag("--standby", options.node.standby,
               "This node keeps a copy of the supervisor's state and takes over when that is gone; "
               "with two or more of them, a majority of supervisor and standbys has to live");
  app.add_option("--http", options.http,
                 "HOST:PORT of the HTTP API; a supervisor takes 127.0.0.1:7300, a standby "
                 "127.0.0.1:0");
  app.add_option("--join", options.join,
                 "HOST:PORT where the supervisor's node, or a standby, listens");
  app.add_option("--drain-timeout", options.drain_seconds,
                 "Seconds for handing over what runs here, before it ends; 0: do not")
      ->check(CLI::Range(0U, 86400U))
      ->capture_default_str();
  app.add_option("--ready-file", options.ready_file,
                 "Write one JSON line with the real ports there once it serves");
  app.add_option("--ready-fd", options.ready_fd, "The same, to an open file descriptor");
}

Result<void> complete(Options& options, const char* self) {
  auto& node = options.node;
  if (node.supervisor == !options.join.empty() || (node.supervisor && node.standby)) {
    return fail(Errc::kInvalid,
                "a node either leads its cluster (--supervisor) or joins one (--join HOST:PORT, "
                "and --standby if it is to take over one day)");
  }
  if (options.http.empty()) options.http = node.supervisor ? "127.0.0.1:7300" : "127.0.0.1:0";
  if (options.listen.empty()) options.listen = node.supervisor ? "127.0.0.1:7301" : "127.0.0.1:0";
  DK_TRY_ASSIGN(node.listen, parse_endpoint(options.listen));
  DK_TRY_ASSIGN(node.http, parse_endpoint(options.http));
  if (!options.join.empty()) {
    DK_TRY_ASSIGN(node.join, parse_endpoint(options.join));
  }
  std::error_code error;
  if (!node.certs.empty()) node.certs = std::filesystem::absolute(node.certs, error);
  node.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) node.program = self;
  node.on_refused = [](const Error& why) {
    spdlog::error("{}", why.message);
    std::_Exit(kBadRequest);
  };
  return {};
}

Result<void> tell_ready(const Options& options, const Node& node) {
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

/// Ends the process, whatever it waits for; without a second signal after this time.
void end_on_second_signal(const sigset_t& signals, timespec patience) {
  std::thread([signals, patience] {
    const int second = ::sigtimedwait(&signals, nullptr, &patience);
    std::_Exit(second > 0 ? 128 + second : 0);
  }).detach();
}

int run(const Options& options) {
  // Every thread inherits the mask; this one takes the signals in turn.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  if (options.ready_fd >= 0) ::fcntl(options.ready_fd, F_SETFD, FD_CLOEXEC);

  auto node = start_node(options.node);
  if (!node) {
    // The reason is the last word, whatever half of the node is still running.
    spdlog::set_level(spdlog::level::err);
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
  int signal = 0;
  ::sigwait(&signals, &signal);
  spdlog::info("ending on {}", ::strsignal(signal));
  if (options.drain_seconds > 0) {
    end_on_second_signal(signals, {options.drain_seconds + 1, 0});
    if (auto left = (*node)->drain(std::chrono::seconds(options.drain_seconds)); !left)
      spdlog::warn("not everything was handed over: {}", left.error().message);
  }
  // CAF 0.17 waits without end for a detached actor whose handle is left in a message that can no
  // longer be delivered. What was acknowledged is durable, and executors end with this process.
  end_on_second_signal(signals, kStopPatience);
  node->reset();
  return 0;
}

}  // namespace
}  // namespace dk

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("dk"));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  if (argc == 2 && std::string_view(argv[1]) == "executor") return dk::executor_main();
  if (dk::is_command(argc, argv)) return dk::run_command(argc, argv);
  CLI::App app;
  dk::Options options;
  dk::describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : dk::kBadRequest;
  }
  if (auto completed = dk::complete(options, argv[0]); !completed) {
    std::fprintf(stderr, "dk-node: %s\n", completed.error().message.c_str());
    return dk::kBadRequest;
  }
  dk::keep_large_buffers();
  return dk::run(options);
}
