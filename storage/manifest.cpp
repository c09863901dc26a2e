// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/manifest.hpp"

#include "storage/envelope.hpp"

namespace dk::storage {
namespace {

// The least that one entry of a list takes, so that a count cannot ask for more than the bytes
// hold.
constexpr std::size_t kMinChunkBytes = 3 * 8 + 4;
constexpr std::size_t kMinNodeBytes = 4;
constexpr std::size_t kCommitBytes = 4 + 8 + 8;

void put_count(ByteWriter& out, std::size_t count) {
  out.put(static_cast<std::uint32_t>(count));
}

void put_chunk(ByteWriter& out, const ChunkEntry& chunk) {
  out.put(chunk.offset);
  out.put(chunk.count);
  out.put(chunk.checksum);
  put_count(out, chunk.nodes.size());
  for (const auto& node : chunk.nodes) out.put(std::string_view(node));
}

ChunkEntry get_chunk(ByteReader& in) {
  ChunkEntry chunk;
  chunk.offset = in.get<std::uint64_t>();
  chunk.count = in.get<std::uint64_t>();
  chunk.checksum = in.get<std::uint64_t>();
  chunk.nodes.resize(in.get_count(kMinNodeBytes));
  for (auto& node : chunk.nodes) node = in.get_string();
  return chunk;
}

Manifest get_manifest(ByteReader& in) {
  Manifest manifest;
  manifest.job = JobId(in.get<std::uint64_t>());
  manifest.checkpoint = CheckpointId(in.get<std::uint64_t>());
  manifest.generation = Incarnation(in.get<std::uint64_t>());
  manifest.layout_hash = in.get<std::uint64_t>();
  manifest.parameter_count = in.get<std::uint64_t>();
  manifest.created_ms = in.get<std::uint64_t>();
  manifest.updates_applied = in.get<std::uint64_t>();
  manifest.chunks.resize(in.get_count(kMinChunkBytes));
  for (auto& chunk : manifest.chunks) chunk = get_chunk(in);
  manifest.commits.resize(in.get_count(kCommitBytes));
  for (auto& commit : manifest.commits) {
    commit.worker = WorkerId(in.get<std::uint32_t>());
    commit.incarnation = Incarnation(in.get<std::uint64_t>());
    commit.sequence = in.get<std::uint64_t>();
  }
  const auto ledger = in.get_raw(in.get<std::uint64_t>());
  manifest.ledger.assign(ledger.begin(), ledger.end());
  return manifest;
}

}  // namespace

std::string to_string(JobId job, CheckpointId checkpoint) {
  return fmt::format("manifest of checkpoint {} of job {}", checkpoint.value, job.value);
}

Result<void> check(const Manifest& manifest) {
  const auto refuse = [&](const std::string& what) {
    return fail(Errc::kInvalid, "{}: {}", to_string(manifest.job, manifest.checkpoint), what);
  };
  std::uint64_t covered = 0;
  for (const auto& chunk : manifest.chunks) {
    if (chunk.offset != covered) {
      return refuse(fmt::format("a chunk starts at float {}; the chunks before it end at {}",
                                chunk.offset, covered));
    }
    if (chunk.count == 0 || chunk.count > manifest.parameter_count - covered) {
      return refuse(fmt::format("chunk {} has {} floats; 1 to {} can be there", chunk.offset,
                                chunk.count, manifest.parameter_count - covered));
    }
    if (chunk.nodes.empty()) return refuse(fmt::format("chunk {} is on no node", chunk.offset));
    covered += chunk.count;
  }
  if (covered != manifest.parameter_count) {
    return refuse(
        fmt::format("the chunks end at float {} of {}", covered, manifest.parameter_count));
  }
  return {};
}

Bytes encode(const Manifest& manifest) {
  ByteWriter out;
  out.put(manifest.job.value);
  out.put(manifest.checkpoint.value);
  out.put(manifest.generation.value);
  out.put(manifest.layout_hash);
  out.put(manifest.parameter_count);
  out.put(manifest.created_ms);
  out.put(manifest.updates_applied);
  put_count(out, manifest.chunks.size());
  for (const auto& chunk : manifest.chunks) put_chunk(out, chunk);
  put_count(out, manifest.commits.size());
  for (const auto& commit : manifest.commits) {
    out.put(commit.worker.value);
    out.put(commit.incarnation.value);
    out.put(commit.sequence);
  }
  out.put(static_cast<std::uint64_t>(manifest.ledger.size()));
  out.put_raw(manifest.ledger);
  return seal(EnvelopeKind::kManifest, "", out.bytes());
}

Result<Manifest> decode_manifest(std::span<const std::byte> bytes) {
  const auto payload = unseal(EnvelopeKind::kManifest, "", bytes);
  if (!payload) return fail_in("manifest", payload.error());
  ByteReader in(*payload);
  auto manifest = get_manifest(in);
  if (!in.ok() || in.remaining() != 0) {
    return fail(Errc::kCorrupt, "{}: its lists do not fill its {} bytes",
                to_string(manifest.job, manifest.checkpoint), payload->size());
  }
  if (const auto checked = check(manifest); !checked) {
    return fail(Errc::kCorrupt, "{}", checked.error().message);
  }
  return manifest;
}

}  // namespace dk::storage
