// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/access.hpp"

#include "actors/api/http_gateway.hpp"
#include "actors/api/http_server.hpp"
#include "actors/security/handshake.hpp"
#include "tests/actors/api/fake_gateway.hpp"
#include "tests/support/test_authority.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <mutex>
#include <vector>

namespace dk {
namespace {

using security::Role;
using security::WallClock;
using testing::HasSubstr;
constexpr JobId kJob = test::FakeGateway::kJob;

/// An API over TLS with job 7, which is ann's.
class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    supervisor_.submitter_of_job = "ann";
    start({});
  }

  void start(const HttpLimits& limits) {
    auto credentials = security::Credentials::open(bundle_, [](const std::string&) {});
    EXPECT_TRUE(credentials) << credentials.error().message;
    const auto note = [this](const std::string&, const std::string& why) {
      const std::lock_guard lock(mutex_);
      refusals_.push_back(why);
    };
    auto started = HttpServer::start(supervisor_, "127.0.0.1", 0,
                                     api::Security{*credentials, tokens_, note}, limits);
    EXPECT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  std::string token(const std::string& name, Role role,
                    WallClock::time_point now = WallClock::now()) {
    return tokens_->add({name, role}, std::chrono::hours(1), now).value();
  }
  [[nodiscard]] std::unique_ptr<HttpGateway> as(const HttpUser& user) const {
    auto opened = HttpGateway::open(fmt::format("https://127.0.0.1:{}", server_->port()), user);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<HttpGateway> with_token(const std::string& text) const {
    return as({text, bundle_ / "ca.pem", {}});
  }
  /// Without a library that could be kinder than curl is.
  [[nodiscard]] httplib::Result get(const std::string& path,
                                    const httplib::Headers& headers) const {
    httplib::Client client(fmt::format("https://127.0.0.1:{}", server_->port()));
    client.set_ca_cert_path(bundle_ / "ca.pem");
    return client.Get(path, headers);
  }

  test::TestAuthority authority_;
  std::filesystem::path bundle_ = authority_.bundle("server");
  std::shared_ptr<security::TokenFile> tokens_ =
      std::make_shared<security::TokenFile>(bundle_ / security::TokenFile::kName);
  test::FakeGateway supervisor_;
  std::mutex mutex_;
  std::vector<std::string> refusals_;
  std::unique_ptr<HttpServer> server_;
};

template <class T>
void expect_denied(const Result<T>& result, const std::string& why) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kInvalid);
  EXPECT_THAT(result.error().message, HasSubstr(why));
}

TEST_F(AccessTest, OperatorsMayDoEverything) {
  const auto api = with_token(token("op", Role::kOperator));
  EXPECT_TRUE(api->jobs());
  EXPECT_TRUE(api->submit({"name: x\n", "a.yaml", "/base", {}}));
  EXPECT_EQ(supervisor_.last_request.submitter, "op");
  EXPECT_TRUE(api->cancel(kJob));
  EXPECT_TRUE(api->drain("node-1", true));
  EXPECT_TRUE(api->weights(kJob));
}

TEST_F(AccessTest, AnAddressHasItsShareOfTheConnectionsAndNoMore) {
  HttpLimits limits;
  limits.connections.of_an_address = 2;
  start(limits);
  const auto user = token("op", Role::kOperator);
  std::vector<std::future<Result<EventPage>>> followers;
  for (int i = 0; i < 2; ++i) {
    followers.push_back(std::async(std::launch::async, [this, user] {
      return with_token(user)->events(kJob, 0, std::chrono::seconds(20));
    }));
  }
  supervisor_.await_followers(2);
  const auto refused = with_token(user)->jobs();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("too many connections"));
  supervisor_.end_job();
  for (auto& follower : followers) EXPECT_TRUE(follower.get());
}

TEST_F(AccessTest, ASupervisorWhoseCertificateIsRevokedIsNotTalkedTo) {
  const auto mine = authority_.bundle("laptop");
  ASSERT_TRUE(as({{}, {}, mine})->jobs());
  authority_.revoke("server", mine);
  const auto jobs = as({{}, {}, mine})->jobs();
  ASSERT_FALSE(jobs);
  EXPECT_EQ(jobs.error().code, Errc::kUnavailable);
  EXPECT_THAT(jobs.error().message, HasSubstr("revoked"));
  EXPECT_TRUE(with_token(token("op", Role::kOperator))->jobs()) << "its user has no list";
}

TEST_F(AccessTest, ViewersSeeEverythingAndChangeNothing) {
  const auto api = with_token(token("vic", Role::kViewer));
  EXPECT_EQ(api->jobs()->size(), 1U);
  EXPECT_TRUE(api->status(kJob));
  EXPECT_TRUE(api->nodes());
  expect_denied(api->cancel(kJob), "'vic' is a viewer; POST /api/v1/jobs/7/cancel takes a");
  expect_denied(api->submit({"name: x\n", "a.yaml", "/base", {}}), "takes a submitter");
  expect_denied(api->drain("node-1", true), "takes an operator");
  expect_denied(api->prune_checkpoints(kJob, {CheckpointId(1)}), "takes a submitter");
  EXPECT_FALSE(supervisor_.cancelled);
  EXPECT_FALSE(supervisor_.draining);
}

