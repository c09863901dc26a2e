// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/handshake.hpp"

#include "tests/support/seed.hpp"
#include "tests/support/test_authority.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

namespace dk::security {
namespace {

using namespace std::chrono_literals;
using test::TestAuthority;
using ::testing::HasSubstr;

constexpr int kPatienceMs = 10'000;

/// A listening node, and those that come to it.
class NodeAcceptorTest : public ::testing::Test {
 protected:
  explicit NodeAcceptorTest(std::chrono::milliseconds patience = Handshakes::kPatience) {
    Socket listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listening.get(), 64), 0);
    ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    const auto note = [this](const std::string&, const std::string& why) {
      const std::lock_guard lock(mutex_);
      refusals_.push_back(why);
    };
    acceptor_.emplace(std::move(listening), credentials_, note, patience);
    ready_ = acceptor_->take_ready_socket();
  }

  static std::shared_ptr<Credentials> open(const std::filesystem::path& bundle) {
    auto opened = Credentials::open(bundle, [](const std::string&) {});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened.value_or(nullptr);
  }
  [[nodiscard]] Result<Connection> connect(const Credentials& credentials,
                                           const std::string& host = "127.0.0.1") const {
    return connect_to_node(credentials, host, port_, 10s);
  }
  [[nodiscard]] Socket connect_plainly() const {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  std::optional<Connection> accepted() {
    pollfd wait{ready_.get(), POLLIN, 0};
    return ::poll(&wait, 1, kPatienceMs) > 0 ? acceptor_->take() : std::nullopt;
  }
  /// The acceptor closes its end, whatever it has sent before.
  static bool is_closed(const Socket& socket) {
    char buffer[4096];
    for (;;) {
      pollfd wait{socket.get(), POLLIN, 0};
      if (::poll(&wait, 1, kPatienceMs) <= 0) return false;
      if (::recv(socket.get(), buffer, sizeof buffer, 0) <= 0) return true;
    }
  }
  void expect_still_serving() {
    const auto connection = connect(*open(authority_.bundle("friend")));
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->peer, "server");
    const auto other = accepted();
    ASSERT_TRUE(other);
    EXPECT_EQ(other->peer, "friend");
  }
  std::vector<std::string> refusals() {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }
  /// Is refused, if not while shaking hands (TLS 1.3 lets the client believe), then after it.
  void expect_refused(const Credentials& credentials, const std::string& why) {
    const auto connection = connect(credentials);
    if (connection) {
      EXPECT_TRUE(is_closed(connection->socket));
    }
    expect_still_serving();
    ASSERT_EQ(refusals().size(), 1U);
    EXPECT_THAT(refusals().front(), HasSubstr(why));
  }

  TestAuthority authority_;
  TestAuthority foreign_;
  std::filesystem::path bundle_ = authority_.bundle("server");
  std::shared_ptr<Credentials> credentials_ = open(bundle_);
  std::mutex mutex_;
  std::vector<std::string> refusals_;
  std::uint16_t port_ = 0;
  std::optional<NodeAcceptor> acceptor_;
  Socket ready_;
};

class ImpatientAcceptorTest : public NodeAcceptorTest {
 protected:
  ImpatientAcceptorTest() : NodeAcceptorTest(100ms) {}
};

TEST_F(NodeAcceptorTest, LetsNodesInAndBytesThrough) {
  const auto connection = connect(*open(authority_.bundle("friend")));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto other = accepted();
  ASSERT_TRUE(other);
  EXPECT_STREQ(::SSL_get_version(other->session.get()), "TLSv1.3");
  EXPECT_EQ(::SSL_write(connection->session.get(), "word", 4), 4);
  pollfd wait{other->socket.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, kPatienceMs), 1);
  char text[5] = "";
  EXPECT_EQ(::SSL_read(other->session.get(), text, 4), 4);
  EXPECT_STREQ(text, "word");
}

TEST_F(NodeAcceptorTest, RefusesAnotherAuthority) {
  const auto connection = connect(*open(foreign_.bundle("stranger")));
  ASSERT_FALSE(connection) << "it did not refuse us";
  EXPECT_EQ(connection.error().code, Errc::kInvalid);
  expect_still_serving();
}

