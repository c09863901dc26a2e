// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/advertise.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

TEST(Advertise, AWildcardIsNoAddressToDial) {
  EXPECT_TRUE(is_wildcard("0.0.0.0"));
  EXPECT_TRUE(is_wildcard("::"));
  EXPECT_FALSE(is_wildcard("127.0.0.1"));
  EXPECT_FALSE(is_wildcard("n1.lan"));
}

TEST(Advertise, TheAddressTowardsLoopbackIsLoopback) {
  const auto address = address_towards("127.0.0.1", 7301);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(*address, "127.0.0.1");
}

TEST(Advertise, AHostThatIsNotKnownIsNamed) {
  const auto address = address_towards("no-such-host.invalid", 7301);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kUnavailable);
  EXPECT_NE(address.error().message.find("no-such-host.invalid"), std::string::npos);
}

}  // namespace
}  // namespace dk
