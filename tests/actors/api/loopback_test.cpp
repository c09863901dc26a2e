// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/loopback.hpp"

#include <gtest/gtest.h>

namespace dk::api {
namespace {

TEST(Loopback, OnlyThisMachinesOwnAddressesAreLoopback) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.8.9.1", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const auto* host : {"", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.org", "127.evil.org",
                           "localhost.evil.org", "evil.org"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Loopback, HostOfCutsThePortOff) {
  EXPECT_EQ(host_of("127.0.0.1:7300"), "127.0.0.1");
  EXPECT_EQ(host_of("localhost"), "localhost");
  EXPECT_EQ(host_of("[::1]:7300"), "::1");
  EXPECT_EQ(host_of("[::1]"), "::1");
}

TEST(Loopback, HostOfRefusesWhatIsNotHostAndPort) {
  for (const auto* text : {"", "[::1", "localhost:", "localhost:x", "localhost:1@evil.org",
                           "::1:7300", "[::1]x", "localhost:123456"}) {
    EXPECT_EQ(host_of(text), "") << text;
  }
}

}  // namespace
}  // namespace dk::api
