// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_gateway.hpp"
#include "actors/api/http_server.hpp"
#include "tests/actors/api/fake_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <future>
#include <vector>

namespace dk {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;

class HttpLimitsTest : public testing::Test {
 protected:
  void start(const HttpLimits& limits) {
    server = std::move(*HttpServer::start(gateway, "127.0.0.1", 0, {}, limits));
  }
  httplib::Client client() { return httplib::Client("127.0.0.1", server->port()); }

  test::FakeGateway gateway;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpLimitsTest, AClientThatAsksTooOftenIsToldWhenToComeAgain) {
  start({.requests_per_second = 0.1, .burst = 2});
  EXPECT_EQ(client().Get("/api/v1/jobs")->status, 200);
  EXPECT_EQ(client().Get("/api/v1/jobs")->status, 200);
  const auto refused = client().Get("/api/v1/jobs");
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->get_header_value("Retry-After"), "10");
  EXPECT_EQ(json::parse(refused->body)["error"]["code"], "too_many_requests");
}

TEST_F(HttpLimitsTest, OurOwnClientComesAgainByItself) {
  start({.requests_per_second = 1, .burst = 1});
  const auto gateway_of_client =
      std::move(*HttpGateway::open(fmt::format("http://127.0.0.1:{}", server->port())));
  EXPECT_TRUE(gateway_of_client->jobs());
  EXPECT_TRUE(gateway_of_client->jobs());
}

TEST_F(HttpLimitsTest, AConnectionTooManyIsSentAwayAtOnceAndTheOthersAreServed) {
  start({.connections = {.all = 2}});
  std::vector<std::future<httplib::Result>> followers;
  for (int i = 0; i < 2; ++i) {
    followers.push_back(std::async(std::launch::async, [this] {
      auto follower = client();
      return follower.Get("/api/v1/jobs/7/events");
    }));
  }
  gateway.await_followers(2);
  const auto refused = client().Get("/api/v1/jobs");
  ASSERT_TRUE(refused) << httplib::to_string(refused.error());
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->get_header_value("Retry-After"), "1");
  EXPECT_THAT(refused->body, HasSubstr("too many connections"));
  gateway.end_job();
  for (auto& follower : followers) EXPECT_EQ(follower.get()->status, 200);
}

TEST_F(HttpLimitsTest, WhatIsNotThereNowSaysWhenToAskAgain) {
  start({});
  gateway.fail_with(Errc::kUnavailable, "no checkpoint yet");
  EXPECT_EQ(client().Get("/api/v1/jobs/7/weights")->get_header_value("Retry-After"), "1");
}

TEST_F(HttpLimitsTest, ARequestKeepsItsOwnIdIfThatIsAPlainOne) {
  start({});
  const auto id_of = [this](const httplib::Headers& headers) {
    return client().Get("/api/v1/jobs", headers)->get_header_value("X-Request-Id");
  };
  EXPECT_EQ(id_of({{"X-Request-Id", "deploy-17.a_b"}}), "deploy-17.a_b");
  const auto made = MatchesRegex("[0-9a-f]{16}");
  EXPECT_THAT(id_of({}), made);
  EXPECT_THAT(id_of({{"X-Request-Id", "two words"}}), made);
  EXPECT_THAT(id_of({{"X-Request-Id", std::string(65, 'a')}}), made);
  EXPECT_NE(id_of({}), id_of({}));
}

TEST_F(HttpLimitsTest, TheSupervisorsOwnTroubleIsToldWithTheIdThatItsLogHas) {
  start({});
  gateway.fail_with(Errc::kCorrupt, "a damaged record");
  const auto gateway_of_client =
      std::move(*HttpGateway::open(fmt::format("http://127.0.0.1:{}", server->port())));
  EXPECT_THAT(gateway_of_client->jobs().error().message,
              MatchesRegex("a damaged record \\(request [0-9a-f]{16}\\)"));
}

TEST_F(HttpLimitsTest, ATokenInTheAddressIsRefused) {
  start({});
  const auto refused = client().Get("/api/v1/jobs?access_token=secret");
  EXPECT_EQ(refused->status, 400);
  EXPECT_THAT(refused->body, HasSubstr("belongs into the Authorization header"));
  EXPECT_THAT(refused->body, testing::Not(HasSubstr("secret\"")));
}

TEST_F(HttpLimitsTest, AnUnknownPathAndABodyTooLargeHaveAnIdToo) {
  start({});
  EXPECT_NE(client().Get("/nowhere")->get_header_value("X-Request-Id"), "");
  const auto large = client().Post("/api/v1/jobs", std::string((8 << 20) + 1, ' '), "text/plain");
  ASSERT_TRUE(large);
  EXPECT_EQ(large->status, 413);
  EXPECT_NE(json::parse(large->body)["error"]["request_id"], "");
}

}  // namespace
}  // namespace dk
