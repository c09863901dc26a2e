// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/wire.hpp"

namespace dk {

std::uint32_t protocol_version() {
  return kProtocolVersion;
}

Result<void> check_protocol(const std::string& who, std::uint32_t version) {
  constexpr auto kNewest = kProtocolVersion + 1;
  if (version >= kOldestProtocol && version <= kNewest) return {};
  return fail(Errc::kInvalid,
              "{} speaks version {} of the protocol between nodes; this one speaks version {} and "
              "understands {} to {}: upgrade one version after the other",
              who, version, kProtocolVersion, kOldestProtocol, kNewest);
}

caf::error write_added(caf::serializer& sink, std::string bytes) {
  return sink(bytes);
}

}  // namespace dk
