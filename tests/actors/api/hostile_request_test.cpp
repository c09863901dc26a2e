// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"
#include "tests/actors/api/fake_gateway.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dk {
namespace {

class HostileRequest : public testing::Test {
 protected:
  void SetUp() override { server = std::move(*HttpServer::start(gateway, "127.0.0.1", 0)); }
  void TearDown() override { EXPECT_EQ(client().Get("/api/v1/jobs")->status, 200); }

  httplib::Client client() { return httplib::Client("127.0.0.1", server->port()); }
  httplib::Result post(const std::string& body) {
    return client().Post("/api/v1/jobs", body, "application/json");
  }
  /// What comes back for these bytes, until the server closes.
  std::string send_raw(const std::string& bytes) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    ::shutdown(socket, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(socket);
    return answer;
  }

  test::FakeGateway gateway;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HostileRequest, BadJobBodiesAreBadRequests) {
  const std::vector<std::string> bodies{
      "",
      "{",
      "[]",
      "\xff\xfe",
      std::string(200'000, '['),
      R"({"descriptor":7,"base_directory":"/"})",
      R"({"descriptor":"x"})",
      R"({"descriptor":"x","base_directory":"relative"})",
      R"({"descriptor":"x","base_directory":"/","overrides":"seed=1"})",
      R"({"descriptor":"x","base_directory":"/","overrides":[1]})",
      R"({"descriptor":"x","base_directory":"/","desciptor":"typo"})"};
  for (const auto& body : bodies) {
    const auto response = post(body);
    ASSERT_TRUE(response) << body.substr(0, 80);
    EXPECT_EQ(response->status, 400) << body.substr(0, 80);
    EXPECT_EQ(nlohmann::json::parse(response->body)["error"]["code"], "invalid");
  }
}

TEST_F(HostileRequest, ABodyOverTheLimitIsRefusedWithoutKeepingIt) {
  const auto response = post(std::string(std::size_t{9} << 20, 'x'));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
}

TEST_F(HostileRequest, AChunkedBodyOverTheLimitIsRefused) {
  std::string request =
      "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 9; ++i)
    request.append("100000\r\n").append(std::size_t{1} << 20, 'x').append("\r\n");
  EXPECT_TRUE(send_raw(request + "0\r\n\r\n").starts_with("HTTP/1.1 413"));
}

TEST_F(HostileRequest, ALongPathIsRefused) {
  EXPECT_EQ(client().Get(fmt::format("/api/v1/jobs/{:9>8000}", 1))->status, 400);
  EXPECT_EQ(client().Get(fmt::format("/{:a>20000}", 1))->status, 414);
}

TEST_F(HostileRequest, AnEndlessLineIsCutOff) {
  const std::string endless(std::size_t{20} << 20, 'a');
  send_raw(fmt::format("GET /{}", endless));
  send_raw(fmt::format("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}", endless));
}

TEST_F(HostileRequest, GarbageIsNotACrash) {
  send_raw("");
  send_raw("\r\n\r\n");
  send_raw(std::string(4096, '\0'));
  send_raw("GET\r\n\r\n");
  send_raw("POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{}");
  send_raw("POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{}");
  send_raw("GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nRange: bytes=9-1,-,0-\r\n\r\n");
}

TEST_F(HostileRequest, UnknownPathsAndMethodsAreExplained) {
  for (const auto* path : {"/", "/api/v1", "/api/v1/job", "/api/v1/jobs/7/x", "/../etc/passwd"}) {
    const auto response = client().Get(path);
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_EQ(nlohmann::json::parse(response->body)["error"]["code"], "not_found") << path;
  }
  EXPECT_EQ(client().Delete("/api/v1/jobs/7")->status, 404);
  EXPECT_EQ(client().Put("/api/v1/jobs/7", "x", "text/plain")->status, 404);
}

TEST_F(HostileRequest, BadQueryParametersAreNamed) {
  for (const auto* query :
       {"from=x", "from=-1", "from=", "wait_ms=1e3", "wait_ms=999999999", "follow=perhaps"}) {
    const auto response = client().Get(std::string("/api/v1/jobs/7/events?") + query);
    EXPECT_EQ(response->status, 400) << query;
  }
}

TEST_F(HostileRequest, AHostThatIsNotThisMachineIsRefused) {
  for (const auto* host : {"evil.org", "evil.org:80", "127.0.0.1.evil.org", "10.0.0.1"}) {
    const auto response = client().Get("/api/v1/jobs", httplib::Headers{{"Host", host}});
    EXPECT_EQ(response->status, 400) << host;
  }
  EXPECT_TRUE(send_raw("GET /api/v1/jobs HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_F(HostileRequest, AnotherSitesPageIsRefused) {
  for (const auto* origin : {"http://evil.org", "null", "https://localhost.evil.org"}) {
    const auto response = client().Post("/api/v1/jobs/7/cancel",
                                        httplib::Headers{{"Origin", origin}}, "", "text/plain");
    EXPECT_EQ(response->status, 400) << origin;
  }
  EXPECT_FALSE(gateway.cancelled);
  EXPECT_EQ(
      client().Get("/api/v1/jobs", httplib::Headers{{"Origin", "http://localhost:80"}})->status,
      200);
}

}  // namespace
}  // namespace dk
