// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_gateway.hpp"

#include "actors/api/http_server.hpp"
#include "tests/actors/api/fake_gateway.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

namespace dk {
namespace {

using std::chrono::milliseconds;
constexpr JobId kJob = test::FakeGateway::kJob;

class HttpGatewayTest : public testing::Test {
 protected:
  void SetUp() override {
    start(0);
    client = std::move(*HttpGateway::open(url()));
  }
  void start(std::uint16_t port) {
    auto started = HttpServer::start(supervisor, "127.0.0.1", port);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server->port()); }

  test::FakeGateway supervisor;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpGateway> client;
};

TEST_F(HttpGatewayTest, EveryCallReturnsWhatTheSupervisorSays) {
  supervisor.weights_of_job = Bytes(100'000, std::byte{3});
  EXPECT_EQ(*client->jobs(), *supervisor.jobs());
  EXPECT_EQ(*client->nodes(), *supervisor.nodes());
  EXPECT_EQ(*client->status(kJob), *supervisor.status(kJob));
  EXPECT_EQ(*client->spec(kJob), *supervisor.spec(kJob));
  EXPECT_EQ(*client->architecture(kJob), *supervisor.architecture(kJob));
  EXPECT_EQ(*client->weights(kJob), supervisor.weights_of_job);
  EXPECT_TRUE(client->cancel(kJob));
  EXPECT_TRUE(supervisor.cancelled);
  EXPECT_TRUE(client->resume(kJob));
  EXPECT_TRUE(supervisor.resumed);
  EXPECT_TRUE(client->drain("node-1", true));
  EXPECT_TRUE(supervisor.draining);
  EXPECT_TRUE(client->drain("node-1", false));
  EXPECT_FALSE(supervisor.draining);
  EXPECT_EQ(client->drain("node-2", true).error().code, Errc::kNotFound);
}

TEST_F(HttpGatewayTest, SubmitCarriesTheWholeRequest) {
  EXPECT_EQ(*client->submit({"name: \"x\"\n", "a.yaml", "/base", {"seed=3"}}), kJob);
  EXPECT_EQ(supervisor.last_request.descriptor, "name: \"x\"\n");
  EXPECT_EQ(supervisor.last_request.source, "a.yaml");
  EXPECT_EQ(supervisor.last_request.base_directory, "/base");
  EXPECT_EQ(supervisor.last_request.overrides, std::vector<std::string>{"seed=3"});
}

TEST_F(HttpGatewayTest, ErrorsKeepTheirCodeAndMessage) {
  const Error expected{Errc::kNotFound, "there is no job 9"};
  EXPECT_EQ(client->status(JobId(9)).error(), expected);
  EXPECT_EQ(client->weights(JobId(9)).error(), expected);
  EXPECT_EQ(client->cancel(JobId(9)).error(), expected);
  EXPECT_EQ(client->events(JobId(9), 0, milliseconds(0)).error(), expected);
}

TEST_F(HttpGatewayTest, EventPagesFollowEachOther) {
  supervisor.add_event("{\"n\":0}");
  supervisor.add_event("{\"n\":1}");
  const auto first = client->events(kJob, 0, milliseconds(0));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->events, (std::vector<std::string>{"{\"n\":0}", "{\"n\":1}"}));
  EXPECT_EQ(first->next, 2U);
  EXPECT_FALSE(first->ended);
  supervisor.end_job();
  const auto last = client->events(kJob, first->next, milliseconds(5000));
  EXPECT_TRUE(last->events.empty());
  EXPECT_EQ(last->next, 2U);
  EXPECT_TRUE(last->ended);
}

TEST_F(HttpGatewayTest, ASupervisorThatCameBackContinuesAtTheSameEvent) {
  supervisor.add_event("{\"n\":0}");
  const auto before = client->events(kJob, 0, milliseconds(0));
  const auto port = server->port();
  server->stop();
  server.reset();
  EXPECT_EQ(client->events(kJob, before->next, milliseconds(0)).error().code, Errc::kUnavailable);
  supervisor.add_event("{\"n\":1}");
  start(port);
  const auto after = client->events(kJob, before->next, milliseconds(0));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->events, std::vector<std::string>{"{\"n\":1}"});
}

