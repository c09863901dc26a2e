// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/clusters.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

namespace fs = std::filesystem;

class ClustersFile : public testing::Test {
 protected:
  Result<Clusters> read(std::string_view text) {
    EXPECT_TRUE(write_file_atomic(file, std::as_bytes(std::span(text))));
    return read_clusters(file);
  }
  /// The messages without the file's name.
  std::string refusal(std::string_view text) {
    const auto clusters = read(text);
    if (clusters) return "accepted";
    std::string message = clusters.error().message;
    for (auto at = message.find(file.string()); at != std::string::npos;
         at = message.find(file.string()))
      message.erase(at, file.string().size() + 1);
    return message;
  }

  test::TempDir dir;
  fs::path file = dir / "clusters.yaml";
};

TEST_F(ClustersFile, GivesNamesToAddressesAndUsers) {
  const auto clusters = read(
      "default: lab\n"
      "clusters:\n"
      "  lab: {addresses: [https://a:7300, https://b:7300], token_file: t, ca_file: /etc/ca.pem}\n"
      "  here: {addresses: http://127.0.0.1:7300, certs: ../bundle}\n");
  ASSERT_TRUE(clusters) << clusters.error().message;
  EXPECT_EQ(clusters->default_name, "lab");
  const auto lab = clusters->find("lab");
  ASSERT_TRUE(lab);
  EXPECT_EQ(lab->addresses, (std::vector<std::string>{"https://a:7300", "https://b:7300"}));
  EXPECT_EQ(lab->token_file, dir / "t");
  EXPECT_EQ(lab->ca_file, "/etc/ca.pem");
  EXPECT_EQ(clusters->find("here")->certs, dir.path().parent_path() / "bundle");
}

TEST_F(ClustersFile, SuggestsTheNameThatWasMeant) {
  const auto clusters =
      read("clusters: {lab: {addresses: http://a:1}, prod: {addresses: http://b:1}}");
  ASSERT_TRUE(clusters) << clusters.error().message;
  EXPECT_EQ(clusters->find("labb").error().message,
            file.string() + " has no cluster 'labb' (did you mean 'lab'?), allowed: lab, prod");
}

TEST_F(ClustersFile, EveryFaultHasItsPlace) {
  EXPECT_EQ(
      refusal("clusters:\n  lab: {addresses: [nowhere], tokn_file: t}\n  b: {}\ndefault: c\n"),
      "2:21: clusters.lab.addresses[0]: a supervisor's address has the form "
      "http://HOST:PORT or https://HOST:PORT, such as http://127.0.0.1:7300 (several of them "
      "with commas in between); got 'nowhere'\n"
      "2:31: unknown key 'tokn_file' in clusters.lab; did you mean 'token_file'? allowed: "
      "addresses, ca_file, certs, token_file\n"
      "3:6: clusters.b.addresses is missing; allowed: the addresses of supervisor and "
      "standbys, such as [https://n1.lan:7300]\n"
      "4:10: default is 'c'; did you mean 'b'? allowed: lab, b");
}

TEST_F(ClustersFile, IsAMappingOfNames) {
  EXPECT_EQ(refusal("lab"), "1:1: the file has to have the key clusters, a mapping of names");
  EXPECT_EQ(refusal("clusters: [a]"),
            "1:11: clusters is a list; allowed: a mapping of names to clusters");
  EXPECT_EQ(refusal("clusters: {a: {addresses: []}}"),
            "1:27: clusters.a.addresses is a list; allowed: the addresses of supervisor and "
            "standbys, such as [https://n1.lan:7300]");
}

TEST_F(ClustersFile, ThatOthersCanWriteIsRefused) {
  ASSERT_TRUE(read("clusters: {a: {addresses: http://a:1}}"));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_TRUE(
      read_clusters(file).error().message.ends_with("`chmod go-w " + file.string() + "` mends it"));
}

TEST_F(ClustersFile, ThatIsNotThereIsNotFound) {
  EXPECT_EQ(read_clusters(dir / "none.yaml").error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace dk::submit
