// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_top.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

using nlohmann::json;

ClusterView cluster() {
  ClusterView view;
  view.nodes = json::parse(R"([{"name":"a","state":"alive","cores":4,"role":"supervisor"},
                               {"name":"b","state":"lost","cores":2,"role":"node"}])");
  view.jobs = json::parse(R"([{"id":9,"name":"wide","state":"finished"},
                              {"id":8,"name":"mlp","state":"running"}])");
  view.status[8] = json::parse(
      R"({"samples_done":30,"samples_total":120,"samples_per_second":1234,"loss":0.5,
          "eta_seconds":65,"executors":[{"node":"a","workers":[1,2],"shards":[1]}]})");
  view.losses[8] = {3, 2, 1};
  return view;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(Top, ShowsMachinesAndJobsThoseThatRunFirst) {
  EXPECT_EQ(joined(render_top(cluster(), {200, 0, false})),
            "1 of 2 nodes up, 4 cores; jobs: 1 finished, 1 running; 1,234 samples/s\n"
            "\n"
            "NODE                 STATE     CORES  WORKERS SERVERS  ROLE\n"
            "a                    alive         4        2       1  supervisor\n"
            "b                    lost          2        0       0  node\n"
            "\n"
            "  JOB STATE     NAME                DONE   SAMPLES/S      LEFT     LOSS  CURVE\n"
            "    8 running   mlp                  25%       1,234  1 m 05 s   0.5000  #=_\n"
            "    9 finished  wide                   -           -         -        -\n");
}

TEST(Top, FitsTheTerminal) {
  auto view = cluster();
  for (int i = 0; i < 50; ++i) view.nodes.push_back(view.nodes[0]);
  const auto lines = render_top(view, {20, 10, true});
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines.back(), "(50 more lines)");
  for (const auto& line : lines) EXPECT_LE(line.size(), 20U);
}

TEST(Top, CountsTheJobsThatEndedLongAgo) {
  auto view = cluster();
  for (int i = 10; i < 20; ++i)
    view.jobs.push_back({{"id", i}, {"name", "old"}, {"state", "failed"}});
  const auto text = joined(render_top(view, {200, 0, true}));
  EXPECT_NE(text.find("and 6 more that ended (dk-submit history)"), std::string::npos) << text;
}

TEST(Top, SaysWhyItIsOld) {
  auto view = cluster();
  view.trouble = "cannot reach the supervisor\n";
  EXPECT_EQ(render_top(view, {200, 0, true})[1].substr(0, 29), "! cannot reach the supervisor");
}

TEST(Top, OfAnEmptyClusterIsNoMistake) {
  EXPECT_EQ(render_top({}, {})[0], "0 of 0 nodes up, 0 cores; jobs: none; 0 samples/s");
}

TEST(Top, AsJsonHasStatusAndLossesInItsJobs) {
  const auto view = to_json(cluster());
  EXPECT_EQ(view["nodes"].size(), 2U);
  EXPECT_EQ(view["jobs"][1]["status"]["loss"], 0.5);
  EXPECT_EQ(view["jobs"][1]["losses"], json::array({3.0, 2.0, 1.0}));
  EXPECT_FALSE(view["jobs"][0].contains("status"));
}

}  // namespace
}  // namespace dk::submit
