// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const Machine kMachine{"host", 8, "/data", std::uint64_t{16} << 30, "affinity", "memory.max"};

Result<ReadSettings> read(const std::string& text, const std::vector<GivenFlag>& flags = {}) {
  return read_settings(ConfigFile{text, "f.yaml", "/etc/dk"}, flags, kMachine);
}
Settings settings(const std::string& text, const std::vector<GivenFlag>& flags = {}) {
  const auto result = read(text, flags);
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->settings : Settings{};
}
std::string faults(const std::string& text, const std::vector<GivenFlag>& flags = {}) {
  const auto result = read(text, flags);
  EXPECT_FALSE(result) << effective_file(*result);
  return result ? "" : result.error().message;
}

TEST(Settings, WithoutAnythingLeadAClusterOfTheirOwnOnLoopback) {
  const auto read = read_settings({}, {}, kMachine);
  ASSERT_TRUE(read) << read.error().message;
  const auto& node = read->settings.node;
  EXPECT_TRUE(node.supervisor);
  EXPECT_EQ(node.name, "host");
  EXPECT_EQ(node.data, "/data");
  EXPECT_EQ(node.cores, 8U);
  EXPECT_EQ(node.listen.host, "127.0.0.1");
  EXPECT_EQ(node.listen.port, 7301);
  EXPECT_EQ(node.http.port, 7300);
}

TEST(Settings, OfAFileOfCommentsAreTheDefaults) {
  EXPECT_TRUE(settings("# nothing\n").node.supervisor);
  EXPECT_TRUE(settings("").node.supervisor);
}

