// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_file.hpp"

#include "base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <functional>

namespace dk::model {
namespace {

Bytes small_file() {
  Hdf5Writer file;
  const std::vector<std::string> names{"dense", "a_longer_name"};
  file.text("", "model_config", "{\"class_name\": \"Sequential\"}");
  file.texts("", "layer_names", names);
  for (const auto& name : names) {
    const std::vector<float> values{1.5F, -2, 3, 4, 5, 6};
    file.group(name);
    file.floats(name + "/" + name + "/kernel:0", {2, 3}, values);
  }
  file.integer("optimizer/iteration:0", (std::int64_t{1} << 40) + 1);
  return std::move(file).finish().value();
}

/// Made with the library itself, in memory.
Bytes made_by(const std::function<void(hid_t file)>& make) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, 0);
  const hid_t file = H5Fcreate("test.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  make(file);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  Bytes bytes(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)));
  H5Fget_file_image(file, bytes.data(), bytes.size());
  H5Fclose(file);
  H5Pclose(access);
  return bytes;
}

/// Whatever a reader may be asked.
void ask_everything(const Hdf5Reader& file, const std::string& path = "", int depth = 0) {
  static_cast<void>(file.text(path, "model_config"));
  static_cast<void>(file.texts(path, "layer_names"));
  const auto members = file.members(path);
  if (!members || depth > 5) return;
  for (const auto& member : *members) {
    const auto below = path.empty() ? member : path + "/" + member;
    if (file.is_group(below)) {
      ask_everything(file, below, depth + 1);
    } else {
      static_cast<void>(file.floats(below));
      static_cast<void>(file.number(below));
    }
  }
}

TEST(Hdf5File, GivesBackWhatWasWrittenAndIsTheSameEveryTime) {
  const auto bytes = small_file();
  EXPECT_EQ(bytes, small_file());
  const auto file = Hdf5Reader::open(bytes, "f");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->text("", "model_config").value(), "{\"class_name\": \"Sequential\"}");
  EXPECT_EQ(file->texts("", "layer_names").value()->at(1), "a_longer_name");
  EXPECT_EQ(file->members("").value(),
            (std::vector<std::string>{"a_longer_name", "dense", "optimizer"}));
  EXPECT_EQ(file->shape("dense/dense/kernel:0").value(), (Shape{2, 3}));
  EXPECT_EQ(file->floats("dense/dense/kernel:0").value()[1], -2);
  EXPECT_EQ(file->number("optimizer/iteration:0").value(), 1099511627777.0);
  EXPECT_TRUE(file->has("dense/dense"));
  EXPECT_FALSE(file->has("dense/other/kernel:0"));
  EXPECT_FALSE(file->text("dense", "model_config").value());
}

TEST(Hdf5File, LongListsAreInPartsAsKerasWritesThem) {
  const std::vector<std::string> names(5'000, "a_name_of_twenty_six_bytes");
  Hdf5Writer writer;
  writer.texts("", "layer_names", names);
  const auto file = Hdf5Reader::open(std::move(writer).finish().value(), "f");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->texts("", "layer_names").value(), names);
  EXPECT_TRUE(file->text("", "layer_names").value() == std::nullopt);
}

TEST(Hdf5File, EveryCutIsRefused) {
  const auto bytes = small_file();
  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 200) {
    const auto file = Hdf5Reader::open(std::span(bytes).first(size), "f");
    ASSERT_FALSE(file) << size;
    EXPECT_THAT(file.error().message, testing::StartsWith("f: "));
  }
}

TEST(Hdf5File, FlippedBitsNeverCrash) {
  const auto bytes = small_file();
  Random random(7);
  std::size_t refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    auto damaged = bytes;
    for (int flips = 0; flips <= round % 3; ++flips) {
      damaged[random.below(damaged.size())] ^= std::byte{1} << random.below(8);
    }
    const auto file = Hdf5Reader::open(damaged, "f");
    if (!file) ++refused;
    if (file) ask_everything(*file);
  }
  EXPECT_GT(refused, 100U);
}

TEST(Hdf5File, WhatKerasNeverWritesIsRefusedByName) {
  const hsize_t size = 100;
  const auto dataset = [&](hid_t file, hid_t type, hid_t properties) {
    const hid_t space = H5Screate_simple(1, &size, nullptr);
    H5Dclose(H5Dcreate2(file, "d", type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Sclose(space);
  };
  const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(chunked, 1, &size);
  const hid_t packed = H5Pcopy(chunked);
  H5Pset_deflate(packed, 6);
  const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(external, "/etc/passwd", 0, 400);
  const std::pair<std::function<void(hid_t)>, const char*> cases[] = {
      {[&](hid_t file) { dataset(file, H5T_IEEE_F32LE, chunked); }, "chunked datasets"},
      {[&](hid_t file) { dataset(file, H5T_IEEE_F32LE, packed); }, "compressed or filtered"},
      {[&](hid_t file) { dataset(file, H5T_IEEE_F32LE, external); }, "external files"},
      {[&](hid_t file) { dataset(file, H5T_IEEE_F32BE, H5P_DEFAULT); }, "big-endian"},
      {[](hid_t file) {
         H5Lcreate_external("/etc/x.h5", "/a", file, "l", H5P_DEFAULT, H5P_DEFAULT);
       },
       "f: "},
      {[](hid_t file) { H5Lcreate_soft("/elsewhere", file, "l", H5P_DEFAULT, H5P_DEFAULT); },
       "symbolic link"},
      {[](hid_t file) { H5Lcreate_hard(file, "/", file, "l", H5P_DEFAULT, H5P_DEFAULT); },
       "with 2 names"},
  };
  for (const auto& [make, message] : cases) {
    const auto file = Hdf5Reader::open(made_by(make), "f");
    ASSERT_FALSE(file) << message;
    EXPECT_THAT(file.error().message, testing::HasSubstr(message));
  }
  for (const hid_t properties : {chunked, packed, external}) H5Pclose(properties);
}

TEST(Hdf5File, AnAbsurdShapeTakesNoMemory) {
  // Not written, so that the library gives it no room in the file.
  const auto bytes = made_by([](hid_t file) {
    const hsize_t axes[] = {hsize_t{1} << 40, 1000};
    const hid_t space = H5Screate_simple(2, axes, nullptr);
    H5Dclose(H5Dcreate2(file, "d", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  });
  const auto file = Hdf5Reader::open(bytes, "f");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "f: an array with an axis of 1000");
}

}  // namespace
}  // namespace dk::model
