// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <span>
#include <string_view>

namespace dk::storage {

/// What is inside an envelope: its first four bytes, as text.
enum class EnvelopeKind : std::uint32_t {
  kChunk = 0x48434B44,     ///< "DKCH"
  kManifest = 0x464D4B44,  ///< "DKMF"
  kRecord = 0x43524B44,    ///< "DKRC"
};

inline constexpr std::uint32_t kEnvelopeVersion = 1;
inline constexpr std::size_t kEnvelopeHeaderBytes = 24;

/// Puts a header in front of `payload`: kind, version, length, and a checksum of key and payload
/// (docs/checkpoint-format.md). A payload stored under another key than `key` is found out too.
[[nodiscard]] Bytes seal(EnvelopeKind kind, std::string_view key,
                         std::span<const std::byte> payload);

/// The payload inside `sealed`. kCorrupt, saying what is wrong, unless every bit is as written.
[[nodiscard]] Result<std::span<const std::byte>> unseal(EnvelopeKind kind, std::string_view key,
                                                        std::span<const std::byte> sealed);

}  // namespace dk::storage