TEST_F(AccessTest, SubmittersSeeAndTouchTheirOwnJobsOnly) {
  const auto ann = with_token(token("ann", Role::kSubmitter));
  const auto bob = with_token(token("bob", Role::kSubmitter));
  EXPECT_EQ(ann->jobs()->size(), 1U);
  EXPECT_EQ(bob->jobs()->size(), 0U);
  EXPECT_TRUE(ann->status(kJob));
  expect_denied(bob->status(kJob), "job 7 is not one of yours, 'bob'");
  expect_denied(bob->events(kJob, 0, std::chrono::milliseconds(0)), "not one of yours");
  expect_denied(bob->weights(kJob), "not one of yours");
  expect_denied(bob->cancel(kJob), "not one of yours");
  expect_denied(bob->resume(kJob), "not one of yours");
  EXPECT_FALSE(supervisor_.cancelled);
  EXPECT_TRUE(ann->cancel(kJob));
  expect_denied(ann->drain("node-1", true), "takes an operator");
}

TEST_F(AccessTest, NobodyGetsInWithoutATokenThatIsGood) {
  const auto good = token("op", Role::kOperator);
  expect_denied(with_token("")->jobs(), "who are you?");
  expect_denied(with_token(good + "0")->jobs(), "not known here");
  expect_denied(
      with_token(token("late", Role::kOperator, WallClock::now() - std::chrono::hours(2)))->jobs(),
      "has expired");
  EXPECT_TRUE(with_token(good)->jobs());
  ASSERT_TRUE(tokens_->revoke("op"));
  expect_denied(with_token(good)->jobs(), "not known here");
}

TEST_F(AccessTest, DenialsAreJsonWithTheRightStatus) {
  const auto nobody = get("/api/v1/jobs", {});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->status, 401);
  EXPECT_EQ(nobody->get_header_value("WWW-Authenticate"), "Bearer");
  EXPECT_THAT(nobody->body, HasSubstr(R"("code":"unauthenticated")"));
  const auto viewer =
      get("/api/v1/secrets", {{"Authorization", "Bearer " + token("vic", Role::kViewer)}});
  ASSERT_TRUE(viewer);
  EXPECT_EQ(viewer->status, 403);
  EXPECT_THAT(viewer->body, HasSubstr(R"("code":"forbidden")"));
  EXPECT_EQ(get("/api/v1/jobs", {{"Authorization", "Basic b3A6b3A="}})->status, 401);
  EXPECT_EQ(get("/api/v1/jobs?token=" + token("op", Role::kOperator), {})->status, 400);
  EXPECT_EQ(get("/api/v1/jobs", {{"Authorization", "Bearer " + token("op", Role::kOperator)},
                                 {"Origin", "https://evil.example"}})
                ->status,
            400);
}

TEST_F(AccessTest, CertificatesStandForTheirRole) {
  const auto viewer = as({{}, {}, authority_.bundle("vic", Role::kViewer)});
  EXPECT_TRUE(viewer->jobs());
  expect_denied(viewer->cancel(kJob), "'vic' is a viewer");
  EXPECT_TRUE(as({{}, {}, authority_.bundle("node")})->cancel(kJob));
}

TEST_F(AccessTest, CertificatesOfOthersOpenNothing) {
  test::TestAuthority foreign;
  const auto stranger = foreign.bundle("stranger", Role::kOperator);
  const auto denied = as({{}, bundle_ / "ca.pem", stranger})->jobs();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Errc::kUnavailable);
  const auto mistrusting = as({{}, {}, stranger})->jobs();
  ASSERT_FALSE(mistrusting);
  EXPECT_THAT(mistrusting.error().message, HasSubstr("not one of our authority"));
}

TEST_F(AccessTest, NothingIsSaidInTheClear) {
  const auto opened = HttpGateway::open(fmt::format("http://127.0.0.1:{}", server_->port()));
  EXPECT_EQ((*opened)->jobs().error().code, Errc::kUnavailable);
  EXPECT_TRUE(with_token(token("op", Role::kOperator))->jobs());
}

TEST_F(AccessTest, UsersAreAnsweredWhileStrangersHoldHandshakesOpen) {
  std::vector<security::Socket> strangers;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 60; ++i) {
    strangers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(
        ::connect(strangers.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
        0);
    ::send(strangers.back().get(), "\x16\x03\x01", 3, MSG_NOSIGNAL);
  }
  EXPECT_TRUE(with_token(token("op", Role::kOperator))->jobs());
  const std::lock_guard lock(mutex_);
  EXPECT_TRUE(refusals_.empty()) << "it was answered only after a stranger's time was up";
}

TEST_F(AccessTest, AStandbysRedirectIsFollowedWithTheToken) {
  auto credentials = security::Credentials::open(bundle_, [](const std::string&) {});
  test::FakeGateway standby;
  standby.leader = Elsewhere{"it is elsewhere", fmt::format("127.0.0.1:{}", server_->port())};
  auto other = HttpServer::start(
      standby, "127.0.0.1", 0,
      api::Security{*credentials, tokens_, [](const std::string&, const std::string&) {}});
  const auto client = HttpGateway::open(fmt::format("https://127.0.0.1:{}", (*other)->port()),
                                        {token("op", Role::kOperator), bundle_ / "ca.pem", {}});
  EXPECT_TRUE((*client)->jobs());
  EXPECT_TRUE((*client)->cancel(kJob));
  EXPECT_TRUE(supervisor_.cancelled);
}

}  // namespace
}  // namespace dk
