// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/bundle.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dk::security {

/// A cluster's own certificate authority: a folder on a machine that is no part of the cluster,
/// with `ca.pem`, `ca.key`, `crl.pem` and `issued/NAME-SERIAL.pem`. One process at a time changes
/// it.
class AuthorityFolder {
 public:
  static constexpr std::chrono::hours kLifetime{24 * 3650};
  static constexpr std::chrono::hours kCertificateLifetime{24 * 365};

  /// Makes a new one. kInUse when there is one in this folder.
  static Result<void> create(const std::filesystem::path& directory, const std::string& name,
                             std::chrono::seconds lifetime, WallTime now);
  /// kNotFound, kInvalid, kIo; kInUse while another process changes it.
  static Result<AuthorityFolder> open(const std::filesystem::path& directory);

  AuthorityFolder(AuthorityFolder&& other) noexcept;
  AuthorityFolder& operator=(AuthorityFolder&&) = delete;
  ~AuthorityFolder();

  /// A bundle for a machine or user, not yet written. What was issued under the same name before
  /// stays valid until it is revoked or ends, so that one can take the other's place.
  Result<Bundle> issue(const CertificateRequest& request);

  /// Revokes all that was issued to `name` (or one serial of it, when that is not empty), and gives
  /// what is newly revoked. kNotFound: nothing was issued to it.
  Result<std::vector<CertificateFacts>> revoke(const std::string& name, const std::string& serial,
                                               WallTime now);

  [[nodiscard]] const CertificateFacts& facts() const { return facts_; }
  /// The list of revoked certificates, as every node has to have it.
  [[nodiscard]] const std::string& revocations() const { return revocations_; }

 private:
  AuthorityFolder(std::filesystem::path directory, int lock)
      : directory_(std::move(directory)), lock_(lock) {}
  Result<void> read();
  Result<std::vector<CertificateFacts>> issued_to(const std::string& name) const;

  std::filesystem::path directory_;
  int lock_;
  KeyPair keys_;
  CertificateFacts facts_;
  std::string revocations_;
  std::vector<Revocation> revoked_;
};

}  // namespace dk::security
