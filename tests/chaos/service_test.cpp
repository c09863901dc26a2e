// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"
#include "tests/support/notify_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// dk-node as a service manager starts it.
std::vector<std::string> service(const NotifySocket& socket, std::vector<std::string> options) {
  options.insert(options.begin(), {"/usr/bin/env", "NOTIFY_SOCKET=" + socket.path(),
                                   "WATCHDOG_USEC=300000", DK_NODE_BINARY});
  options.insert(options.end(), {"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"});
  return options;
}

TEST(ServiceProcess, SaysWhenItIsReadyThatItLivesAndThatItEnds) {
  const NotifySocket socket;
  const TempDir dir;
  Process daemon(service(socket, {"--supervisor", "--data", dir / "a"}), dir / "log");
  EXPECT_THAT(socket.wait_for("READY=1", 20s), HasSubstr("STATUS=in cluster "));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(socket.next(5s), HasSubstr("WATCHDOG=1"));
  daemon.signal(SIGTERM);
  EXPECT_THAT(socket.wait_for("STOPPING=1", 5s), HasSubstr("EXTEND_TIMEOUT_USEC=40000000"));
  EXPECT_EQ(daemon.wait(5s), 0);
}

TEST(ServiceProcess, GivesNoSignOfLifeWhileItStandsStill) {
  const NotifySocket socket;
  const TempDir dir;
  Process daemon(service(socket, {"--supervisor", "--data", dir / "a"}), dir / "log");
  EXPECT_NE(socket.wait_for("READY=1", 20s), "");
  daemon.signal(SIGSTOP);
  while (!socket.next(300ms).empty()) {
  }
  EXPECT_EQ(socket.next(1s), "");
  daemon.signal(SIGCONT);
  EXPECT_THAT(socket.next(5s), HasSubstr("WATCHDOG=1"));
}

TEST(ServiceProcess, LivesAndSaysThatItLooksForItsCluster) {
  const NotifySocket socket;
  const TempDir dir;
  Process daemon(service(socket, {"--join", "127.0.0.1:1", "--data", dir / "b"}), dir / "log");
  EXPECT_THAT(socket.wait_for("STATUS=", 20s), HasSubstr("looking for the supervisor"));
}

TEST(ServiceProcess, ExitCodesTellWhetherAnotherStartHelps) {
  const TempDir dir;
  const auto code = [](std::vector<std::string> options) {
    options.insert(options.begin(), DK_NODE_BINARY);
    const auto finished = run_program(std::move(options), 10s);
    EXPECT_NE(finished.output, "");
    return finished.code;
  };
  const std::vector<std::string> anywhere{"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"};
  auto no_disk = anywhere;
  no_disk.insert(no_disk.end(), {"--data", "/proc/no/such"});
  EXPECT_EQ(code(no_disk), 1);
  EXPECT_EQ(code({"--data", dir / "a", "--cores", "0"}), 2);
  EXPECT_EQ(code({"--data", dir / "a", "--no-such-option"}), 2);
  EXPECT_EQ(code({"--config", dir / "missing.yaml"}), 2);
  EXPECT_EQ(code({"--data", dir / "a", "--listen", "10.0.0.1:0"}), 2);
  EXPECT_EQ(code({"check-config", "--data", dir / "a"}), 0);
  EXPECT_EQ(code({"check-config", "--cores", "0"}), 2);
}

}  // namespace
}  // namespace dk::test
