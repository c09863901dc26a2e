// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/duration.hpp"
#include "actors/security/role.hpp"
#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace dk::security {

/// A certificate and its private key, each PEM text.
struct KeyPair {
  std::string certificate;
  std::string key;
};

/// What an authority is asked to sign. The subject is `CN=name, O=dk-ROLE`: a node's certificate is
/// for both ends of a connection, a user's only for the client's.
struct CertificateRequest {
  std::string name;
  Role role = Role::kNode;
  /// DNS names and IP addresses under which the node is dialled. Loopback is always among them.
  std::vector<std::string> hosts{};
  std::chrono::seconds lifetime{};
  WallTime now;
};

struct Revocation {
  std::string serial;  ///< hexadecimal
  WallTime since;
};

/// What is to be read in a certificate.
struct CertificateFacts {
  std::string name;
  std::string organization;  ///< `dk-ROLE`, or another authority's own
  std::string issuer;
  std::string serial;  ///< hexadecimal
  std::vector<std::string> hosts;
  WallTime not_before;
  WallTime not_after;
};

/// A new authority: an EC P-256 key and a certificate that it signs itself (X.509 v3, SHA-256). It
/// may sign certificates of nodes and users, but no further authorities.
[[nodiscard]] Result<KeyPair> make_authority(const std::string& name, std::chrono::seconds lifetime,
                                             WallTime now);

/// A new EC P-256 key and its certificate, valid from an hour before `now`, because clocks differ.
/// kInvalid: a name or host that is none, or a lifetime beyond the authority's.
[[nodiscard]] Result<KeyPair> issue_certificate(const KeyPair& authority,
                                                const CertificateRequest& request);

/// PEM text; holds until the authority ends. kInvalid.
[[nodiscard]] Result<std::string> make_revocation_list(const KeyPair& authority,
                                                       const std::vector<Revocation>& revoked,
                                                       WallTime now);

/// The revocations in a list that `authority`'s certificate signed. kInvalid otherwise.
[[nodiscard]] Result<std::vector<Revocation>> read_revocation_list(
    std::string_view pem, const std::string& authority_certificate, std::string_view what);

[[nodiscard]] CertificateFacts facts_of(const x509_st& certificate);
/// kInvalid: `what` is no certificate.
[[nodiscard]] Result<CertificateFacts> facts_of(std::string_view pem, std::string_view what);

/// Who a certificate of our authority stands for. kInvalid: it is for something else.
[[nodiscard]] Result<Identity> identity_of(const CertificateFacts& facts);

}  // namespace dk::security
