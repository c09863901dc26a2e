// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::security {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

const WallTime kNow = WallTime{} + hours(24 * 365 * 40);
constexpr hours kYear{24 * 365};

KeyPair authority(const std::string& name = "cluster") {
  auto made = make_authority(name, 10 * kYear, kNow);
  EXPECT_TRUE(made);
  return made.value_or(KeyPair{});
}

CertificateFacts issued(const CertificateRequest& request) {
  const auto pair = issue_certificate(authority(), request);
  EXPECT_TRUE(pair) << pair.error().message;
  return facts_of(pair->certificate, "it").value();
}

TEST(Certificate, OfANodeSaysWhoItIsAndWhereItIsDialled) {
  const auto facts = issued({"n1", Role::kNode, {"10.0.0.7", "n1.lan", "fe80::1"}, kYear, kNow});
  EXPECT_EQ(facts.name, "n1");
  EXPECT_EQ(facts.organization, "dk-node");
  EXPECT_EQ(facts.issuer, "cluster");
  EXPECT_EQ(facts.serial.size(), 32U);
  EXPECT_EQ(facts.not_before, kNow - hours(1));
  EXPECT_EQ(facts.not_after, kNow + kYear);
  EXPECT_THAT(facts.hosts,
              ElementsAre("10.0.0.7", "n1.lan", "fe80::1", "localhost", "127.0.0.1", "::1"));
  EXPECT_EQ(identity_of(facts), (Identity{"n1", Role::kNode}));
}

TEST(Certificate, OfAUserStandsForItsRoleAndNoHost) {
  const auto facts = issued({"ann", Role::kViewer, {}, kYear, kNow});
  EXPECT_EQ(identity_of(facts), (Identity{"ann", Role::kViewer}));
  EXPECT_TRUE(facts.hosts.empty());
}

TEST(Certificate, OfAnAuthorityIsNobodys) {
  const auto identity = identity_of(facts_of(authority().certificate, "it").value());
  ASSERT_FALSE(identity);
  EXPECT_THAT(identity.error().message, HasSubstr("neither a node's nor a user's"));
}

TEST(Certificate, IsNotIssuedBeyondItsAuthority) {
  const auto pair = issue_certificate(authority(), {"n1", Role::kNode, {}, 11 * kYear, kNow});
  ASSERT_FALSE(pair);
  EXPECT_THAT(pair.error().message, HasSubstr("would outlive the authority"));
}

TEST(Certificate, IsNotIssuedToAHostThatIsNone) {
  for (const auto* host : {"", "a b", "a,DNS:b", "*.lan", "-x", "n1:7300"}) {
    const auto pair = issue_certificate(authority(), {"n1", Role::kNode, {host}, kYear, kNow});
    ASSERT_FALSE(pair) << host;
    EXPECT_THAT(pair.error().message, HasSubstr("neither a host's name nor an IP address"));
  }
}

TEST(Certificate, IsNotIssuedWithAnotherAuthoritysKey) {
  const KeyPair mixed{authority().certificate, authority().key};
  const auto pair = issue_certificate(mixed, {"n1", Role::kNode, {}, kYear, kNow});
  ASSERT_FALSE(pair);
  EXPECT_THAT(pair.error().message, HasSubstr("does not belong to its certificate"));
}

TEST(Certificate, IsNotReadFromOtherText) {
  const auto facts = facts_of("-----BEGIN CERTIFICATE-----\nAAAA\n", "some.pem");
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().message, HasSubstr("some.pem holds no certificate"));
}

TEST(RevocationList, IsReadAsItWasMade) {
  const auto keys = authority();
  const auto pem = make_revocation_list(keys, {{"0AFF", kNow}, {"BC", kNow}}, kNow);
  ASSERT_TRUE(pem) << pem.error().message;
  const auto revoked = read_revocation_list(*pem, keys.certificate, "crl.pem");
  ASSERT_TRUE(revoked) << revoked.error().message;
  ASSERT_EQ(revoked->size(), 2U);
  EXPECT_EQ((*revoked)[0].serial, "BC");
  EXPECT_EQ((*revoked)[1].serial, "0AFF");
  EXPECT_EQ((*revoked)[1].since, kNow);
}

TEST(RevocationList, OfAnotherAuthorityIsRefused) {
  const auto pem = make_revocation_list(authority(), {}, kNow);
  const auto revoked = read_revocation_list(*pem, authority().certificate, "crl.pem");
  ASSERT_FALSE(revoked);
  EXPECT_THAT(revoked.error().message, HasSubstr("another authority's list"));
}

}  // namespace
}  // namespace dk::security
