// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/authority.hpp"
#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace dk::test {

/// A certificate authority and the bundles that it makes, in a folder that goes away with it.
class TestAuthority {
 public:
  using Role = security::Role;
  using WallClock = security::WallClock;
  static constexpr std::chrono::hours kYear{24 * 365};

  TestAuthority() {
    EXPECT_TRUE(security::AuthorityFolder::create(dir_ / "ca", "cluster", 10 * kYear, now_));
  }

  /// A bundle of this machine, or of a user.
  std::filesystem::path bundle(const std::string& name, Role role = Role::kNode,
                               std::chrono::seconds lifetime = kYear) {
    return make(name, {name, role, {}, lifetime, now_});
  }
  /// One of a machine that is dialled at this host.
  std::filesystem::path bundle_for(const std::string& name, const std::string& host) {
    return make(name, {name, Role::kNode, {host}, kYear, now_});
  }
  /// One that ended an hour ago.
  std::filesystem::path expired(const std::string& name) {
    return make(name, {name, Role::kNode, {}, std::chrono::hours(1), now_ - std::chrono::hours(2)});
  }
  /// Revokes all that was issued to `name`, and tells the holder of that bundle.
  void revoke(const std::string& name, const std::filesystem::path& holder) {
    auto authority = security::AuthorityFolder::open(dir_ / "ca");
    EXPECT_TRUE(authority->revoke(name, "", now_));
    EXPECT_TRUE(
        write_file_atomic(holder / "crl.pem", std::as_bytes(std::span(authority->revocations()))));
  }
  [[nodiscard]] std::filesystem::path folder() const { return dir_ / "ca"; }
  /// Where its bundles are.
  [[nodiscard]] std::filesystem::path directory() const { return dir_.path(); }

 private:
  std::filesystem::path make(const std::string& name, const security::CertificateRequest& request) {
    auto authority = security::AuthorityFolder::open(dir_ / "ca");
    const auto bundle = authority->issue(request);
    EXPECT_TRUE(bundle) << bundle.error().message;
    auto path = dir_ / name;
    for (int i = 2; std::filesystem::exists(path); ++i) path = dir_ / fmt::format("{}-{}", name, i);
    EXPECT_TRUE(security::write_bundle(path, *bundle));
    return path;
  }

  TempDir dir_;
  WallClock::time_point now_ = WallClock::now();
};

}  // namespace dk::test
