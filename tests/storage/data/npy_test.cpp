// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/npy.hpp"

#include "base/files.hpp"
#include "tests/storage/data/files.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::storage {
namespace {

/// A version 1.0 file with this dictionary and these values.
template <class T>
std::string npy_of(const std::string& dictionary, const std::vector<T>& values) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file.push_back(static_cast<char>(dictionary.size()));
  file.push_back('\0');
  file += dictionary;
  return file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::string dictionary_of(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

const std::vector<float> kValues{1, 2, 3, 4, 5, 6};
const std::string kGood = npy_of(dictionary_of("<f4", "(2, 3)"), kValues);

class Npy : public testing::Test {
 protected:
  Result<NpyArray> read(const std::string& bytes) {
    test::write_text(path_, bytes);
    return read_npy(path_);
  }

  dk::test::TempDir dir_;
  std::filesystem::path path_ = dir_ / "array.npy";
};

TEST_F(Npy, ReadsWhatItWroteForEveryRank) {
  for (const auto& shape : {std::vector<std::size_t>{6}, {2, 3}, {1, 2, 3}}) {
    ASSERT_TRUE(write_npy(path_, shape, kValues));
    const auto array = *read_npy(path_);
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(array.values, kValues);
  }
  ASSERT_TRUE(write_npy(path_, {}, std::span(kValues).first(1)));
  EXPECT_TRUE(read_npy(path_)->shape.empty());
}

TEST_F(Npy, WritesTheBytesOfNumpySave) {
  ASSERT_TRUE(write_npy(path_, std::vector<std::size_t>{2, 3}, kValues));
  // numpy.save: 118 bytes of dictionary, padded so that the values start at byte 128.
  const auto file = *read_file(path_);
  EXPECT_EQ(file.size(), 128U + 24U);
  EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(file.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  EXPECT_EQ(file[127], '\n');
}

TEST_F(Npy, ReadsEveryTypeItNames) {
  const std::vector<float> expected{0, 200, 7};
  const auto expect = [&](const std::string& bytes) { EXPECT_EQ(read(bytes)->values, expected); };
  expect(npy_of(dictionary_of("<f4", "(3,)"), std::vector<float>{0, 200, 7}));
  expect(npy_of(dictionary_of("<f8", "(3,)"), std::vector<double>{0, 200, 7}));
  expect(npy_of(dictionary_of("<i4", "(3,)"), std::vector<std::int32_t>{0, 200, 7}));
  expect(npy_of(dictionary_of("<i8", "(3,)"), std::vector<std::int64_t>{0, 200, 7}));
  expect(npy_of(dictionary_of("|u1", "(3,)"), std::vector<std::uint8_t>{0, 200, 7}));
  expect(test::gzip_of(npy_of(dictionary_of("<f4", "(3,)"), std::vector<float>{0, 200, 7})));
}

TEST_F(Npy, TruncationAtEveryLengthIsRefused) {
  for (std::size_t length = 0; length < kGood.size(); ++length) {
    EXPECT_FALSE(read(kGood.substr(0, length))) << "length " << length;
  }
}

TEST_F(Npy, DamageIsRefusedWithTheReason) {
  const auto with = [](const std::string& dictionary) { return npy_of(dictionary, kValues); };
  auto version = kGood;
  version[6] = 4;
  const std::string long_header("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
  const struct {
    std::string bytes;
    Errc code;
    std::string message;
  } cases[] = {
      {std::string(20, 'x'), Errc::kInvalid, "not an NPY file"},
      {version, Errc::kInvalid, "NPY version 4.0"},
      {long_header, Errc::kInvalid, "header of 4294967295 bytes"},
      {kGood + "x", Errc::kCorrupt, "goes on after byte"},
      {with(dictionary_of("<f2", "(2, 3)")), Errc::kInvalid, "type '<f2'; read are <f4"},
      {with(dictionary_of(">f4", "(2, 3)")), Errc::kInvalid, "type '>f4'"},
      {with(dictionary_of("|O", "(2, 3)")), Errc::kInvalid, "type '|O'"},
      {with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"), Errc::kInvalid,
       "Fortran order"},
      {with(dictionary_of("<f4", "(2, 0)")), Errc::kInvalid, "a dimension of size 0"},
      {with(dictionary_of("<f4", "(4294967296, 4294967296)")), Errc::kInvalid,
       "a dimension of size 4294967296"},
      {with(dictionary_of("<f4", "(60000, 784)")), Errc::kCorrupt, "188160000 bytes should follow"},
      {with(dictionary_of("<f4", "(99999999999999999999999,)")), Errc::kCorrupt,
       "not an NPY header"},
      {with(dictionary_of("<f4", "(-1,)")), Errc::kCorrupt, "not an NPY header"},
      {with(dictionary_of("<f4", "(6)")), Errc::kCorrupt, "not an NPY header"},
      {with("{'descr': '<f4', 'shape': (2, 3), }"), Errc::kCorrupt, "not an NPY header"},
      {with("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}"),
       Errc::kCorrupt, "not an NPY header"},
      {with(dictionary_of("<f4", "(6,)") + "import os"), Errc::kCorrupt, "not an NPY header"},
  };
  for (const auto& [bytes, code, message] : cases) {
    const auto result = read(bytes);
    ASSERT_FALSE(result) << message;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_TRUE(test::says(result.error(), message)) << result.error().message;
    EXPECT_TRUE(test::says(result.error(), path_.string()));
  }
}

}  // namespace
}  // namespace dk::storage
