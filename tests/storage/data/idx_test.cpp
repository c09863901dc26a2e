// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/idx.hpp"

#include "tests/storage/data/files.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::storage {
namespace {

using test::gzip_of;
using test::idx_of;
using test::text_of;

const std::string kGood = idx_of({2, 3}, "abcdef");

class Idx : public testing::Test {
 protected:
  Result<IdxArray> read(const std::string& bytes) {
    test::write_text(path_, bytes);
    return read_idx(path_);
  }

  dk::test::TempDir dir_;
  std::filesystem::path path_ = dir_ / "some-idx2-ubyte";
};

TEST_F(Idx, ReadsPlainFiles) {
  const auto array = *read(kGood);
  EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(text_of(array.values), "abcdef");
}

TEST_F(Idx, ReadsGzipFilesOfOneOrMoreMembers) {
  EXPECT_EQ(text_of(read(gzip_of(kGood))->values), "abcdef");
  EXPECT_EQ(text_of(read(gzip_of(kGood.substr(0, 7)) + gzip_of(kGood.substr(7)))->values),
            "abcdef");
}

TEST_F(Idx, TruncationAtEveryLengthIsRefused) {
  for (const auto& good : {kGood, gzip_of(kGood)}) {
    for (std::size_t length = 0; length < good.size(); ++length) {
      EXPECT_FALSE(read(good.substr(0, length))) << "length " << length;
    }
  }
}

TEST_F(Idx, DamageIsRefusedWithFileAndPlace) {
  auto flipped = gzip_of(kGood);
  flipped[flipped.size() - 6] ^= 1;
  const struct {
    std::string bytes;
    Errc code;
    std::string message;
  } cases[] = {
      {"", Errc::kCorrupt, "ends at byte 0, within the IDX header"},
      {kGood.substr(0, 9), Errc::kCorrupt, "ends at byte 9, within the IDX header"},
      {kGood.substr(0, 15), Errc::kCorrupt,
       "6 bytes should follow byte 12, but the file holds at most 3"},
      {kGood + "x", Errc::kCorrupt, "goes on after byte 18"},
      {"PK\3\4", Errc::kInvalid, "not an IDX file: starts with bytes 50 4b"},
      {idx_of({2}, "ab", 0x0D), Errc::kInvalid, "IDX type 0x0d (32-bit float)"},
      {idx_of({2}, "ab", 0x77), Errc::kInvalid, "IDX type 0x77 (unknown)"},
      {idx_of({}, ""), Errc::kInvalid, "0 dimensions"},
      {idx_of({2, 0}, ""), Errc::kInvalid, "byte 8: dimension 2 of 2 has size 0"},
      {idx_of({~0U, ~0U, ~0U, ~0U}, ""), Errc::kInvalid, "dimension 2 of 4 has size 4294967295"},
      {gzip_of(idx_of({60000, 28, 28}, "")), Errc::kCorrupt, "47040000 bytes should follow"},
      {gzip_of(kGood + "x"), Errc::kCorrupt, "goes on after byte 18"},
      {gzip_of(kGood) + "x", Errc::kCorrupt, "something else follows the gzip data"},
      {gzip_of(kGood.substr(0, 15)), Errc::kCorrupt,
       "ends at byte 15; 6 bytes should follow byte 12"},
      {flipped, Errc::kCorrupt, "incorrect data check"},
      {gzip_of(kGood).substr(0, 20), Errc::kCorrupt, "gzip data at byte 20: cut off"},
  };
  for (const auto& [bytes, code, message] : cases) {
    const auto result = read(bytes);
    ASSERT_FALSE(result) << message;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_TRUE(test::says(result.error(), message)) << result.error().message;
    EXPECT_TRUE(test::says(result.error(), path_.string()));
  }
}

TEST_F(Idx, ABombIsNotInflatedBeyondWhatItsHeaderAnnounces) {
  const auto bomb = gzip_of(idx_of({4}, std::string(50'000'000, '\0')));
  EXPECT_TRUE(test::says(read(bomb).error(), "goes on after byte 12"));
  test::write_text(path_, gzip_of(idx_of({1000, 1000}, std::string(1'000'000, '\0'))));
  EXPECT_EQ(read_idx(path_, 999'999).error().code, Errc::kInvalid);
}

TEST_F(Idx, AMissingFileAndADirectoryAreNamed) {
  EXPECT_EQ(read_idx(dir_ / "missing").error().code, Errc::kNotFound);
  EXPECT_EQ(read_idx(dir_.path()).error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace dk::storage
