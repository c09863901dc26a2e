// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/manifest.hpp"

#include "storage/envelope.hpp"
#include "tests/storage/samples.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace dk::storage {
namespace {

using test::sample_manifest;
using test::says;

const JobId kJob(7);
const CheckpointId kCheckpoint(3);

TEST(Manifest, DecodesToWhatWasEncoded) {
  const auto manifest = sample_manifest(kJob, kCheckpoint);
  EXPECT_EQ(*decode_manifest(encode(manifest)), manifest);
}

TEST(Manifest, AnEmptyModelHasNoChunks) {
  Manifest manifest;
  manifest.job = kJob;
  EXPECT_EQ(*decode_manifest(encode(manifest)), manifest);
}

TEST(Manifest, TruncationAtEveryLengthIsCorrupt) {
  const auto good = encode(sample_manifest(kJob, kCheckpoint));
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto decoded = decode_manifest(std::span(good).first(length));
    ASSERT_FALSE(decoded) << "length " << length;
    ASSERT_EQ(decoded.error().code, Errc::kCorrupt) << "length " << length;
  }
}

TEST(Manifest, AFlipOfEveryBitIsCorrupt) {
  const auto good = encode(sample_manifest(kJob, kCheckpoint));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    const auto decoded = decode_manifest(bad);
    ASSERT_FALSE(decoded) << "bit " << bit;
    ASSERT_EQ(decoded.error().code, Errc::kCorrupt) << "bit " << bit;
  }
}

TEST(Manifest, ListsThatLieAboutTheirLengthAreCorruptDespiteAGoodChecksum) {
  const auto good = encode(sample_manifest(kJob, kCheckpoint));
  const auto payload = *unseal(EnvelopeKind::kManifest, "", good);
  for (std::size_t length = 0; length < payload.size(); ++length) {
    const auto resealed = seal(EnvelopeKind::kManifest, "", payload.first(length));
    ASSERT_FALSE(decode_manifest(resealed)) << "length " << length;
  }
  Bytes longer(payload.begin(), payload.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_manifest(seal(EnvelopeKind::kManifest, "", longer)));
}

TEST(Manifest, ChunksMustCoverTheVectorExactly) {
  struct Case {
    const char* message;
    std::function<void(Manifest&)> damage;
  };
  const Case cases[] = {
      {"a chunk starts at float 61; the chunks before it end at 60",
       [](Manifest& m) { m.chunks[1].offset = 61; }},
      {"a chunk starts at float 59; the chunks before it end at 60",
       [](Manifest& m) { m.chunks[1].offset = 59; }},
      {"a chunk starts at float 60; the chunks before it end at 0",
       [](Manifest& m) { std::swap(m.chunks[0], m.chunks[1]); }},
      {"the chunks end at float 60 of 100", [](Manifest& m) { m.chunks.pop_back(); }},
      {"the chunks end at float 0 of 100", [](Manifest& m) { m.chunks.clear(); }},
      {"chunk 60 has 41 floats; 1 to 40 can be there", [](Manifest& m) { m.chunks[1].count = 41; }},
      {"chunk 60 has 18446744073709551615 floats",
       [](Manifest& m) { m.chunks[1].count = ~std::uint64_t{0}; }},
      {"chunk 60 has 0 floats", [](Manifest& m) { m.chunks[1].count = 0; }},
      {"chunk 60 is on no node", [](Manifest& m) { m.chunks[1].nodes.clear(); }},
  };
  for (const auto& [message, damage] : cases) {
    auto manifest = sample_manifest(kJob, kCheckpoint);
    damage(manifest);
    EXPECT_EQ(check(manifest).error().code, Errc::kInvalid) << message;
    const auto decoded = decode_manifest(encode(manifest));
    ASSERT_FALSE(decoded) << message;
    EXPECT_EQ(decoded.error().code, Errc::kCorrupt);
    EXPECT_TRUE(says(decoded.error(), message)) << decoded.error().message;
    EXPECT_TRUE(says(decoded.error(), "manifest of checkpoint 3 of job 7"));
  }
}

}  // namespace
}  // namespace dk::storage
