// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/tokens.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::security {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime kNow = WallTime{} + 24h * 365 * 40;

class TokenFileTest : public testing::Test {
 protected:
  std::string add(const std::string& name, Role role = Role::kViewer) {
    auto text = TokenFile(path_).add({name, role}, 1h, kNow);
    EXPECT_TRUE(text) << text.error().message;
    return text.value_or("");
  }
  void expect_refused(std::string_view text, const std::string& why, WallTime now = kNow) {
    const auto who = tokens_.identify(text, now);
    ASSERT_FALSE(who);
    EXPECT_THAT(who.error().message, HasSubstr(why));
  }
  test::TempDir dir_;
  std::filesystem::path path_ = dir_ / TokenFile::kName;
  TokenFile tokens_{path_};
};

TEST_F(TokenFileTest, KnowsWhoShowsATokenThatWasAddedAfterItWasOpened) {
  expect_refused("dk_00", "not known");
  const auto ann = add("ann", Role::kSubmitter);
  const auto bob = add("bob", Role::kOperator);
  EXPECT_NE(ann, bob);
  EXPECT_EQ(ann.size(), 67U);
  EXPECT_EQ(tokens_.identify(ann, kNow), (Identity{"ann", Role::kSubmitter}));
  EXPECT_EQ(tokens_.identify(bob, kNow), (Identity{"bob", Role::kOperator}));
}

TEST_F(TokenFileTest, KeepsNoTokenAndNoFileForOthers) {
  const auto token = add("ann");
  const auto text = read_file(path_);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, Not(HasSubstr(token.substr(3))));
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(TokenFileTest, RefusesWhatIsNearlyAToken) {
  const auto token = add("ann");
  expect_refused("", "not known");
  expect_refused(token.substr(0, 66), "not known");
  expect_refused(token + "0", "not known");
  expect_refused(std::string(100'000, 'a'), "not known");
  expect_refused("dk_" + std::string(64, '0'), "not known");
}

TEST_F(TokenFileTest, RefusesATokenThatHasExpired) {
  const auto token = add("ann");
  EXPECT_TRUE(tokens_.identify(token, kNow + 59min));
  expect_refused(token, "has expired", kNow + 1h);
}

TEST_F(TokenFileTest, RefusesATokenThatWasRevoked) {
  const auto first = add("ann");
  const auto second = add("ann");
  const auto other = add("bob");
  EXPECT_TRUE(tokens_.identify(first, kNow));
  EXPECT_EQ(TokenFile(path_).revoke("ann"), 2U);
  expect_refused(first, "not known");
  expect_refused(second, "not known");
  EXPECT_TRUE(tokens_.identify(other, kNow));
  EXPECT_EQ(TokenFile(path_).revoke("ann").error().code, Errc::kNotFound);
}

TEST_F(TokenFileTest, LetsNobodyInWhileTheFileIsDamaged) {
  const auto token = add("ann");
  const std::string damaged = "{\"format\":1,\"tokens\":[{}]}";
  ASSERT_TRUE(write_file_atomic(path_, std::as_bytes(std::span(damaged))));
  expect_refused(token, "tokens.json");
  EXPECT_FALSE(TokenFile(path_).add({"bob", Role::kViewer}, 1h, kNow));
}

TEST_F(TokenFileTest, GivesNoneToANodeOrANameThatIsNone) {
  EXPECT_FALSE(TokenFile(path_).add({"n1", Role::kNode}, 1h, kNow));
  EXPECT_FALSE(TokenFile(path_).add({"a\nb", Role::kViewer}, 1h, kNow));
}

}  // namespace
}  // namespace dk::security
