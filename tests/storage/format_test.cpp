// SPDX-License-Identifier: GPL-3.0-or-later
// docs/checkpoint-format.md is a promise: its worked example, byte for byte.
#include "base/checksum.hpp"
#include "base/files.hpp"
#include "storage/chunk_store.hpp"
#include "storage/key_value_store.hpp"
#include "storage/state_store.hpp"

#include <gtest/gtest.h>

#include <array>

namespace dk::storage {
namespace {

/// The hexadecimal digits of the documentation's block ```NAME.
std::string documented(const std::string& name) {
  const auto text = *read_file(DK_CHECKPOINT_FORMAT);
  const auto begin = text.find("```" + name + "\n");
  if (begin == std::string::npos) return "no block " + name;
  const auto first = begin + name.size() + 4;
  std::string digits;
  for (const char c : text.substr(first, text.find("```", first) - first)) {
    if (c != ' ' && c != '\n') digits.push_back(c);
  }
  return digits;
}

std::string hex_of(std::span<const std::byte> bytes) {
  std::string digits;
  for (const auto byte : bytes) digits += fmt::format("{:02x}", std::to_integer<int>(byte));
  return digits;
}

/// Key and value of each entry that is not empty, in hexadecimal.
std::string entries_of(KeyValueStore& store) {
  std::string digits;
  EXPECT_TRUE(store.scan("", "\xff", [&](std::string_view key, std::span<const std::byte> value) {
    if (!value.empty()) digits += hex_of(std::as_bytes(std::span(key))) + hex_of(value);
    return true;
  }));
  return digits;
}

constexpr std::array kWeights{1.0F, -2.5F};

TEST(CheckpointFormat, AChunkIsStoredAsDocumented) {
  const auto entries = make_memory_key_value_store();
  const auto chunks = make_chunk_store(entries);
  ASSERT_TRUE(chunks->put({JobId(7), CheckpointId(3), 0}, std::as_bytes(std::span(kWeights))));
  EXPECT_EQ(entries_of(*entries), documented("chunk"));
}

TEST(CheckpointFormat, AManifestIsStoredAsDocumented) {
  Manifest manifest;
  manifest.job = JobId(7);
  manifest.checkpoint = CheckpointId(3);
  manifest.generation = Incarnation(5);
  manifest.layout_hash = 0x1122334455667788;
  manifest.parameter_count = 2;
  manifest.created_ms = 1700000000000;
  manifest.updates_applied = 4;
  manifest.chunks = {{0, 2, checksum(std::as_bytes(std::span(kWeights))), {"alpha"}}};
  manifest.commits = {{WorkerId(1), Incarnation(6), 4}};
  manifest.ledger = {std::byte{'L'}};
  const auto entries = make_memory_key_value_store();
  StateBatch batch;
  batch.put_manifest(manifest);
  ASSERT_TRUE((*make_state_store(entries))->commit(batch));
  EXPECT_EQ(entries_of(*entries), documented("manifest"));
}

}  // namespace
}  // namespace dk::storage
