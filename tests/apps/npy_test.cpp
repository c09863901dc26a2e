// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/npy.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

class Npy : public testing::Test {
 protected:
  /// A version 1.0 file with this header and these bytes.
  std::filesystem::path file(const std::string& header, const std::string& data) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size());
    bytes += '\0';
    bytes += header + data;
    const auto path = dir / "a.npy";
    EXPECT_TRUE(write_file_atomic(path, std::as_bytes(std::span(bytes))));
    return path;
  }
  std::string message(const std::string& header, const std::string& data) {
    const auto result = read_npy(file(header, data));
    return result ? "no error" : result.error().message;
  }

  test::TempDir dir;
};

TEST_F(Npy, ReadReturnsWhatWriteWrote) {
  const std::vector<float> values{1.5F, -2, 3, 4, 5, 6};
  ASSERT_TRUE(write_npy(dir / "a.npy", {2, 3}, values));
  const auto array = read_npy(dir / "a.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(array->values, values);
  EXPECT_EQ(array->row_size(), 3U);
}

TEST_F(Npy, TheDataStartsAtAMultipleOf64AsNumpyWantsIt) {
  ASSERT_TRUE(write_npy(dir / "a.npy", {1}, std::vector<float>{1}));
  EXPECT_EQ(std::filesystem::file_size(dir / "a.npy") % 64, 4U);
}

TEST_F(Npy, BytesAndDoublesBecomeFloats) {
  const auto bytes =
      read_npy(file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "\x07\xff"));
  EXPECT_EQ(bytes->values, (std::vector<float>{7, 255}));
  const std::string half("\0\0\0\0\0\0\xe0\x3f", 8);
  const auto doubles =
      read_npy(file("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", half));
  EXPECT_EQ(doubles->values, std::vector<float>{0.5F});
}

TEST_F(Npy, WhatItCannotReadIsSaid) {
  EXPECT_NE(message("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "")
                .find("element type '<i8' is not supported"),
            std::string::npos);
  EXPECT_NE(message("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234")
                .find("Fortran order"),
            std::string::npos);
  EXPECT_NE(message("{'descr': '<f4', 'fortran_order': False, }", "").find("no shape"),
            std::string::npos);
}

TEST_F(Npy, AShapeThatDoesNotMatchTheDataIsRefused) {
  for (const auto* shape : {"(2,)", "(0,)", "(4294967296, 4294967296)", "(1, 2, 3)"}) {
    EXPECT_NE(
        message(fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': {}, }}", shape),
                "1234")
            .find("does not have the header's shape"),
        std::string::npos)
        << shape;
  }
}

TEST_F(Npy, AnotherFileIsNoNpyFile) {
  ASSERT_TRUE(write_file_atomic(dir / "x", std::as_bytes(std::span("hello", 5))));
  EXPECT_NE(read_npy(dir / "x").error().message.find("not a .npy file"), std::string::npos);
}

}  // namespace
}  // namespace dk::submit
