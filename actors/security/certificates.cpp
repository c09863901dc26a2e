// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/certificates.hpp"

#include "actors/security/signing.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace dk::security {
namespace {

using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

constexpr long kVersion3 = 2;
constexpr int kSerialBits = 127;
constexpr std::string_view kOrganization = "dk-";

Integer random_serial() {
  const Number number(::BN_new());
  if (!number || ::BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1)
    return {};
  return Integer(::BN_to_ASN1_INTEGER(number.get(), nullptr));
}

bool set_name(X509_NAME* name, const char* field, std::string_view value) {
  return ::X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
}

std::string entry(const X509_NAME* name, int field) {
  const int at = ::X509_NAME_get_index_by_NID(name, field, -1);
  // Two of a kind are as good as none: which of them would count?
  if (at < 0 || ::X509_NAME_get_index_by_NID(name, field, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ::ASN1_STRING_to_UTF8(&text, ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string result(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  ::OPENSSL_free(text);
  return result;
}

bool is_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

Result<std::string> alternative_name(const std::string& host) {
  constexpr std::size_t kLongestDnsName = 253;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  };
  if (is_address(host)) return "IP:" + host;
  if (!host.empty() && host.size() <= kLongestDnsName && host.front() != '.' &&
      host.front() != '-' && std::ranges::all_of(host, allowed)) {
    return "DNS:" + host;
  }
  return fail(Errc::kInvalid, "'{}' is neither a host's name nor an IP address", host);
}

/// A certificate that is being made, and who signs it.
struct Draft {
  X509& certificate;
  X509& issuer;

  bool add(int kind, const std::string& value) const {
    X509V3_CTX context;
    ::X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const Extension extension(::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && ::X509_add_ext(&certificate, extension.get(), -1) == 1;
  }
};

Result<Certificate> begin_certificate(EVP_PKEY& key, WallTime from, WallTime to) {
  Certificate certificate(::X509_new());
  const auto serial = random_serial();
  const auto first = asn1_time(from);
  const auto last = asn1_time(to);
  if (certificate && serial && first && last &&
      ::X509_set_version(certificate.get(), kVersion3) == 1 &&
      ::X509_set_serialNumber(certificate.get(), serial.get()) == 1 &&
      ::X509_set1_notBefore(certificate.get(), first.get()) == 1 &&
      ::X509_set1_notAfter(certificate.get(), last.get()) == 1 &&
      ::X509_set_pubkey(certificate.get(), &key) == 1) {
    return certificate;
  }
  return broken("make a certificate");
}

Result<std::string> alternative_names(const CertificateRequest& request) {
  auto hosts = request.hosts;
  if (request.role == Role::kNode)
    hosts.insert(hosts.end(), {std::string("localhost"), "127.0.0.1", "::1"});
  std::string names;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (std::find(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(i), hosts[i]) !=
        hosts.begin() + static_cast<std::ptrdiff_t>(i))
      continue;
    DK_TRY_ASSIGN(const auto name, alternative_name(hosts[i]));
    names += (names.empty() ? "" : ",") + name;
  }
  return names;
}

Result<void> add_extensions(const Draft& draft, const CertificateRequest& request) {
  DK_TRY_ASSIGN(const auto names, alternative_names(request));
  const bool node = request.role == Role::kNode;
  if (draft.add(NID_basic_constraints, "critical,CA:FALSE") &&
      draft.add(NID_key_usage, "critical,digitalSignature") &&
      draft.add(NID_ext_key_usage, node ? "serverAuth,clientAuth" : "clientAuth") &&
      draft.add(NID_subject_key_identifier, "hash") &&
      draft.add(NID_authority_key_identifier, "keyid:always") &&
      (names.empty() || draft.add(NID_subject_alt_name, names))) {
    return {};
  }
  return broken("make a certificate");
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ::ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, ::ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

std::vector<std::string> hosts_of(const X509& certificate) {
  std::vector<std::string> hosts;
  const Names names(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      hosts.emplace_back(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(::ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      hosts.push_back(address_text(name->d.iPAddress));
    }
  }
  return hosts;
}

}  // namespace

Result<KeyPair> make_authority(const std::string& name, std::chrono::seconds lifetime,
                               WallTime now) {
  DK_TRY(check_name(name));
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return broken("make a key");
  DK_TRY_ASSIGN(const auto certificate,
                begin_certificate(*key, now - kClocksDiffer, now + lifetime));
  auto* subject = ::X509_get_subject_name(certificate.get());
  const Draft draft{*certificate, *certificate};
  if (!set_name(subject, "CN", name) || !set_name(subject, "O", "dk-authority") ||
      ::X509_set_issuer_name(certificate.get(), subject) != 1 ||
      !draft.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !draft.add(NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !draft.add(NID_subject_key_identifier, "hash") ||
      ::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) == 0) {
    return broken("make a certificate");
  }
  return KeyPair{to_pem(*certificate), to_pem(*key)};
}

Result<KeyPair> issue_certificate(const KeyPair& authority, const CertificateRequest& request) {
  DK_TRY(check_name(request.name));
  DK_TRY_ASSIGN(const auto issuer, parse_authority(authority));
  const auto end = request.now + request.lifetime;
  const auto last = wall_time(::X509_get0_notAfter(issuer.certificate.get()));
  if (end > last) {
    return fail(Errc::kInvalid,
                "a certificate until {} would outlive the authority, which ends {} (in {})",
                iso_time(end), iso_time(last), time_left(last, request.now));
  }
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return broken("make a key");
  DK_TRY_ASSIGN(const auto certificate, begin_certificate(*key, request.now - kClocksDiffer, end));
  auto* subject = ::X509_get_subject_name(certificate.get());
  if (!set_name(subject, "CN", request.name) ||
      !set_name(subject, "O", fmt::format("{}{}", kOrganization, to_string(request.role))) ||
      ::X509_set_issuer_name(certificate.get(),
                             ::X509_get_subject_name(issuer.certificate.get())) != 1) {
    return broken("make a certificate");
  }
  DK_TRY(add_extensions({*certificate, *issuer.certificate}, request));
  if (::X509_sign(certificate.get(), issuer.key.get(), ::EVP_sha256()) == 0)
    return broken("sign a certificate");
  return KeyPair{to_pem(*certificate), to_pem(*key)};
}

CertificateFacts facts_of(const X509& certificate) {
  const auto* subject = ::X509_get_subject_name(&certificate);
  return {entry(subject, NID_commonName),
          entry(subject, NID_organizationName),
          entry(::X509_get_issuer_name(&certificate), NID_commonName),
          hexadecimal(::X509_get0_serialNumber(&certificate)),
          hosts_of(certificate),
          wall_time(::X509_get0_notBefore(&certificate)),
          wall_time(::X509_get0_notAfter(&certificate))};
}

Result<CertificateFacts> facts_of(std::string_view pem, std::string_view what) {
  DK_TRY_ASSIGN(const auto certificate, certificate_from_pem(pem, what));
  return facts_of(*certificate);
}

Result<Identity> identity_of(const CertificateFacts& facts) {
  if (facts.organization.starts_with(kOrganization) && check_name(facts.name)) {
    const auto role = role_from(std::string_view(facts.organization).substr(kOrganization.size()));
    if (role) return Identity{facts.name, *role};
  }
  return fail(Errc::kInvalid, "the certificate of '{}' ({}) is neither a node's nor a user's",
              facts.name, facts.organization);
}

}  // namespace dk::security
