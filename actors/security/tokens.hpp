// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/duration.hpp"
#include "actors/security/role.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dk::security {

/// What is kept of a bearer token: who gets in with it, and the SHA-256 of its text. The text has
/// 256 random bits, so that its hash needs neither salt nor work.
struct Token {
  std::string name;
  Role role = Role::kViewer;
  std::string sha256;  ///< hexadecimal
  WallTime added;
  WallTime expires;
};

/// The users of an HTTP API who have a bearer token: one file, changed by `dk-node tokens` while a
/// node reads it. Thread-safe.
class TokenFile {
 public:
  static constexpr auto kName = "tokens.json";
  static constexpr std::chrono::hours kLifetime{24 * 90};

  explicit TokenFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Makes a token and gives its text, which is never seen again. Others of the same name stay
  /// good.
  Result<std::string> add(const Identity& who, std::chrono::seconds lifetime, WallTime now);
  /// Forgets all tokens of this name; how many. kNotFound.
  Result<std::size_t> revoke(const std::string& name);
  /// As they are now. kInvalid: the file is not in order.
  Result<std::vector<Token>> list() const;

  /// Who shows this token; reads the file again when it has changed. kInvalid: there is no
  /// such token, or it has expired; kIo, kCorrupt: the file is not in order,
  /// and nobody gets in.
  Result<Identity> identify(std::string_view text, WallTime now);

 private:
  template <class Change>
  Result<void> change(const Change& change);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::string seen_;
  Result<std::vector<Token>> tokens_;
};

}  // namespace dk::security
