// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/bundle.hpp"
#include "actors/security/openssl.hpp"
#include "base/result.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace dk::security {

/// A machine's bundle in use: TLS 1.2 or newer, no session is resumed (so that every connection is
/// checked against the list of revoked certificates), and what is replaced in the folder is used
/// without a restart. Thread-safe.
class Credentials {
 public:
  /// Who may be at the other end.
  enum class Peer {
    kNode,   ///< a node of our cluster: on the wire between nodes, or an API that is asked
    kAnyone  ///< who has a certificate of our authority, or none: the HTTP API's clients
  };
  /// One line for the log: what could not be read again, or that the certificate ends soon.
  using Warn = std::function<void(const std::string&)>;

  /// kNotFound, kInvalid or kIo as `read_bundle`. SIGPIPE is ignored from then on, because libssl
  /// writes to sockets without asking about it.
  static Result<std::shared_ptr<Credentials>> open(const std::filesystem::path& directory,
                                                   Warn warn);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] Identity identity() const;
  [[nodiscard]] WallTime expires() const;

  /// A session on a socket (which it does not own). With a `host`, the peer's certificate has to be
  /// for that. kInternal.
  [[nodiscard]] Result<Session> session(Peer peer, int socket, const std::string& host = {}) const;

  /// Reads the folder again if a file in it has changed; until the new files are in order, the old
  /// ones stay. Warns once a day when less than 30 days are left.
  void refresh();
  /// Changes when `refresh` has read something new.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Whether a peer that was let in before still would be: kInvalid when it has been revoked or has
  /// expired.
  [[nodiscard]] Result<void> check(X509& certificate) const;

 private:
  struct Loaded;

  Credentials(std::filesystem::path directory, Warn warn);
  Result<void> load(WallTime now);
  [[nodiscard]] std::shared_ptr<const Loaded> loaded() const;
  [[nodiscard]] std::string fingerprint() const;

  std::filesystem::path directory_;
  Warn warn_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;
  std::string seen_;  ///< sizes and times of the files that were read last
  WallTime warned_{};
  std::atomic<std::uint64_t> generation_ = 0;
};

/// Who is at the other end of a session whose handshake is done; kInvalid without a certificate.
[[nodiscard]] Result<Identity> peer_of(const SSL& session);
/// Why a handshake failed, in words for a log.
[[nodiscard]] std::string handshake_failure(const SSL& session);

}  // namespace dk::security
