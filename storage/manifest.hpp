// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// A chunk of a checkpoint and where it lies.
struct ChunkEntry {
  std::uint64_t offset = 0;        ///< Of its first float in the flat vector; the chunk's key.
  std::uint64_t count = 0;         ///< Floats, at least 1.
  std::uint64_t checksum = 0;      ///< dk::checksum of the chunk's bytes.
  std::vector<std::string> nodes;  ///< The names of the nodes that hold it, at least one.

  bool operator==(const ChunkEntry&) const = default;
};

/// What makes a checkpoint exist: written last and atomically by the supervisor, it says which
/// chunks form the flat vector and exactly which commits are in it. Layout:
/// docs/checkpoint-format.md.
struct Manifest {
  JobId job;
  CheckpointId checkpoint;
  Incarnation generation;             ///< Of the shards that made the cut.
  std::uint64_t layout_hash = 0;      ///< Of the variables' names, shapes and offsets.
  std::uint64_t parameter_count = 0;  ///< Floats in the flat vector.
  std::uint64_t created_ms = 0;       ///< Unix time.
  std::vector<ChunkEntry> chunks;     ///< Ascending offsets; together exactly [0, parameter_count).

  /// The newest commit of a worker that is in the checkpoint.
  struct Commit {
    WorkerId worker;
    Incarnation incarnation;
    std::uint64_t sequence = 0;
    bool operator==(const Commit&) const = default;
  };
  std::vector<Commit> commits;
  std::uint64_t updates_applied = 0;
  Bytes ledger;  ///< The data ledger as of this cut; opaque here.

  bool operator==(const Manifest&) const = default;
};

/// "manifest of checkpoint 3 of job 7", as in every error about it.
[[nodiscard]] std::string to_string(JobId job, CheckpointId checkpoint);

/// kInvalid, naming the chunk, unless the chunks are in order, cover [0, parameter_count) without
/// gap or overlap, and lie on some node.
[[nodiscard]] Result<void> check(const Manifest& manifest);

[[nodiscard]] Bytes encode(const Manifest& manifest);
/// kCorrupt unless every bit is as `encode` wrote it and check() passes.
[[nodiscard]] Result<Manifest> decode_manifest(std::span<const std::byte> bytes);

}  // namespace dk::storage
