// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/envelope.hpp"

#include "base/checksum.hpp"

#include <algorithm>
#include <cstring>

namespace dk::storage {
namespace {

struct Header {
  std::uint32_t kind;
  std::uint32_t version;
  std::uint64_t length;
  std::uint64_t checksum;
};
static_assert(sizeof(Header) == kEnvelopeHeaderBytes, "written as it lies, without padding");

/// Two rounds, so that a megabyte of payload need not be copied behind its key.
std::uint64_t checksum_of(std::string_view key, std::span<const std::byte> payload) {
  const auto payload_checksum = checksum(payload);
  Bytes input(key.size() + sizeof payload_checksum);
  std::copy_n(reinterpret_cast<const std::byte*>(key.data()), key.size(), input.begin());
  std::memcpy(input.data() + key.size(), &payload_checksum, sizeof payload_checksum);
  return checksum(input);
}

}  // namespace

Bytes seal(EnvelopeKind kind, std::string_view key, std::span<const std::byte> payload) {
  const Header header{static_cast<std::uint32_t>(kind), kEnvelopeVersion, payload.size(),
                      checksum_of(key, payload)};
  Bytes sealed(sizeof header + payload.size());
  std::memcpy(sealed.data(), &header, sizeof header);
  std::copy(payload.begin(), payload.end(), sealed.begin() + sizeof header);
  return sealed;
}

Result<std::span<const std::byte>> unseal(EnvelopeKind kind, std::string_view key,
                                          std::span<const std::byte> sealed) {
  if (sealed.size() < kEnvelopeHeaderBytes) {
    return fail(Errc::kCorrupt, "cut off: {} bytes, the header alone has {}", sealed.size(),
                kEnvelopeHeaderBytes);
  }
  Header header;
  std::memcpy(&header, sealed.data(), sizeof header);
  const auto payload = sealed.subspan(sizeof header);
  if (header.kind != static_cast<std::uint32_t>(kind)) {
    return fail(Errc::kCorrupt, "starts with {:08x}, not with {:08x}", header.kind,
                static_cast<std::uint32_t>(kind));
  }
  if (header.version != kEnvelopeVersion) {
    return fail(Errc::kCorrupt, "format version {}; this program reads version {}", header.version,
                kEnvelopeVersion);
  }
  if (header.length != payload.size()) {
    return fail(Errc::kCorrupt, "the header announces {} bytes, {} are there", header.length,
                payload.size());
  }
  if (const auto actual = checksum_of(key, payload); actual != header.checksum) {
    return fail(Errc::kCorrupt, "checksum is {:016x}, should be {:016x}", actual, header.checksum);
  }
  return payload;
}

}  // namespace dk::storage
