// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"

#include "tests/actors/api/fake_gateway.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <future>

namespace dk {
namespace {

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = HttpServer::start(gateway, "127.0.0.1", 0);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  httplib::Client client() { return httplib::Client("127.0.0.1", server->port()); }
  httplib::Result get(const std::string& path) { return client().Get("/api/v1" + path); }
  httplib::Result post(const std::string& path, const std::string& body) {
    return client().Post("/api/v1" + path, body, "application/json");
  }
  static std::string message_of(const httplib::Result& result) {
    return nlohmann::json::parse(result->body)["error"]["message"];
  }

  test::FakeGateway gateway;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTest, ReadsAnswerWithTheGatewaysJson) {
  EXPECT_EQ(get("/jobs")->body, R"([{"id":7,"name":"mlp","state":"running","submitter":""}])");
  EXPECT_EQ(get("/jobs/7")->body, R"({"id":7,"state":"running"})");
  EXPECT_EQ(get("/jobs/7/spec")->body, R"({"name":"mlp"})");
  EXPECT_EQ(get("/jobs/7/architecture")->body, R"({"class_name":"Sequential"})");
  EXPECT_EQ(get("/nodes")->body, R"([{"name":"node-1","state":"alive"}])");
  EXPECT_EQ(get("/nodes")->get_header_value("Content-Type"), "application/json");
}

TEST_F(HttpServerTest, PostingAJobPassesEveryFieldAndReturnsItsId) {
  const auto response = post("/jobs", R"({"descriptor":"name: x","source":"x.yaml",
    "base_directory":"/data","overrides":["seed=2"]})");
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, R"({"id":7})");
  EXPECT_EQ(gateway.last_request.descriptor, "name: x");
  EXPECT_EQ(gateway.last_request.source, "x.yaml");
  EXPECT_EQ(gateway.last_request.base_directory, "/data");
  EXPECT_EQ(gateway.last_request.overrides, std::vector<std::string>{"seed=2"});
}

TEST_F(HttpServerTest, CancelReachesTheGateway) {
  EXPECT_EQ(client().Post("/api/v1/jobs/7/cancel")->status, 200);
  EXPECT_TRUE(gateway.cancelled);
}

TEST_F(HttpServerTest, CancellingAnEndedJobIsAConflict) {
  gateway.fail_with(Errc::kInvalid, "job 7 has finished");
  EXPECT_EQ(post("/jobs/7/cancel", "")->status, 409);
}

TEST_F(HttpServerTest, WeightsAreTheBytesOfTheGateway) {
  gateway.weights_of_job.resize((std::size_t{3} << 20) + 5, std::byte{0x5a});
  gateway.weights_of_job.front() = std::byte{0};
  const auto response = get("/jobs/7/weights");
  EXPECT_EQ(response->get_header_value("Content-Type"), "application/octet-stream");
  const auto expected = std::as_bytes(std::span(response->body));
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), gateway.weights_of_job.begin(),
                         gateway.weights_of_job.end()));
}

TEST_F(HttpServerTest, EachErrorHasItsStatusAndItsMessage) {
  const std::vector<std::pair<Errc, int>> cases{{Errc::kInvalid, 400},     {Errc::kNotFound, 404},
                                                {Errc::kInUse, 409},       {Errc::kCorrupt, 500},
                                                {Errc::kUnavailable, 503}, {Errc::kInternal, 500}};
  for (const auto& [code, status] : cases) {
    gateway.fail_with(code, "the reason");
    for (const auto* path : {"/jobs", "/jobs/7", "/jobs/7/weights", "/jobs/7/events"}) {
      const auto response = get(path);
      EXPECT_EQ(response->status, status) << path;
      EXPECT_EQ(nlohmann::json::parse(response->body)["error"]["code"], to_string(code));
      EXPECT_EQ(message_of(response), "the reason");
    }
  }
}

TEST_F(HttpServerTest, AnExceptionIsAnInternalErrorAndTheServerGoesOn) {
  gateway.throw_from_now_on();
  EXPECT_EQ(get("/jobs")->status, 500);
  EXPECT_EQ(message_of(get("/jobs/7/events")), "broken inside");
}

TEST_F(HttpServerTest, AnIdThatIsNoNumberIsNamed) {
  for (const auto* id : {"abc", "0", "-1", "7x", "18446744073709551616", "%00"}) {
    EXPECT_EQ(get(std::string("/jobs/") + id)->status, 400) << id;
  }
  EXPECT_EQ(message_of(get("/jobs/abc")),
            "the job's id must be a whole number from 1 to 18446744073709551615, not 'abc'");
  EXPECT_EQ(get("/jobs/8")->status, 404);
}

TEST_F(HttpServerTest, EventsWithoutFollowAreWhatIsThere) {
  gateway.add_event("{\"n\":0}");
  gateway.add_event("{\"n\":1}");
  const auto response = get("/jobs/7/events?follow=false&from=1");
  EXPECT_EQ(response->body, "{\"n\":1}\n");
  EXPECT_EQ(response->get_header_value("DK-Next-Event"), "2");
  EXPECT_EQ(response->get_header_value("DK-Ended"), "false");
}

TEST_F(HttpServerTest, EventsWithAWaitReturnOnceOneComes) {
  auto response = std::async(std::launch::async,
                             [&] { return get("/jobs/7/events?follow=false&wait_ms=30000"); });
  gateway.await_follower();
  gateway.add_event("{\"n\":0}");
  EXPECT_EQ(response.get()->body, "{\"n\":0}\n");
}

TEST_F(HttpServerTest, TheEventStreamEndsWithTheJob) {
  gateway.add_event("{\"n\":0}");
  auto response = std::async(std::launch::async, [&] { return get("/jobs/7/events?from=0"); });
  gateway.await_follower();
  gateway.add_event("{\"n\":1}");
  gateway.end_job();
  EXPECT_EQ(response.get()->body, "{\"n\":0}\n{\"n\":1}\n");
}

TEST_F(HttpServerTest, StopEndsOpenStreamsWithinASecond) {
  auto response = std::async(std::launch::async, [&] { return get("/jobs/7/events"); });
  gateway.await_follower();
  const auto before = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
  EXPECT_FALSE(response.get()) << "a stream that was broken off must not look complete";
}

TEST_F(HttpServerTest, ManyFollowersDoNotStarveShortRequests) {
  std::vector<std::future<httplib::Result>> streams;
  for (int i = 0; i < 30; ++i) {
    streams.push_back(std::async(std::launch::async, [&] { return get("/jobs/7/events"); }));
  }
  EXPECT_EQ(get("/jobs")->status, 200);
  gateway.end_job();
  for (auto& stream : streams) {
    const auto response = stream.get();
    EXPECT_TRUE(response->status == 200 || response->status == 503) << response->status;
  }
}

TEST_F(HttpServerTest, ATakenPortIsInUseAndNamed) {
  const auto second = HttpServer::start(gateway, "127.0.0.1", server->port());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kInUse);
  EXPECT_EQ(second.error().message,
            fmt::format("cannot listen on 127.0.0.1:{}: the port is in use", server->port()));
}

TEST_F(HttpServerTest, OffLoopbackIsRefused) {
  for (const auto* host : {"0.0.0.0", "10.1.2.3", "example.org", ""}) {
    const auto result = HttpServer::start(gateway, host, 0);
    ASSERT_FALSE(result) << host;
    EXPECT_EQ(result.error().code, Errc::kInvalid);
    EXPECT_NE(result.error().message.find("needs certificates"), std::string::npos);
  }
}

}  // namespace
}  // namespace dk
