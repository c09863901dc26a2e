// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/source_state.hpp"

#include "tests/storage/data/source.hpp"

namespace dk::storage {
namespace {

using ::testing::HasSubstr;

class SourceState : public test::SourceTest {
 protected:
  std::uint64_t print(const std::string& folder) {
    SourceConfig config;
    config.files = {(dir_ / folder / "*.csv").string()};
    return *fingerprint(*file_states(config));
  }
  void put(const std::string& name, const std::string& bytes) {
    create_directories((dir_ / name).parent_path());
    file(name, bytes);
  }
};

TEST_F(SourceState, CopiesOnOtherPathsWithOtherTimesHaveTheSameFingerprint) {
  const std::string bytes(300'000, 'x');
  put("one/a.csv", bytes);
  put("two/a.csv", bytes);
  last_write_time(dir_ / "two" / "a.csv",
                  std::filesystem::file_time_type::clock::now() - std::chrono::hours(5));
  EXPECT_EQ(print("one"), print("two"));
}

TEST_F(SourceState, AnyByteOfASmallFileItsNameAndItsSizeCount) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{100'000}, std::size_t{131'071}}) {
    const std::string bytes(size, 'x');
    put("one/a.csv", bytes);
    const auto before = print("one");
    for (const std::size_t at : {std::size_t{0}, size / 3, size / 2, size - 1}) {
      auto other = bytes;
      other[at] = 'y';
      put("one/a.csv", other);
      EXPECT_NE(print("one"), before) << at << " of " << size;
    }
    put("one/a.csv", bytes + 'x');
    EXPECT_NE(print("one"), before);
  }
  put("two/a.csv", "1");
  put("three/b.csv", "1");
  EXPECT_NE(print("two"), print("three"));
}

TEST_F(SourceState, HeadTailAndMiddleOfALargeFileCount) {
  const std::size_t size = 10'000'000;
  std::string bytes(size, 'x');
  put("one/a.csv", bytes);
  const auto before = print("one");
  for (const std::size_t at : {std::size_t{0}, (size - (8 << 10)) * 7 / 15, size - 1}) {
    auto other = bytes;
    other[at] = 'y';
    put("one/a.csv", other);
    EXPECT_NE(print("one"), before) << at;
  }
}

TEST_F(SourceState, ChangesWithTheFilesAndTheirOrder) {
  const auto config = array_files("npy", file("x", "1"), file("y", "2"));
  const auto before = *file_states(config);
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before, *file_states(config));
  EXPECT_NE(*fingerprint(before),
            *fingerprint(*file_states(array_files("npy", path("y"), path("x")))));
  file("y", "23");
  EXPECT_NE(before, *file_states(config));
  const auto gone = file_states(array_files("npy", path("x"), path("z")));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr("z"));
}

}  // namespace
}  // namespace dk::storage
