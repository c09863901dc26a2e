// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/local_processes.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::submit {
namespace {

/// Shell scripts in the place of dk-node.
class LocalProcessesTest : public testing::Test {
 protected:
  std::filesystem::path script(const std::string& text) {
    const std::string body = "#!/bin/sh\n" + text;
    const auto path = dir / "dk-node";
    EXPECT_TRUE(write_file_atomic(path, std::as_bytes(std::span(body))));
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  Result<std::unique_ptr<LocalProcesses>> start(const std::string& text, unsigned count) {
    return LocalProcesses::start({script(text), count, dir / "data"});
  }

  test::TempDir dir;
};

/// Says that it is ready on the descriptor behind --ready-fd, its sixth argument.
const std::string kReady =
    "echo \"$@\"\n"
    R"(echo '{"listen":"127.0.0.1:5","http":"127.0.0.1:6"}' > /proc/self/fd/$6)"
    "\n";
const std::string kStay = "exec sleep 100\n";

TEST_F(LocalProcessesTest, TheFirstIsTheSupervisorAndTheOthersJoinIt) {
  const auto processes = start(kReady + kStay, 2);
  ASSERT_TRUE(processes) << processes.error().message;
  EXPECT_EQ((*processes)->url(), "http://127.0.0.1:6");
  EXPECT_THAT(*read_file(dir / "data/node-1/log"),
              testing::EndsWith("--supervisor --listen 127.0.0.1:0 --http 127.0.0.1:0\n"));
  EXPECT_THAT(*read_file(dir / "data/node-2/log"), testing::EndsWith("--join 127.0.0.1:5\n"));
}

TEST_F(LocalProcessesTest, TheyEndWithTheirOwner) {
  auto processes = start(kReady + kStay, 2);
  ASSERT_TRUE(processes) << processes.error().message;
  const auto pids = (*processes)->pids();
  processes->reset();
  for (const auto pid : pids) EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

TEST_F(LocalProcessesTest, ANodeThatEndsAtOnceIsNamedWithItsLog) {
  const auto processes = start("echo 'no space left' >&2\nexit 2\n", 1);
  ASSERT_FALSE(processes);
  EXPECT_THAT(processes.error().message, testing::StartsWith("node-1 did not get ready"));
  EXPECT_THAT(processes.error().message, testing::HasSubstr("no space left"));
}

TEST_F(LocalProcessesTest, AMissingDkNodeIsNamed) {
  const auto processes = LocalProcesses::start({dir / "nowhere", 1, dir / "data"});
  EXPECT_EQ(processes.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace dk::submit