TEST_F(HttpGatewayTest, NobodyThereIsUnavailableWithWhatToDo) {
  const auto address = url();
  server->stop();
  server.reset();
  EXPECT_EQ(client->jobs().error(),
            (Error{Errc::kUnavailable,
                   "cannot reach the supervisor at " + address +
                       " (connection refused or no such host); start one with `dk-node "
                       "--supervisor`, or name another with --supervisor URL, --cluster NAME or "
                       "DK_SUPERVISOR"}));
}

TEST(HttpGateway, AnotherKindOfServerIsNamedAsSuch) {
  httplib::Server other;
  const int port = other.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { other.listen_after_bind(); });
  while (!other.is_running()) std::this_thread::yield();
  const auto client = std::move(*HttpGateway::open(fmt::format("http://127.0.0.1:{}", port)));
  const auto jobs = client->jobs();
  EXPECT_EQ(jobs.error().code, Errc::kInvalid);
  EXPECT_NE(jobs.error().message.find("not as a supervisor does"), std::string::npos);
  other.stop();
  thread.join();
}

TEST(HttpGateway, AnAddressOfAnotherFormIsRefused) {
  for (const auto* url : {"", "127.0.0.1:7300", "ftp://127.0.0.1:7300", "http://",
                          "http://127.0.0.1", "http://127.0.0.1:7300/api", "http://a@b:1"}) {
    const auto client = HttpGateway::open(url);
    ASSERT_FALSE(client) << url;
    EXPECT_EQ(client.error().code, Errc::kInvalid);
  }
  EXPECT_TRUE(HttpGateway::open("http://[::1]:7300/"));
  EXPECT_TRUE(HttpGateway::open("https://n1.lan:7300,https://10.0.0.7:7300"));
}

TEST_F(HttpGatewayTest, AStandbyNamesTheSupervisorAndTheCallGoesThere) {
  test::FakeGateway standby;
  standby.leader = Elsewhere{"b is a standby", fmt::format("127.0.0.1:{}", server->port())};
  supervisor.weights_of_job = Bytes(100'000, std::byte{3});
  auto other = std::move(*HttpServer::start(standby, "127.0.0.1", 0));
  auto asking = std::move(*HttpGateway::open(fmt::format("http://127.0.0.1:{}", other->port())));
  EXPECT_EQ(*asking->status(kJob), *supervisor.status(kJob));
  EXPECT_EQ(*asking->weights(kJob), supervisor.weights_of_job);
  EXPECT_EQ(*asking->submit({"name: x", "a.yaml", "/base", {}}), kJob);
  EXPECT_EQ(supervisor.last_request.descriptor, "name: x");
}

TEST_F(HttpGatewayTest, AStandbyThatKnowsNoSupervisorSaysSo) {
  supervisor.leader = Elsewhere{"b is a standby, and no supervisor is elected yet", {}};
  const Error expected{Errc::kUnavailable, "b is a standby, and no supervisor is elected yet"};
  EXPECT_EQ(client->status(kJob).error(), expected);
}

TEST_F(HttpGatewayTest, OfSeveralAddressesTheOneThatAnswersIsKept) {
  test::FakeGateway gone;
  auto dead = std::move(*HttpServer::start(gone, "127.0.0.1", 0));
  const auto dead_url = fmt::format("http://127.0.0.1:{}", dead->port());
  dead->stop();
  dead.reset();
  auto asking = std::move(*HttpGateway::open(dead_url + "," + url()));
  EXPECT_EQ(*asking->status(kJob), *supervisor.status(kJob));
  EXPECT_EQ(*asking->submit({"name: x", "a.yaml", "/base", {}}), kJob);
  server->stop();
  server.reset();
  const auto error = asking->status(kJob).error();
  EXPECT_EQ(error.code, Errc::kUnavailable);
  EXPECT_NE(error.message.find(dead_url + " ("), std::string::npos) << error.message;
}

}  // namespace
}  // namespace dk
