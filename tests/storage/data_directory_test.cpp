// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data_directory.hpp"

#include "base/files.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace dk::storage {
namespace {

using test::bytes_of;
using test::says;

constexpr const char* kCluster = "0123456789abcdef0123456789abcdef";
constexpr const char* kOtherCluster = "ffffffffffffffffffffffffffffffff";

TEST(DataDirectory, IsCreatedWithItsPartsAndKeepsItsIdentity) {
  const dk::test::TempDir dir;
  {
    auto first = *DataDirectory::open(dir / "deep" / "data", "alpha");
    EXPECT_EQ(first.cluster(), "");
    EXPECT_TRUE(std::filesystem::is_directory(first.chunks()));
    EXPECT_TRUE(std::filesystem::is_directory(first.state()));
    EXPECT_TRUE(std::filesystem::is_directory(first.logs()));
    ASSERT_TRUE(first.adopt_cluster(kCluster));
  }
  const auto second = *DataDirectory::open(dir / "deep" / "data", "alpha");
  EXPECT_EQ(second.cluster(), kCluster);
  EXPECT_EQ(second.node(), "alpha");
}

TEST(DataDirectory, ASecondOpenerIsToldWhoHasIt) {
  const dk::test::TempDir dir;
  const auto first = *DataDirectory::open(dir / "data", "alpha");
  const auto second = DataDirectory::open(dir / "data", "alpha");
  EXPECT_EQ(second.error().code, Errc::kInUse);
  EXPECT_EQ(second.error().message, fmt::format("data directory {} is in use by process {}",
                                                (dir / "data").string(), ::getpid()));
}

TEST(DataDirectory, AForeignClusterIsRefusedByBothNames) {
  const dk::test::TempDir dir;
  auto data = *DataDirectory::open(dir / "data", "alpha");
  ASSERT_TRUE(data.adopt_cluster(kCluster));
  EXPECT_TRUE(data.adopt_cluster(kCluster));
  const auto refused = data.adopt_cluster(kOtherCluster);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
  EXPECT_TRUE(says(refused.error(), fmt::format("belongs to cluster {}, this is cluster {}",
                                                kCluster, kOtherCluster)));
  EXPECT_EQ(data.cluster(), kCluster);
}

TEST(DataDirectory, AFoundedClusterKeepsItsIdAndIsLikeNoOther) {
  const dk::test::TempDir dir;
  auto one = *DataDirectory::open(dir / "one", "alpha");
  auto two = *DataDirectory::open(dir / "two", "alpha");
  ASSERT_TRUE(one.found_cluster());
  ASSERT_TRUE(two.found_cluster());
  EXPECT_NE(one.cluster(), two.cluster());
  const auto id = one.cluster();
  ASSERT_TRUE(one.found_cluster());
  EXPECT_EQ(one.cluster(), id);
}

TEST(DataDirectory, AnIdOfAnotherShapeIsRefused) {
  const dk::test::TempDir dir;
  auto data = *DataDirectory::open(dir / "data", "alpha");
  for (const auto* id : {"", "abc", "0123456789ABCDEF0123456789ABCDEF"}) {
    EXPECT_EQ(data.adopt_cluster(id).error().code, Errc::kInvalid) << id;
  }
}

TEST(DataDirectory, AnIdentityThatDoesNotFitIsRefusedWithTheReason) {
  const struct {
    const char* identity;
    Errc code;
    const char* message;
  } cases[] = {
      {"", Errc::kCorrupt, "identity.json: not an object"},
      {"[1]", Errc::kCorrupt, "not an object"},
      {R"({"format": "1"})", Errc::kCorrupt, "whole number"},
      {R"({"format": 2, "node": "alpha", "cluster": ""})", Errc::kInvalid,
       "format 2; this program reads format 1"},
      {R"({"format": 1, "node": "alpha", "cluster": "x"})", Errc::kCorrupt, "\"cluster\""},
      {R"({"format": 1, "node": "alpha"})", Errc::kCorrupt, "\"cluster\""},
      {R"({"format": 1, "node": "beta", "cluster": ""})", Errc::kInvalid,
       "belongs to node beta, this is node alpha"},
  };
  for (const auto& [identity, code, message] : cases) {
    const dk::test::TempDir dir;
    ASSERT_TRUE(write_file_atomic(dir / "identity.json", bytes_of(identity)));
    const auto opened = DataDirectory::open(dir.path(), "alpha");
    ASSERT_FALSE(opened) << identity;
    EXPECT_EQ(opened.error().code, code) << identity;
    EXPECT_TRUE(says(opened.error(), message)) << opened.error().message;
  }
}

TEST(DataDirectory, DamagedChunksAreSetAsideAndKept) {
  const dk::test::TempDir dir;
  auto directory = DataDirectory::open(dir / "data", "a");
  ASSERT_TRUE(directory) << directory.error().message;
  for (const std::string text : {"first", "second"}) {
    ASSERT_TRUE(write_file_atomic(directory->chunks() / "file", std::as_bytes(std::span(text))));
    const auto aside = directory->set_chunks_aside();
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_EQ(*read_file(*aside / "file"), text);
    EXPECT_TRUE(std::filesystem::is_empty(directory->chunks()));
  }
}

TEST(DataDirectory, APathThatIsAFileIsRefused) {
  const dk::test::TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir / "file", bytes_of("x")));
  EXPECT_EQ(DataDirectory::open(dir / "file", "alpha").error().code, Errc::kIo);
}

}  // namespace
}  // namespace dk::storage
