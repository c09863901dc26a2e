// SPDX-License-Identifier: GPL-3.0-or-later
// A queue of many small jobs: nothing of them is left behind.
#include "base/files.hpp"
#include "tests/chaos/cluster.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <iterator>
#include <sstream>

namespace dk::test {
namespace {

constexpr std::size_t kFlatBytes = std::size_t{48} << 20;
constexpr std::ptrdiff_t kFlatFiles = 300;
/// The first few load what every later one needs.
constexpr int kWarm = 10;

constexpr auto kSmall = R"(name: small
model:
  - Dense: {units: 4, activation: tanh, input_shape: [2]}
  - Dense: {units: 1, activation: sigmoid}
data: {train: {format: csv, files: rows.csv, features: [x, y], labels: label}}
training: {algorithm: single, optimizer: sgd, loss: binary_crossentropy, batch_size: 10}
)";

struct Size {
  std::size_t bytes = 0;
  std::ptrdiff_t files = 0;
};

Size size_of(pid_t pid) {
  std::istringstream text(read_file(fmt::format("/proc/{}/statm", pid)).value_or(""));
  std::size_t all = 0;
  std::size_t resident = 0;
  text >> all >> resident;
  return {resident * 4096,
          std::distance(std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid)), {})};
}

void write_rows(const TempDir& dir) {
  std::string rows = "x,y,label\n";
  for (int i = 0; i < 100; ++i) rows += fmt::format("{},{},{}\n", i % 10, i / 10, i % 2);
  ASSERT_TRUE(write_file_atomic(dir / "rows.csv", std::as_bytes(std::span(rows))));
}

TEST(ManyJobs, OnlyTheNewestThatEndedAreRemembered) {
  constexpr std::size_t kKept = 10;
  const TempDir dir;
  write_rows(dir);
  Cluster cluster({"a"}, {.options = {"--keep-jobs", std::to_string(kKept)}});
  ASSERT_TRUE(eventually([&] { return cluster.state_of("a") == "alive"; }));
  std::vector<JobId> ids;
  for (std::size_t i = 0; i < kKept + 3; ++i) {
    const auto id = cluster.gateway().submit({kSmall, "small.yaml", dir.path().string(), {}});
    ASSERT_TRUE(id) << id.error().message;
    ids.push_back(*id);
    ASSERT_TRUE(
        eventually([&] { return cluster.gateway().status(*id)->at("state") == "finished"; }));
  }
  // The last one was handed in when it had not ended yet.
  EXPECT_EQ(cluster.gateway().jobs()->size(), kKept + 1);
  for (const auto gone : {ids[0], ids[1]}) {
    EXPECT_EQ(cluster.gateway().status(gone).error().code, Errc::kNotFound);
    EXPECT_EQ(cluster.gateway().weights(gone).error().code, Errc::kNotFound);
  }
  EXPECT_TRUE(cluster.gateway().weights(ids[2]));
}

/// `DK_JOBS` jobs, 120 unless told.
TEST(ManyJobs, AllEndAndTheDaemonsKeepTheirSize) {
  const char* told = std::getenv("DK_JOBS");
  const int count = told == nullptr ? 120 : std::atoi(told);
  ASSERT_GT(count, kWarm);
  const TempDir dir;
  write_rows(dir);
  Cluster cluster({"a", "b"});
  const auto ended = [&] {
    const auto jobs = cluster.gateway().jobs();
    EXPECT_TRUE(jobs);
    return std::ranges::count_if(*jobs, [](const auto& job) {
      EXPECT_NE(job.at("state"), "failed") << job;
      return job.at("state") == "finished";
    });
  };
  const auto run = [&](int jobs, int all) {
    for (int i = 0; i < jobs; ++i) {
      ASSERT_TRUE(cluster.gateway().submit({kSmall, "small.yaml", dir.path().string(), {}}));
    }
    for (int look = 0; look < 600 * 10 && ended() < all && !testing::Test::HasFailure(); ++look)
      ::poll(nullptr, 0, 100);
    EXPECT_EQ(ended(), all);
  };
  run(kWarm, kWarm);
  const auto before = size_of(cluster.daemon("a").pid());
  run(count - kWarm, count);
  const auto after = size_of(cluster.daemon("a").pid());
  EXPECT_LT(after.bytes, before.bytes + kFlatBytes);
  EXPECT_LT(after.files, before.files + kFlatFiles);
  std::cout << fmt::format("{} jobs: {} to {} MiB, {} to {} files open\n", count,
                           before.bytes >> 20, after.bytes >> 20, before.files, after.files);
}

}  // namespace
}  // namespace dk::test
