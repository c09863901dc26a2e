// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include "actors/security/handshake.hpp"
#include "base/files.hpp"
#include "tests/support/seed.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <csignal>
#include <random>
#include <sstream>

namespace dk::test {
namespace {

using security::Context;
using security::Role;
using security::Session;
using security::Socket;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kSoon{15};
constexpr int kConnections = 400;
constexpr std::size_t kFlatBytes = std::size_t{32} << 20;
const std::vector<std::string> kShort{"training.epochs=1"};

std::uint16_t port_of(const std::string& address) {
  std::uint16_t port = 0;
  const auto colon = address.rfind(':') + 1;
  std::from_chars(address.data() + colon, address.data() + address.size(), port);
  return port;
}

Socket connect_to(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

std::size_t resident_bytes(pid_t pid) {
  std::istringstream text(read_file(fmt::format("/proc/{}/statm", pid)).value_or(""));
  std::size_t all = 0;
  std::size_t resident = 0;
  text >> all >> resident;
  return resident * 4096;
}

/// Two daemons over mutual TLS.
class SecuredClusterTest : public ::testing::Test {
 protected:
  std::uint16_t door() { return port_of(cluster_.door()); }
  std::uint16_t api() { return port_of(cluster_.url()); }
  /// What a daemon has logged, once it has logged `text`.
  std::string log_with(const std::string& name, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + kSoon;
    std::string log;
    do {
      log = cluster_.daemon(name).output();
      if (log.find(text) != std::string::npos) return log;
      ::poll(nullptr, 0, 20);
    } while (std::chrono::steady_clock::now() < deadline);
    ADD_FAILURE() << name << " did not log '" << text << "':\n" << log;
    return log;
  }
  /// Starts a node with a bundle that is not to be let in.
  Process intruder(const std::string& name, const std::filesystem::path& bundle) {
    return Process({DK_NODE_BINARY, "--name", name, "--data", dir_ / name, "--listen",
                    "127.0.0.1:0", "--join", cluster_.door(), "--certs", bundle},
                   dir_ / (name + ".log"));
  }
  [[nodiscard]] std::set<std::string> nodes() {
    std::set<std::string> names;
    for (const auto& node : cluster_.gateway().nodes().value_or(nlohmann::json::array()))
      if (node.at("state") == "alive") names.insert(node.at("name"));
    return names;
  }

  TempDir dir_;
  TestAuthority authority_;
  Cluster cluster_{{"a", "b"}, {0, {}, nullptr, &authority_}};
};

TEST_F(SecuredClusterTest, TrainsAJobWhileStrangersKnock) {
  const auto seed = dk::testing::test_seed(1);
  std::mt19937_64 random(seed);
  RunningJob job(cluster_, kShort);
  job.wait_for("started");
  const auto pid = cluster_.daemon("a").pid();
  const auto before = resident_bytes(pid);
  std::vector<Socket> half_open;
  for (int i = 0; i < kConnections; ++i) {
    auto socket = connect_to(i % 4 == 0 ? api() : door());
    std::string bytes(random() % 600, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    // A beginning of TLS, of CAF, of HTTP, or none at all.
    if (i % 3 == 0) bytes.insert(0, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
    if (i % 3 == 1) bytes.insert(0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (i % 10 == 0) half_open.push_back(std::move(socket));
  }
  EXPECT_EQ(job.outcome().at("event"), "finished");
  EXPECT_LT(resident_bytes(pid), before + kFlatBytes);
  EXPECT_EQ(nodes(), (std::set<std::string>{"a", "b"}));
  // Once a minute for each address, however many they are.
  const auto log = log_with("a", "refused 127.0.0.1");
  EXPECT_EQ(log.find("refused 127.0.0.1"), log.rfind("refused 127.0.0.1"));
}

TEST_F(SecuredClusterTest, TalksTlsOnlyAndToNodesOnly) {
  const auto shakes_hands = [&](const std::filesystem::path& bundle) {
    const Context context(::SSL_CTX_new(::TLS_client_method()));
    if (!bundle.empty()) {
      ::SSL_CTX_use_certificate_file(context.get(), (bundle / "node.pem").c_str(),
                                     SSL_FILETYPE_PEM);
      ::SSL_CTX_use_PrivateKey_file(context.get(), (bundle / "node.key").c_str(), SSL_FILETYPE_PEM);
    }
    const auto socket = connect_to(door());
    const Session session(::SSL_new(context.get()));
    ::SSL_set_fd(session.get(), socket.get());
    char hello = 0;
    // CAF's first word is the server's.
    return ::SSL_connect(session.get()) == 1 && ::SSL_read(session.get(), &hello, 1) == 1;
  };
  TestAuthority foreign;
  EXPECT_TRUE(shakes_hands(authority_.bundle("friend")));
  EXPECT_FALSE(shakes_hands({}));
  EXPECT_FALSE(shakes_hands(foreign.bundle("stranger")));
  EXPECT_FALSE(shakes_hands(authority_.expired("late")));
  EXPECT_FALSE(shakes_hands(authority_.bundle("ann", Role::kOperator)));
  const auto plain = connect_to(door());
  ::send(plain.get(), "hello", 5, MSG_NOSIGNAL);
  char answer[64];
  const auto count = ::recv(plain.get(), answer, sizeof answer, 0);
  EXPECT_TRUE(count <= 0 || answer[0] == SSL3_RT_ALERT) << count;
}

TEST_F(SecuredClusterTest, CutsOffANodeThatIsRevokedAndGoesOnWithoutIt) {
  cluster_.start("c");
  RunningJob job(cluster_);
  job.wait_for("started");
  authority_.revoke("c", cluster_.bundle("a"));
  std::filesystem::copy_file(cluster_.bundle("a") / "crl.pem", cluster_.bundle("b") / "crl.pem",
                             std::filesystem::copy_options::overwrite_existing);
  log_with("a", "refused c: it was cut off: certificate revoked");
  EXPECT_EQ(job.outcome().at("event"), "finished");
  EXPECT_EQ(nodes(), (std::set<std::string>{"a", "b"}));
  auto again = intruder("d", authority_.bundle("d"));
  log_with("a", "node d joined");
  authority_.revoke("d", cluster_.bundle("a"));
  log_with("a", "refused d: it was cut off: certificate revoked");
}

TEST_F(SecuredClusterTest, UsesNewCertificatesWithoutARestart) {
  const auto fresh = authority_.bundle("b");
  std::filesystem::copy(
      fresh, cluster_.bundle("b"),
      std::filesystem::copy_options::overwrite_existing | std::filesystem::copy_options::recursive);
  log_with("b", "the certificates have been read again");
  EXPECT_EQ(RunningJob(cluster_, kShort).outcome().at("event"), "finished");
}

TEST_F(SecuredClusterTest, LetsUsersInByTokenOfTheCommandLine) {
  const auto run = [&](std::vector<std::string> words) {
    return run_program(std::move(words), kSoon);
  };
  const auto added =
      run({"/bin/sh", "-c",
           R"(umask 077; "$0" tokens add vic --role viewer --certs "$1" 2>/dev/null >"$2")",
           DK_NODE_BINARY, cluster_.bundle("a"), dir_ / "token"});
  ASSERT_EQ(added.code, 0) << added.output;
  const auto submit = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {DK_SUBMIT_BINARY, "--supervisor", cluster_.url(), "--ca-file",
                                 cluster_.bundle("a") / "ca.pem", "--token-file", dir_ / "token"});
    return run(std::move(words));
  };
  EXPECT_THAT(submit({"nodes"}).output, HasSubstr("alive"));
  const auto denied = submit({"submit", DK_CHAOS_JOB});
  EXPECT_EQ(denied.code, 2);
  EXPECT_THAT(denied.output, HasSubstr("'vic' is a viewer"));
  EXPECT_EQ(run({DK_NODE_BINARY, "tokens", "revoke", "vic", "--certs", cluster_.bundle("a")}).code,
            0);
  EXPECT_THAT(submit({"nodes"}).output, HasSubstr("not known here"));
  EXPECT_THAT(cluster_.daemon("a").output(), Not(HasSubstr("dk_")));
}

TEST(SecuredStandby, TakesOverWithTheJobGoingOn) {
  TestAuthority authority;
  Cluster cluster({"a", "b", "c"}, {.standbys = {"b", "c"}, .authority = &authority});
  ASSERT_TRUE(eventually([&] { return cluster.voters() == 3; })) << cluster.nodes().dump();
  RunningJob job(cluster);
  job.wait_for("replicated");
  cluster.kill_node("a");
  EXPECT_EQ(job.wait_for("supervisor_changed").at("from"), "a");
  const auto outcome = job.outcome();
  EXPECT_EQ(outcome.at("event"), "finished");
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
}

}  // namespace
}  // namespace dk::test
