// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/certificates.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace dk::security {

/// What one machine or user has: a folder with `ca.pem`, `node.pem`, `node.key` (readable by its
/// owner only) and `crl.pem`.
struct Bundle {
  std::string authority;    ///< ca.pem
  std::string certificate;  ///< node.pem
  std::string key;          ///< node.key
  std::string revocations;  ///< crl.pem; empty when there is none

  CertificateFacts facts{};
  Identity identity{};
};

struct BundleFiles {
  static constexpr auto kAuthority = "ca.pem";
  static constexpr auto kCertificate = "node.pem";
  static constexpr auto kKey = "node.key";
  static constexpr auto kRevocations = "crl.pem";
};

/// Reads a bundle and checks it: the key fits its certificate and is not open to everybody, the
/// authority signed it, and it is valid at `now` and not revoked. kNotFound, kInvalid or kIo, with
/// the file and what to do.
[[nodiscard]] Result<Bundle> read_bundle(const std::filesystem::path& directory, WallTime now);

/// kInvalid, with the command that mends it, when a file with a secret in it is open to others than
/// its owner (its group may read it). kIo.
[[nodiscard]] Result<void> check_is_private(const std::filesystem::path& file);

/// Makes the folder, which must not be there or be empty: at once or not at all. kInUse.
[[nodiscard]] Result<void> write_bundle(const std::filesystem::path& directory,
                                        const Bundle& bundle);

/// kInUse when something is in it.
[[nodiscard]] Result<void> check_new_folder(const std::filesystem::path& directory);

/// The three commands with which a cluster gets its certificates, for the error message of a node
/// that needs some. `host` is where the node listens.
[[nodiscard]] std::string how_to_make_bundles(const std::string& name, const std::string& host);

/// Writes a file that only its owner may read (or, with `everybody`, all), then syncs it. kInUse
/// when it is there already.
[[nodiscard]] Result<void> write_new_file(const std::filesystem::path& path, std::string_view text,
                                          bool everybody);

}  // namespace dk::security
