// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/role.hpp"

#include <gtest/gtest.h>

namespace dk::security {
namespace {

TEST(Role, HasTheNameItIsReadFrom) {
  for (const auto role : {Role::kViewer, Role::kSubmitter, Role::kOperator, Role::kNode})
    EXPECT_EQ(role_from(to_string(role)), role);
}

TEST(Role, OfAnotherNameIsRefusedWithWhatIsAllowed) {
  const auto role = role_from("root");
  ASSERT_FALSE(role);
  EXPECT_EQ(role.error().message, "'root' is no role; there are viewer, submitter and operator");
}

TEST(Name, IsWhatAFileNameMayBe) {
  for (const auto* good : {"a", "node-1.rack_2", "7", "A.b"}) EXPECT_TRUE(check_name(good)) << good;
  for (const auto* bad : {"", ".", "../a", "a/b", "-a", "a b", "a\n", "é"})
    EXPECT_FALSE(check_name(bad)) << bad;
  EXPECT_FALSE(check_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace dk::security
