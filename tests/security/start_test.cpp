// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/process.hpp"
#include "tests/support/test_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using testing::HasSubstr;
using Role = security::Role;
constexpr std::chrono::seconds kSoon{20};

/// A daemon that may not start, and dk-node's commands about certificates.
class StartTest : public testing::Test {
 protected:
  Finished run(std::vector<std::string> words) {
    words.insert(words.begin(), DK_NODE_BINARY);
    return run_program(std::move(words), kSoon);
  }
  void expect_refused(const std::vector<std::string>& options, const std::string& why) {
    std::vector<std::string> words{"--supervisor", "--name", "n1", "--data", dir_ / "data"};
    words.insert(words.end(), options.begin(), options.end());
    const auto finished = run(words);
    EXPECT_EQ(finished.code, 2) << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(why));
  }
  TempDir dir_;
  TestAuthority authority_;
};

TEST_F(StartTest, OffLoopbackWithoutCertificatesSaysHowToMakeThem) {
  const std::string mends =
      "  dk-node certs init --certs authority\n"
      "  dk-node certs issue n1 --certs authority --host n1 --out n1-certs\n"
      "  dk-node ... --certs n1-certs\n";
  expect_refused({"--listen", "0.0.0.0:0"}, mends);
  expect_refused({"--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"}, mends);
}

TEST_F(StartTest, WithCertificatesThatAreNotInOrderSaysWhatIsWrong) {
  const std::vector<std::string> loopback{"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"};
  const auto with = [&](const std::filesystem::path& bundle) {
    auto options = loopback;
    options.insert(options.end(), {"--certs", bundle});
    return options;
  };
  expect_refused(with(dir_ / "none"), "is no bundle of certificates");
  expect_refused(with(authority_.expired("late")), "certificate has expired");
  expect_refused(with(authority_.bundle("ann", Role::kOperator)), "is a user's");
  const auto revoked = authority_.bundle("gone");
  authority_.revoke("gone", revoked);
  expect_refused(with(revoked), "certificate revoked");
}

TEST_F(StartTest, TheCommandsMakeWhatADaemonNeeds) {
  const std::string folder = dir_ / "authority";
  const std::string bundle = dir_ / "n1";
  EXPECT_EQ(run({"certs", "init", "--certs", folder}).code, 0);
  EXPECT_EQ(run({"certs", "init", "--certs", folder}).code, 2);
  EXPECT_EQ(
      run({"certs", "issue", "n1", "--certs", folder, "--host", "10.0.0.7", "--out", bundle}).code,
      0);
  EXPECT_THAT(run({"certs", "show", bundle}).output, HasSubstr("10.0.0.7"));
  const auto added = run({"tokens", "add", "ann", "--role", "viewer", "--certs", bundle});
  EXPECT_THAT(added.output, HasSubstr("dk_"));
  EXPECT_THAT(run({"tokens", "list", "--certs", bundle}).output, HasSubstr("ann"));
  EXPECT_EQ(run({"tokens", "revoke", "ann", "--certs", bundle}).code, 0);
  EXPECT_EQ(run({"tokens", "revoke", "ann", "--certs", bundle}).code, 2);
  EXPECT_EQ(run({"certs", "revoke", "n1", "--certs", folder}).code, 0);
  std::filesystem::copy_file(folder + "/crl.pem", bundle + "/crl.pem",
                             std::filesystem::copy_options::overwrite_existing);
  const auto shown = run({"certs", "show", bundle});
  EXPECT_EQ(shown.code, 2);
  EXPECT_THAT(shown.output, HasSubstr("certificate revoked"));
}

}  // namespace
}  // namespace dk::test
