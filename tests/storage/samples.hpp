// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "storage/manifest.hpp"

#include <string>
#include <string_view>

namespace dk::storage::test {

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool says(const Error& error, std::string_view part) {
  return error.message.find(part) != std::string::npos;
}

/// 100 floats in two chunks on two nodes.
inline Manifest sample_manifest(JobId job, CheckpointId checkpoint) {
  Manifest manifest;
  manifest.job = job;
  manifest.checkpoint = checkpoint;
  manifest.generation = Incarnation(5);
  manifest.layout_hash = 0x1122334455667788;
  manifest.parameter_count = 100;
  manifest.created_ms = 1700000000000;
  manifest.chunks = {{0, 60, 11, {"a", "b"}}, {60, 40, 22, {"b"}}};
  manifest.commits = {{WorkerId(1), Incarnation(7), 3}, {WorkerId(2), Incarnation(8), 4}};
  manifest.updates_applied = 7;
  manifest.ledger = bytes_of("ledger");
  return manifest;
}

}  // namespace dk::storage::test
