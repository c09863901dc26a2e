// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace dk::test {
namespace {

using ::testing::HasSubstr;

/// Damage to the files that real daemons have written, and disks that are full.
class Disk : public testing::Test {
 protected:
  static bool warned(const nlohmann::json& event, const std::string& part) {
    return event.at("event") == "warning" &&
           event.at("message").get<std::string>().find(part) != std::string::npos;
  }
  /// Flips a bit in the middle of every file of chunks that this daemon has.
  static std::size_t flip_bits(const std::filesystem::path& data) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(data / "chunks")) {
      if (file.path().extension() != ".blob") continue;
      std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      const auto middle = static_cast<std::streamoff>(file.file_size() / 2);
      bytes.seekg(middle);
      const auto byte = static_cast<char>(bytes.get() ^ 1);
      bytes.seekp(middle);
      bytes.put(byte);
      ++files;
    }
    return files;
  }
};

TEST_F(Disk, AFullOneIsNamedAndTheJobEndsAsAlways) {
  if (!Cluster::can_hide()) GTEST_SKIP() << "mounting in a namespace is not allowed here";
  Cluster cluster({"a"});
  cluster.start_on_small_disk("b", 24);
  const auto others = std::filesystem::path("/proc") / std::to_string(cluster.daemon("b").pid()) /
                      "root" / cluster.directory("b").relative_path() / "others";
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  // Another program takes all that is left of it.
  {
    std::ofstream file(others, std::ios::binary);
    const std::string piece(4096, 'x');
    while (file.write(piece.data(), 4096).flush()) {
    }
  }
  job.wait_for("a warning", [](const nlohmann::json& event) {
    return warned(event, "checkpoints are not stored on node b: ");
  });
  std::filesystem::remove(others);
  expect_like_undisturbed(job.outcome());
}

TEST_F(Disk, FlippedBitsAreNamedByVerifyAndTheResultIsTakenFromTheOtherMachine) {
  Cluster cluster({"a", "b"});
  RunningJob job(cluster);
  expect_like_undisturbed(job.outcome());
  cluster.kill_node("b");
  ASSERT_GT(flip_bits(cluster.directory("b")), 0U);
  cluster.start("b");
  const auto verify = [&] {
    return run_program({DK_SUBMIT_BINARY, "checkpoints", "verify", std::to_string(job.id().value),
                        "--supervisor", cluster.url()},
                       std::chrono::seconds(30));
  };
  auto found = verify();
  // It may not have joined yet.
  for (int i = 0; i < 500 && found.output.find("not in the cluster") != std::string::npos; ++i) {
    ::poll(nullptr, 0, 20);
    found = verify();
  }
  EXPECT_EQ(found.code, 0) << found.output;
  EXPECT_THAT(found.output, HasSubstr("on node b: chunk "));
  EXPECT_TRUE(cluster.gateway().weights(job.id()));
}

}  // namespace
}  // namespace dk::test
