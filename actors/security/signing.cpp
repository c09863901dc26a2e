// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/signing.hpp"

#include <ctime>

namespace dk::security {

Result<Authority> parse_authority(const KeyPair& pair) {
  Authority authority;
  DK_TRY_ASSIGN(authority.certificate,
                certificate_from_pem(pair.certificate, "the authority's certificate"));
  DK_TRY_ASSIGN(authority.key, key_from_pem(pair.key, "the authority's key"));
  if (::X509_check_private_key(authority.certificate.get(), authority.key.get()) != 1)
    return fail(Errc::kInvalid, "the authority's key does not belong to its certificate");
  return authority;
}

Time asn1_time(WallTime time) {
  return Time(::ASN1_TIME_set(nullptr, WallClock::to_time_t(time)));
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  return ::ASN1_TIME_to_tm(time, &parts) == 1 ? WallClock::from_time_t(::timegm(&parts))
                                              : WallTime{};
}

std::string hexadecimal(const ASN1_INTEGER* serial) {
  const Number number(::ASN1_INTEGER_to_BN(serial, nullptr));
  char* text = number ? ::BN_bn2hex(number.get()) : nullptr;
  std::string result = text != nullptr ? text : "";
  ::OPENSSL_free(text);
  return result;
}

tl::unexpected<Error> broken(std::string_view doing) {
  return fail(Errc::kInternal, "cannot {}: {}", doing, last_openssl_error());
}

}  // namespace dk::security
