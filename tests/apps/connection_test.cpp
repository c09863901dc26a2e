// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/connection.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace dk::submit {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ChosenConnection : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(dir / "dk");
    write("dk/clusters.yaml",
          "default: lab\n"
          "clusters:\n"
          "  lab: {addresses: [https://a:1, https://b:1], token_file: lab.token, ca_file: ca.pem}\n"
          "  prod: {addresses: https://p:1}\n");
    write("dk/lab.token", "lab-secret\n");
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file_atomic(dir / name, std::as_bytes(std::span(text))));
    fs::permissions(dir / name, fs::perms::owner_read | fs::perms::owner_write);
  }
  Result<Connection> choose() {
    return choose_connection(globals, [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    });
  }

  test::TempDir dir;
  Globals globals;
  std::map<std::string, std::string> variables{{"XDG_CONFIG_HOME", dir.path().string()}};
};

TEST_F(ChosenConnection, AnOptionCountsMoreThanTheEnvironmentAndThatMoreThanTheDefault) {
  EXPECT_EQ(choose()->urls, "https://a:1,https://b:1");
  variables["DK_SUPERVISOR"] = "http://c:1";
  EXPECT_EQ(choose()->urls, "http://c:1");
  globals.cluster = "prod";
  EXPECT_EQ(choose()->urls, "https://p:1");
  globals.cluster.clear();
  globals.supervisor = "http://d:1";
  EXPECT_EQ(choose()->urls, "http://d:1");
}

TEST_F(ChosenConnection, SaysWhichSettingItIsFrom) {
  EXPECT_EQ(choose()->named_by,
            "which is 'lab', the default of " + (dir / "dk/clusters.yaml").string());
  globals.cluster = "prod";
  EXPECT_EQ(choose()->named_by,
            "which is cluster 'prod' of " + (dir / "dk/clusters.yaml").string());
  variables.clear();
  globals.cluster.clear();
  EXPECT_EQ(choose()->urls, "http://127.0.0.1:7300");
  EXPECT_EQ(choose()->named_by,
            "the default (no --supervisor, no --cluster, DK_SUPERVISOR is not set, "
            "~/.config/dk/clusters.yaml is not there)");
}

TEST_F(ChosenConnection, AClustersUserIsItsOwnAndNotTheEnvironments) {
  variables["DK_TOKEN"] = "another-clusters";
  EXPECT_EQ(choose()->user.token, "lab-secret");
  EXPECT_EQ(choose()->user.ca_file, dir / "dk/ca.pem");
  globals.cluster = "prod";
  EXPECT_EQ(choose()->user.token, "");
  globals.cluster.clear();
  variables["DK_SUPERVISOR"] = "https://c:1";
  EXPECT_EQ(choose()->user.token, "another-clusters");
}

TEST_F(ChosenConnection, ATokenThatOthersCanReadIsRefused) {
  fs::permissions(dir / "dk/lab.token", fs::perms::others_read, fs::perm_options::add);
  const auto refused = choose();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("lab.token is open to others (mode 0604)"));
}

TEST_F(ChosenConnection, ANameWithoutAFileSaysWhatToWriteWhere) {
  globals.cluster = "lab";
  variables["XDG_CONFIG_HOME"] = (dir / "elsewhere").string();
  EXPECT_EQ(choose().error().message, "--cluster lab is looked up in " +
                                          (dir / "elsewhere/dk/clusters.yaml").string() +
                                          ", which is not there; write\n"
                                          "  clusters:\n"
                                          "    lab: {addresses: [https://HOST:7300]}\n"
                                          "into it, or name the supervisor with --supervisor URL");
}

TEST_F(ChosenConnection, ADirectoryThatIsNotAbsoluteIsIgnored) {
  variables = {{"XDG_CONFIG_HOME", "relative"}, {"HOME", "/somewhere"}};
  const auto environment = [this](const char* name) { return variables[name].c_str(); };
  EXPECT_EQ(clusters_file(environment), "/somewhere/.config/dk/clusters.yaml");
}

}  // namespace
}  // namespace dk::submit
