// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/wire.hpp"

// In place of actors/wire.cpp this makes a daemon of the release after this one, in which every
// message has a new field.

namespace dk {
namespace {

constexpr auto kNext = kProtocolVersion + 1;

}  // namespace

std::uint32_t protocol_version() {
  return kNext;
}

Result<void> check_protocol(const std::string& who, std::uint32_t version) {
  if (version == kProtocolVersion || version == kNext) return {};
  return fail(Errc::kInvalid, "{} speaks version {}", who, version);
}

caf::error write_added(caf::serializer& sink, std::string bytes) {
  bytes += "a field that version 10 has never heard of";
  return sink(bytes);
}

}  // namespace dk
