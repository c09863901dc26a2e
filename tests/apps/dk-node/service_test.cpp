// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/service.hpp"

#include "tests/support/notify_socket.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace dk {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() { ::setenv("NOTIFY_SOCKET", socket_.path().c_str(), 1); }
  ~ServiceTest() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  [[nodiscard]] std::string heard() const { return socket_.next(0ms); }
  test::NotifySocket socket_;
};

TEST_F(ServiceTest, IsReadyOnceWhenTheNodeHasJoined) {
  Service service;
  service.beat({false, "looking"});
  EXPECT_EQ(heard(), "WATCHDOG=1\nSTATUS=looking");
  service.beat({true, "in cluster c"});
  EXPECT_EQ(heard(), "WATCHDOG=1\nREADY=1\nSTATUS=in cluster c");
  service.beat({true, "in cluster c"});
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(ServiceTest, IsReadyWithoutAClusterAfterAWhile) {
  Service service;
  const auto beats = Service::kReadyAfter / service.period();
  for (int i = 0; i < beats; ++i) {
    service.beat({false, "looking"});
    EXPECT_THAT(heard(), Not(HasSubstr("READY=1")));
  }
  service.beat({false, "looking"});
  EXPECT_THAT(heard(), HasSubstr("READY=1"));
}

TEST_F(ServiceTest, BeatsThreeTimesAsOftenAsTheWatchdogLooks) {
  EXPECT_EQ(Service().period(), Service::kLongestPeriod);
  ::setenv("WATCHDOG_USEC", "300000", 1);
  EXPECT_EQ(Service().period(), 100ms);
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  EXPECT_EQ(Service().period(), Service::kLongestPeriod);
}

TEST_F(ServiceTest, SaysHowLongEndingMayTake) {
  Service().stopping(30s, "handing over");
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=handing over\nEXTEND_TIMEOUT_USEC=40000000");
}

TEST_F(ServiceTest, NeedsNoBeatsWhenNobodyListens) {
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_EQ(Service().period(), 0ms);
}

}  // namespace
}  // namespace dk