TEST_F(NodeAcceptorTest, RefusesARevokedNode) {
  const auto revoked = open(authority_.bundle("revoked"));
  authority_.revoke("revoked", bundle_);
  credentials_->refresh();
  expect_refused(*revoked, "certificate revoked");
}

TEST_F(NodeAcceptorTest, RefusesAUser) {
  expect_refused(*open(authority_.bundle("ann", Role::kOperator)), "not a node's");
}

TEST_F(NodeAcceptorTest, IsRefusedWhereItIsNotWhomTheClientWants) {
  const auto connection = connect(*open(authority_.bundle("friend")), "127.1");
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().message, HasSubstr("mismatch"));
}

/// A client with a context of its own, which may be worse than ours.
bool shakes_hands(const Socket& socket, SSL_CTX* context) {
  const Session session(::SSL_new(context));
  ::SSL_set_fd(session.get(), socket.get());
  char byte = 0;
  return ::SSL_connect(session.get()) == 1 && ::SSL_read(session.get(), &byte, 1) == 1;
}

TEST_F(NodeAcceptorTest, RefusesWhoShowsNoCertificate) {
  const Context context(::SSL_CTX_new(::TLS_client_method()));
  EXPECT_FALSE(shakes_hands(connect_plainly(), context.get()));
  expect_still_serving();
  EXPECT_THAT(refusals(), ::testing::ElementsAre(HasSubstr("peer did not return a certificate")));
}

TEST_F(NodeAcceptorTest, RefusesTlsOlderThan12) {
  const Context context(::SSL_CTX_new(::TLS_client_method()));
  ::SSL_CTX_set_security_level(context.get(), 0);
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  ::SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  EXPECT_FALSE(shakes_hands(connect_plainly(), context.get()));
  expect_still_serving();
  EXPECT_THAT(refusals(), ::testing::ElementsAre(HasSubstr("unsupported protocol")));
}

TEST_F(NodeAcceptorTest, RefusesAnExpiredNode) {
  // No bundle of ours loads it: another program would show it all the same.
  const auto bundle = authority_.expired("late");
  const Context context(::SSL_CTX_new(::TLS_client_method()));
  ::SSL_CTX_use_certificate_file(context.get(), (bundle / "node.pem").c_str(), SSL_FILETYPE_PEM);
  ::SSL_CTX_use_PrivateKey_file(context.get(), (bundle / "node.key").c_str(), SSL_FILETYPE_PEM);
  EXPECT_FALSE(shakes_hands(connect_plainly(), context.get()));
  expect_still_serving();
  EXPECT_THAT(refusals(), ::testing::ElementsAre(HasSubstr("certificate has expired")));
}

TEST_F(NodeAcceptorTest, DropsGarbageAndGoesOn) {
  const auto seed = dk::testing::test_seed(1);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100; ++i) {
    const auto socket = connect_plainly();
    std::string bytes(1 + random() % 2000, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    // Half of them begin as a handshake does.
    if (i % 2 == 0) bytes.insert(0, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  expect_still_serving();
}

TEST_F(NodeAcceptorTest, LetsOthersInWhileManyDoNotFinish) {
  std::vector<Socket> idle;
  for (std::size_t i = 0; i < Handshakes::kMostAtOnce + 20; ++i) idle.push_back(connect_plainly());
  expect_still_serving();
  EXPECT_TRUE(is_closed(idle.front()));
}

TEST_F(ImpatientAcceptorTest, DropsWhoDoesNotFinishInTime) {
  const auto idle = connect_plainly();
  const auto half = connect_plainly();
  ::send(half.get(), "\x16\x03\x01", 3, MSG_NOSIGNAL);
  EXPECT_TRUE(is_closed(idle));
  EXPECT_TRUE(is_closed(half));
  EXPECT_THAT(refusals(), ::testing::Each(HasSubstr("no TLS handshake in time")));
}

}  // namespace
}  // namespace dk::security
