// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/zip_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace dk::model {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Bytes small_archive() {
  const std::array<ZipEntry, 2> entries{ZipEntry{"a.json", bytes_of("{}")},
                                        ZipEntry{"dir/b", bytes_of("weights")}};
  return zip_of(entries).value();
}

/// An archive of one deflated entry of zeros, by hand: libzip itself would store it.
Bytes deflated_zeros(std::size_t size, std::uint32_t said) {
  const std::string zeros(size, '\0');
  std::string packed(compressBound(size) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(zeros.data()), static_cast<uInt>(size)));
  ByteWriter out;
  const auto common = [&] {
    for (const int field : {20, 0, 8, 0, 0x21}) out.put(static_cast<std::uint16_t>(field));
    out.put(crc);
    out.put(static_cast<std::uint32_t>(packed.size()));
    out.put(said);
    out.put(std::uint16_t{1});
    out.put(std::uint16_t{0});
  };
  out.put(std::uint32_t{0x04034b50});
  common();
  out.put_raw(bytes_of("z"));
  out.put_raw(bytes_of(packed));
  const auto directory = static_cast<std::uint32_t>(out.bytes().size());
  out.put(std::uint32_t{0x02014b50});
  out.put(std::uint16_t{20});
  common();
  out.put_raw(Bytes(14));
  out.put_raw(bytes_of("z"));
  const auto end = static_cast<std::uint32_t>(out.bytes().size());
  out.put(std::uint32_t{0x06054b50});
  out.put(std::uint32_t{0});
  out.put(std::uint32_t{0x00010001});
  out.put(end - directory);
  out.put(directory);
  out.put(std::uint16_t{0});
  return std::move(out).take();
}

TEST(ZipArchive, GivesBackWhatWasWrittenAndIsTheSameEveryTime) {
  const auto archive = small_archive();
  EXPECT_EQ(archive, small_archive());
  auto reader = ZipReader::open(archive, "a.zip");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->names(), (std::vector<std::string>{"a.json", "dir/b"}));
  EXPECT_EQ(reader->read("dir/b").value(), "weights");
  EXPECT_EQ(reader->read("c").error().message, "a.zip: there is no 'c' in the archive");
}

TEST(ZipArchive, EveryCutIsRefused) {
  const auto archive = small_archive();
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_FALSE(ZipReader::open(std::span(archive).first(size), "a.zip")) << size;
  }
}

TEST(ZipArchive, EveryFlippedBitIsNoticedOrChangesNothing) {
  const auto archive = small_archive();
  for (std::size_t bit = 0; bit < archive.size() * 8; ++bit) {
    auto damaged = archive;
    damaged[bit / 8] ^= std::byte{1} << bit % 8;
    auto reader = ZipReader::open(damaged, "a.zip");
    if (!reader || !reader->has("dir/b")) continue;
    const auto text = reader->read("dir/b");
    EXPECT_EQ(text.value_or("weights"), "weights") << bit;
  }
}

TEST(ZipArchive, ABombIsRefusedByWhatItSays) {
  const auto bomb = deflated_zeros(64 << 20, 64 << 20);
  ASSERT_LT(bomb.size(), 100'000U);
  const auto reader = ZipReader::open(bomb, "b.zip");
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message,
              testing::MatchesRegex("b.zip: 'z' would inflate from [0-9]+ bytes to 67108864; at "
                                    "most 200 times is allowed"));
}

TEST(ZipArchive, ABombThatLiesIsStoppedWhereItShouldEnd) {
  const auto bomb = deflated_zeros(64 << 20, 1000);
  auto reader = ZipReader::open(bomb, "b.zip");
  ASSERT_TRUE(reader) << reader.error().message;
  const auto text = reader->read("z");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::kCorrupt);
}

TEST(ZipArchive, LimitsAreKept) {
  const auto archive = small_archive();
  const auto refused = [&](const ZipLimits& limits) {
    return ZipReader::open(archive, "a.zip", limits).error().message;
  };
  EXPECT_EQ(refused({.entries = 1}), "a.zip: the zip archive has 2 entries; at most 1 are allowed");
  EXPECT_EQ(refused({.name_bytes = 5}),
            "a.zip: entry 0 of the zip archive has a name of 6 bytes; allowed are 1 to 5");
  EXPECT_EQ(refused({.total_bytes = 8}),
            "a.zip: 'dir/b' of 7 bytes makes more than the 8 bytes allowed");
}

}  // namespace
}  // namespace dk::model
