// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/authority.hpp"

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
const CertificateRequest kRequest{"n1", Role::kNode, {"n1"}, kYear, kNow};

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() { EXPECT_TRUE(AuthorityFolder::create(path(), "cluster", 10 * kYear, kNow)); }
  [[nodiscard]] fs::path path() const { return dir_ / "ca"; }
  AuthorityFolder open() {
    auto authority = AuthorityFolder::open(path());
    EXPECT_TRUE(authority) << authority.error().message;
    return std::move(*authority);
  }
  test::TempDir dir_;
};

TEST_F(AuthorityTest, KeepsItsKeyToItsOwner) {
  EXPECT_EQ(fs::status(path() / "ca.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
}

TEST_F(AuthorityTest, IsNotMadeTwiceInOneFolder) {
  const auto again = AuthorityFolder::create(path(), "cluster", kYear, kNow);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kInUse);
  EXPECT_THAT(again.error().message, HasSubstr("holds an authority already"));
}

TEST_F(AuthorityTest, IsChangedByOneProcessAtATime) {
  const auto one = open();
  const auto other = AuthorityFolder::open(path());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kInUse);
}

TEST_F(AuthorityTest, ThatIsNotThereIsToldHowToMake) {
  const auto authority = AuthorityFolder::open(dir_ / "none");
  ASSERT_FALSE(authority);
  EXPECT_THAT(authority.error().message, HasSubstr("`dk-node certs init --certs "));
}

TEST_F(AuthorityTest, RemembersWhatItHasIssuedAndRevoked) {
  const auto first = open().issue(kRequest)->facts.serial;
  const auto second = open().issue(kRequest)->facts.serial;
  const auto revoked = open().revoke("n1", first, kNow);
  ASSERT_TRUE(revoked);
  ASSERT_EQ(revoked->size(), 1U);
  EXPECT_EQ(revoked->front().serial, first);
  const auto rest = open().revoke("n1", "", kNow);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->front().serial, second);
  EXPECT_TRUE(open().revoke("n1", "", kNow)->empty());
}

TEST_F(AuthorityTest, DoesNotRevokeWhatItHasNotIssued) {
  const auto revoked = open().revoke("n2", "", kNow);
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, Errc::kNotFound);
}

TEST_F(AuthorityTest, GivesNewBundlesTheListOfRevokedOnes) {
  auto authority = open();
  ASSERT_TRUE(authority.issue(kRequest));
  ASSERT_TRUE(authority.revoke("n1", "", kNow));
  EXPECT_EQ(authority.issue(kRequest)->revocations, authority.revocations());
}

}  // namespace
}  // namespace dk::security
