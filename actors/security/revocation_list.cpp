// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/signing.hpp"

#include <openssl/x509v3.h>

namespace dk::security {
namespace {

constexpr long kRevocationVersion2 = 1;

bool add_revoked(X509_CRL& list, const Revocation& revocation) {
  BIGNUM* parsed = nullptr;
  const bool is_number =
      ::BN_hex2bn(&parsed, revocation.serial.c_str()) == static_cast<int>(revocation.serial.size());
  const Number number(parsed);
  if (!is_number || !number) return false;
  const Integer serial(::BN_to_ASN1_INTEGER(number.get(), nullptr));
  const auto since = asn1_time(revocation.since);
  std::unique_ptr<X509_REVOKED, FreeWith<X509_REVOKED_free>> item(::X509_REVOKED_new());
  if (!serial || !since || !item ||
      ::X509_REVOKED_set_serialNumber(item.get(), serial.get()) != 1 ||
      ::X509_REVOKED_set_revocationDate(item.get(), since.get()) != 1 ||
      ::X509_CRL_add0_revoked(&list, item.get()) != 1) {
    return false;
  }
  static_cast<void>(item.release());
  return true;
}

/// Its number grows from one list to the next.
bool number_list(X509_CRL& list, WallTime now) {
  const Integer number(::ASN1_INTEGER_new());
  return number && ::ASN1_INTEGER_set_int64(number.get(), WallClock::to_time_t(now)) == 1 &&
         ::X509_CRL_add1_ext_i2d(&list, NID_crl_number, number.get(), 0, 0) == 1;
}

}  // namespace

Result<std::string> make_revocation_list(const KeyPair& authority,
                                         const std::vector<Revocation>& revoked, WallTime now) {
  DK_TRY_ASSIGN(const auto issuer, parse_authority(authority));
  const RevocationList list(::X509_CRL_new());
  const auto from = asn1_time(now - kClocksDiffer);
  if (!list || !from || ::X509_CRL_set_version(list.get(), kRevocationVersion2) != 1 ||
      ::X509_CRL_set_issuer_name(list.get(), ::X509_get_subject_name(issuer.certificate.get())) !=
          1 ||
      ::X509_CRL_set1_lastUpdate(list.get(), from.get()) != 1 ||
      ::X509_CRL_set1_nextUpdate(list.get(), ::X509_get0_notAfter(issuer.certificate.get())) != 1 ||
      !number_list(*list, now)) {
    return broken("make a list of revoked certificates");
  }
  for (const auto& revocation : revoked) {
    if (!add_revoked(*list, revocation))
      return fail(Errc::kInvalid, "'{}' is no certificate's serial number", revocation.serial);
  }
  if (::X509_CRL_sort(list.get()) != 1 ||
      ::X509_CRL_sign(list.get(), issuer.key.get(), ::EVP_sha256()) == 0) {
    return broken("sign a list of revoked certificates");
  }
  return to_pem(*list);
}

Result<std::vector<Revocation>> read_revocation_list(std::string_view pem,
                                                     const std::string& authority_certificate,
                                                     std::string_view what) {
  DK_TRY_ASSIGN(const auto list, revocations_from_pem(pem, what));
  DK_TRY_ASSIGN(const auto authority,
                certificate_from_pem(authority_certificate, "the authority's certificate"));
  if (::X509_CRL_verify(list.get(), ::X509_get0_pubkey(authority.get())) != 1) {
    static_cast<void>(last_openssl_error());
    return fail(Errc::kInvalid, "{} is another authority's list of revoked certificates", what);
  }
  std::vector<Revocation> revoked;
  auto* items = ::X509_CRL_get_REVOKED(list.get());
  for (int i = 0; i < sk_X509_REVOKED_num(items); ++i) {
    const auto* item = sk_X509_REVOKED_value(items, i);
    revoked.push_back({hexadecimal(::X509_REVOKED_get0_serialNumber(item)),
                       wall_time(::X509_REVOKED_get0_revocationDate(item))});
  }
  return revoked;
}

}  // namespace dk::security
