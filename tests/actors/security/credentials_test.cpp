// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/credentials.hpp"

#include "tests/support/test_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::security {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CredentialsTest : public testing::Test {
 protected:
  std::shared_ptr<Credentials> open(const fs::path& bundle) {
    auto opened =
        Credentials::open(bundle, [this](const std::string& line) { warnings_.push_back(line); });
    EXPECT_TRUE(opened) << opened.error().message;
    return opened.value_or(nullptr);
  }
  static Certificate certificate_in(const fs::path& bundle) {
    return certificate_from_pem(*read_file(bundle / "node.pem"), "node.pem").value();
  }
  static void copy(const fs::path& from, const fs::path& to) {
    fs::copy(from, to, fs::copy_options::overwrite_existing | fs::copy_options::recursive);
  }
  test::TestAuthority authority_;
  std::vector<std::string> warnings_;
};

TEST_F(CredentialsTest, AreNotReadAgainWithoutNeed) {
  const auto credentials = open(authority_.bundle("n1"));
  const auto generation = credentials->generation();
  credentials->refresh();
  EXPECT_EQ(credentials->generation(), generation);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(CredentialsTest, TakeANewCertificateFromTheirFolder) {
  const auto bundle = authority_.bundle("n1");
  const auto credentials = open(bundle);
  const auto before = credentials->expires();
  copy(authority_.bundle("n1", Role::kNode, 2 * test::TestAuthority::kYear), bundle);
  credentials->refresh();
  EXPECT_GT(credentials->expires(), before);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("have been read again")));
}

TEST_F(CredentialsTest, StayAsTheyWereWhileTheirFolderIsNotInOrder) {
  const auto bundle = authority_.bundle("n1");
  const auto credentials = open(bundle);
  const auto other = authority_.bundle("n2");
  fs::copy_file(other / "node.pem", bundle / "node.pem", fs::copy_options::overwrite_existing);
  credentials->refresh();
  EXPECT_EQ(credentials->identity().name, "n1");
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("node.key does not belong to node.pem")));
  copy(other, bundle);
  credentials->refresh();
  EXPECT_EQ(credentials->identity().name, "n2");
}

TEST_F(CredentialsTest, TurnAwayWhoIsRevokedLater) {
  const auto bundle = authority_.bundle("n1");
  const auto friendly = certificate_in(authority_.bundle("n2"));
  const auto credentials = open(bundle);
  EXPECT_TRUE(credentials->check(*friendly));
  authority_.revoke("n2", bundle);
  const auto generation = credentials->generation();
  credentials->refresh();
  EXPECT_NE(credentials->generation(), generation);
  const auto checked = credentials->check(*friendly);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "certificate revoked");
}

TEST_F(CredentialsTest, WarnOnceWhenTheyEndSoon) {
  const auto credentials =
      open(authority_.bundle("n1", Role::kNode, std::chrono::hours(24 * 29 + 1)));
  credentials->refresh();
  credentials->refresh();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("(in 29 days)")));
}

}  // namespace
}  // namespace dk::security