TEST(Settings, AreReadFromAFile) {
  const auto all = settings(
      "name: n2\ndata: here\nlisten: 0.0.0.0:7301\ncerts: certs\njoin: [n1:7301, n3:7301]\n"
      "standby: true\nhttp: 127.0.0.1:9\ndrain_timeout: 2m\nlimits: {cores: 3, memory: 2GiB, disk: "
      "20GiB}\n"
      "log: {level: warn, format: json, file: x.log, max_size: 1MB, "
      "keep: 2}\n");
  EXPECT_EQ(all.node.memory_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(all.node.disk_bytes, std::uint64_t{20} << 30);
  EXPECT_EQ(all.log.level, "warn");
  EXPECT_EQ(all.log.format, "json");
  EXPECT_EQ(all.log.file, "/etc/dk/x.log");
  EXPECT_EQ(all.log.max_bytes, 1'000'000U);
  EXPECT_EQ(all.log.keep, 2U);
  EXPECT_EQ(all.node.name, "n2");
  EXPECT_EQ(all.node.data, "/etc/dk/here");
  EXPECT_EQ(all.node.certs, "/etc/dk/certs");
  ASSERT_EQ(all.node.join.size(), 2U);
  EXPECT_EQ(all.node.join[1].host, "n3");
  EXPECT_TRUE(all.node.standby);
  EXPECT_FALSE(all.node.supervisor);
  EXPECT_EQ(all.node.http.port, 9);
  EXPECT_EQ(all.drain_timeout, 2min);
  EXPECT_EQ(all.node.cores, 3U);
}

TEST(Settings, OfFlagsWinOverTheFile) {
  const auto all =
      settings("name: n2\nsupervisor: true\nlimits: {cores: 3}\n", {{"--name", {"n3"}},
                                                                    {"--supervisor", {"false"}},
                                                                    {"--join", {"a:1", "b:2"}},
                                                                    {"--cores", {"1"}},
                                                                    {"--drain-timeout", {"7"}}});
  EXPECT_EQ(all.node.name, "n3");
  EXPECT_EQ(all.node.cores, 1U);
  EXPECT_FALSE(all.node.supervisor);
  EXPECT_EQ(all.node.join.size(), 2U);
  EXPECT_EQ(all.drain_timeout, 7s);
}

TEST(Settings, AllFaultsAreToldWithTheirPlaces) {
  const auto text = faults("lisen: 1\nlisten: 7301\nlimits:\n  cores: 0\nname: a/b\njoin: [b]\n",
                           {{"--drain-timeout", {"soon"}}});
  EXPECT_THAT(text, HasSubstr("f.yaml:1:1: unknown key 'lisen'; did you mean 'listen'? allowed: "));
  EXPECT_THAT(text, HasSubstr("f.yaml:2:9: listen is '7301'; allowed: HOST:PORT"));
  EXPECT_THAT(text, HasSubstr("f.yaml:4:10: limits.cores is '0'; allowed: a whole number from 1"));
  EXPECT_THAT(text, HasSubstr("f.yaml:5:7: name is 'a/b'; allowed: 1 to 63 letters"));
  EXPECT_THAT(text, HasSubstr("f.yaml:6:8: join[0] is 'b'; allowed: HOST:PORT of a supervisor"));
  EXPECT_THAT(text, HasSubstr("--drain-timeout soon: drain_timeout is 'soon'; allowed: seconds"));
}

TEST(Settings, MoreThanTheMachineHasIsAFaultThatNamesWhatLimitsIt) {
  const auto text = faults("limits: {cores: 9, memory: 17GiB}\n");
  EXPECT_THAT(text, HasSubstr("limits.cores is '9'; allowed: a whole number from 1 to 8, which "
                              "affinity allows"));
  EXPECT_THAT(text, HasSubstr("limits.memory is '17GiB'; allowed: a size from 64MiB to 16 GiB, "
                              "which memory.max allows"));
}

TEST(Settings, OfMemoryLeaveAnEighthToTheSystem) {
  EXPECT_EQ(settings("").node.memory_bytes, std::uint64_t{14} << 30);
  EXPECT_EQ(settings("", {{"--memory", {"1GiB"}}}).node.memory_bytes, std::uint64_t{1} << 30);
}

TEST(Settings, OfLabelsComeFromTheFileOrFromFlags) {
  using Labels = std::map<std::string, std::string>;
  const std::string text = "labels: {zone: cellar, rack: 3}\n";
  EXPECT_EQ(settings(text).node.labels, (Labels{{"rack", "3"}, {"zone", "cellar"}}));
  EXPECT_EQ(settings(text, {{"--label", {"zone=attic", "disk=ssd"}}}).node.labels,
            (Labels{{"disk", "ssd"}, {"zone", "attic"}}));
  const auto shown = effective_file(*read(text, {{"--label", {"a=b"}}}));
  EXPECT_THAT(shown, HasSubstr("\nlabels: {\"a\": \"b\"}  "));
}

TEST(Settings, OfLabelsAreChecked) {
  EXPECT_THAT(faults("labels: [a]\n"), HasSubstr("f.yaml:1:9: labels is a list; allowed: NAME: "));
  EXPECT_THAT(faults("labels: {zone: 'in the cellar'}\n"),
              HasSubstr("labels.zone is 'in the cellar'"));
  EXPECT_THAT(faults("labels: {zone: [1]}\n"), HasSubstr("labels.zone is a list"));
  EXPECT_THAT(faults("", {{"--label", {"ssd"}}}), HasSubstr("--label ssd: labels."));
  EXPECT_THAT(faults("keep_jobs: 3\n"),
              HasSubstr("keep_jobs is '3'; allowed: a whole number from 10 to 1000000"));
}

TEST(Settings, OfLogsAreChecked) {
  const auto text = faults("log: {level: inf, format: xml, keep: 0, max_size: big}\n");
  EXPECT_THAT(text, HasSubstr("log.level is 'inf'; did you mean 'info'?"));
  EXPECT_THAT(text, HasSubstr("log.format is 'xml'; allowed: "));
  EXPECT_THAT(text, HasSubstr("log.keep is '0'; allowed: a whole number from 1 to 1000"));
  EXPECT_THAT(text, HasSubstr("log.max_size is 'big'; allowed: a size"));
}

TEST(Settings, ThatContradictEachOtherAreFaults) {
  EXPECT_THAT(faults("supervisor: true\njoin: n1:7301\n"),
              HasSubstr("f.yaml:1:13: supervisor and"));
  EXPECT_THAT(faults("supervisor: true\nstandby: true\n"),
              HasSubstr("f.yaml:2:10: supervisor and"));
  EXPECT_THAT(faults("standby: true\n"), HasSubstr("f.yaml:1:10: join is missing"));
  EXPECT_THAT(faults("supervisor: false\n"), HasSubstr("f.yaml:1:13: join is missing"));
}

TEST(Settings, OfASupervisorOnEveryAddressMustSayWhichOneOthersDial) {
  const std::string listen = "supervisor: true\ncerts: c\nlisten: 0.0.0.0:7301\n";
  EXPECT_THAT(faults(listen), HasSubstr("f.yaml:3:9: listen is '0.0.0.0:7301', which is every"));
  EXPECT_EQ(settings(listen + "advertise: n1.lan\n").node.advertise, "n1.lan");
  EXPECT_THAT(faults(listen + "advertise: 0.0.0.0\n"), HasSubstr("advertise is '0.0.0.0'"));
  EXPECT_THAT(faults(listen + "advertise: n1.lan:7301\n"), HasSubstr("without a port"));
}

TEST(Settings, OffLoopbackWithoutCertificatesSayHowToMakeThem) {
  EXPECT_THAT(faults("name: n1\nlisten: 10.0.0.1:7301\n"),
              HasSubstr("dk-node certs issue n1 --certs authority --host 10.0.0.1"));
  EXPECT_THAT(faults("http: 10.0.0.1:7300\n"), HasSubstr("f.yaml:1:7: http is off loopback"));
  EXPECT_EQ(settings("join: n1:7301\nhttp: 10.0.0.1:1\n").node.http.port, 1);
}

TEST(Settings, ShownAsAFileSayTheSameAgain) {
  const auto first =
      read("join: [n1:7301]\nlisten: 127.0.0.1:5\nlimits: {cores: 3}\n", {{"--standby", {"true"}}});
  ASSERT_TRUE(first) << first.error().message;
  const auto text = effective_file(*first);
  EXPECT_THAT(text, HasSubstr("# f.yaml:3\n"));
  EXPECT_THAT(text, HasSubstr("# --standby true\n"));
  const auto second = read(text);
  ASSERT_TRUE(second) << second.error().message;
  for (const auto& key : setting_keys())
    EXPECT_EQ(key.show(second->settings), key.show(first->settings)) << key.path;
}

}  // namespace
}  // namespace dk
