// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/certificates.hpp"
#include "actors/security/openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

/// What certificates and lists of revoked ones are made with.
namespace dk::security {

using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using Time = std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>>;

/// What is signed is valid from so long ago on.
inline constexpr std::chrono::hours kClocksDiffer{1};

/// An authority whose key belongs to its certificate.
struct Authority {
  Certificate certificate;
  Key key;
};
[[nodiscard]] Result<Authority> parse_authority(const KeyPair& pair);

[[nodiscard]] Time asn1_time(WallTime time);
[[nodiscard]] WallTime wall_time(const ASN1_TIME* time);
[[nodiscard]] std::string hexadecimal(const ASN1_INTEGER* serial);

/// Signing and the like fail for want of memory or randomness only: kInternal.
[[nodiscard]] tl::unexpected<Error> broken(std::string_view doing);

}  // namespace dk::security
