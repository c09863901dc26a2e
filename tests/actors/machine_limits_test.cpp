// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/machine_limits.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// A machine of files: eight cores and 16 GiB.
class MachineLimitsTest : public testing::Test {
 protected:
  MachineLimitsTest() {
    file("proc/self/status", "Name:\tdk\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n");
    file("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:          1 kB\n");
  }
  void file(const std::string& path, const std::string& text) {
    const std::filesystem::path whole = dir_ / path;
    std::filesystem::create_directories(whole.parent_path());
    ASSERT_TRUE(write_file_atomic(whole, std::as_bytes(std::span(text))));
  }
  [[nodiscard]] MachineLimits limits() const { return machine_limits(dir_.path()); }
  TempDir dir_;
};

TEST_F(MachineLimitsTest, WithoutGroupsAreTheMachines) {
  EXPECT_EQ(limits().cores, 8U);
  EXPECT_EQ(limits().memory_bytes, 16384 * kMiB);
  EXPECT_EQ(limits().memory_by, "the machine");
}

TEST_F(MachineLimitsTest, CoresAreThoseItIsBoundTo) {
  file("proc/self/status", "Cpus_allowed_list:\t0-1,5\n");
  EXPECT_EQ(limits().cores, 3U);
  EXPECT_EQ(limits().cores_by, "affinity");
}

TEST_F(MachineLimitsTest, OfVersion2AreTheLeastOfTheGroupAndThoseAboveIt) {
  file("proc/self/cgroup", "0::/system.slice/dk-node.service\n");
  const std::string base = "sys/fs/cgroup/system.slice/";
  file(base + "dk-node.service/cpu.max", "250000 100000\n");
  file(base + "dk-node.service/memory.max", "max\n");
  file(base + "cpu.max", "max 100000\n");
  file(base + "memory.max", "1073741824\n");
  EXPECT_EQ(limits().cores, 2U) << "two and a half";
  EXPECT_EQ(limits().memory_bytes, 1024 * kMiB);
  EXPECT_EQ(limits().memory_by, (dir_ / (base + "memory.max")).string());
}

TEST_F(MachineLimitsTest, OfVersion1AreThoseOfBothControllers) {
  file("proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n1:name=systemd:/\n");
  file("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "400000\n");
  file("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
  file("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(limits().cores, 4U);
  EXPECT_EQ(limits().memory_bytes, 512 * kMiB);
}

TEST_F(MachineLimitsTest, OfAContainerThatSeesOnlyItsOwnGroupAreThose) {
  file("proc/self/cgroup", "4:memory:/docker/abc\n");
  file("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(limits().memory_bytes, 512 * kMiB);
}

TEST_F(MachineLimitsTest, NoQuotaAndAHugeLimitAreNone) {
  file("proc/self/cgroup", "5:cpu:/\n4:memory:/\n");
  file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  file("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(limits().cores, 8U);
  EXPECT_EQ(limits().memory_bytes, 16384 * kMiB);
}

TEST_F(MachineLimitsTest, AreAtLeastOneCoreAndBearGarbage) {
  file("proc/self/cgroup", "0::/\nnonsense\n:::\n");
  file("sys/fs/cgroup/cpu.max", "1000 100000\n");
  file("sys/fs/cgroup/memory.max", "garbage");
  EXPECT_EQ(limits().cores, 1U);
  EXPECT_EQ(limits().memory_bytes, 16384 * kMiB);
}

TEST(CpuList, CountsRangesAndRefusesOtherText) {
  EXPECT_EQ(cpu_list_size("0"), 1U);
  EXPECT_EQ(cpu_list_size("0-3,8,10-11"), 7U);
  EXPECT_EQ(cpu_list_size(""), 0U);
  EXPECT_EQ(cpu_list_size("3-1"), 0U);
  EXPECT_EQ(cpu_list_size("all"), 0U);
}

}  // namespace
}  // namespace dk::test
