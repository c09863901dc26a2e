// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/bundle.hpp"

#include "actors/security/authority.hpp"
#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::security {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using testing::HasSubstr;

const WallTime kNow = WallTime{} + hours(24 * 365 * 40);
constexpr hours kYear{24 * 365};

/// An authority, and a bundle that it made.
class BundleTest : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_TRUE(AuthorityFolder::create(dir_ / "ca", "cluster", 10 * kYear, kNow));
    EXPECT_TRUE(write_bundle(path(), issue("n1")));
  }
  Bundle issue(const std::string& name) {
    auto authority = AuthorityFolder::open(dir_ / "ca");
    return authority->issue({name, Role::kNode, {"n1"}, kYear, kNow}).value();
  }
  [[nodiscard]] fs::path path() const { return dir_ / "n1"; }
  void expect_refused(const std::string& why, WallTime now = kNow) const {
    const auto bundle = read_bundle(path(), now);
    ASSERT_FALSE(bundle);
    EXPECT_THAT(bundle.error().message, HasSubstr(why));
    EXPECT_THAT(bundle.error().message, HasSubstr(path().string()));
  }
  void replace(const char* file, const std::string& text) const {
    EXPECT_TRUE(write_file_atomic(path() / file, std::as_bytes(std::span(text))));
    fs::permissions(path() / file, fs::perms::owner_read | fs::perms::owner_write);
  }

  test::TempDir dir_;
};

TEST_F(BundleTest, IsReadAsItWasWritten) {
  const auto bundle = read_bundle(path(), kNow);
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->identity, (Identity{"n1", Role::kNode}));
  EXPECT_EQ(fs::status(path() / "node.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(BundleTest, IsNeverWrittenOverAnother) {
  const auto written = write_bundle(path(), issue("n1"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kInUse);
}

TEST_F(BundleTest, ThatHasExpiredIsRefused) {
  expect_refused("certificate has expired", kNow + 2 * kYear);
  expect_refused("not yet valid", kNow - hours(2));
}

TEST_F(BundleTest, ThatIsRevokedIsRefused) {
  auto authority = AuthorityFolder::open(dir_ / "ca");
  ASSERT_TRUE(authority->revoke("n1", "", kNow));
  replace("crl.pem", authority->revocations());
  expect_refused("certificate revoked");
}

TEST_F(BundleTest, OfAnotherAuthorityIsRefused) {
  ASSERT_TRUE(AuthorityFolder::create(dir_ / "other", "cluster", kYear, kNow));
  replace("ca.pem", *read_file(dir_ / "other" / "ca.pem"));
  fs::remove(path() / "crl.pem");
  expect_refused("is not accepted");
}

TEST_F(BundleTest, WithAnotherKeyIsRefused) {
  replace("node.key", issue("n2").key);
  expect_refused("node.key does not belong to node.pem");
}

TEST_F(BundleTest, WithAKeyThatEverybodyReadsIsRefused) {
  fs::permissions(path() / "node.key", fs::perms::others_read, fs::perm_options::add);
  expect_refused("chmod 600");
}

TEST_F(BundleTest, WithoutAFileSaysWhichAndHowToMakeOne) {
  fs::remove(path() / "node.pem");
  expect_refused("it has no node.pem; `dk-node certs issue");
}

TEST_F(BundleTest, WithOtherTextInAFileIsRefused) {
  replace("node.key", "secret");
  expect_refused("node.key holds no private key");
}

}  // namespace
}  // namespace dk::security
