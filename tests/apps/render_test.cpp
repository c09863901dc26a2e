// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

using nlohmann::json;

std::string line(const char* event) {
  return render_event(json::parse(event));
}

const json kProgress = json::parse(R"({"event":"progress","job":7,"epoch":1,"epochs":2,
  "samples_done":55200,"samples_total":120000,"samples_per_second":12345.6,"loss":0.41237,
  "accuracy":0.8731,"eta_seconds":5.25,"workers":4})");

TEST(RenderEvent, EveryKindHasItsLine) {
  EXPECT_EQ(line(R"({"event":"submitted","job":7,"name":"mlp"})"), "job 7 \"mlp\" submitted");
  EXPECT_EQ(line(R"({"event":"started","job":7,"nodes":["a","b"],"workers":4,"parameter_servers":2,
                     "samples":60000,"epochs":2,"parameters":669706})"),
            "started: 4 workers and 2 parameter servers on a, b; 60,000 samples x 2 epochs; "
            "669,706 parameters");
  EXPECT_EQ(render_event(kProgress),
            "epoch 1/2, 46% of all: 12,346 samples/s, loss 0.4124, accuracy 87.3%, 4 workers, "
            "5.2 s left");
  EXPECT_EQ(line(R"({"event":"epoch","epoch":1,"loss":0.5,"accuracy":0.8512,"visited":60000,
                     "repeated":32,"missed":0,"seconds":21.4})"),
            "epoch 1 done in 21 s: loss 0.5000, accuracy 85.12%; 60,000 visited, 32 repeated, "
            "0 missed");
  EXPECT_EQ(line(R"({"event":"checkpoint","checkpoint":3,"updates":1200,"bytes":2678824,
                     "seconds":0.1})"),
            "checkpoint 3: 1,200 updates, 2.7 MB in 0.1 s");
  EXPECT_EQ(line(R"({"event":"validation","epoch":2,"loss":0.25,"accuracy":0.9,"metrics":{}})"),
            "epoch 2 validated: loss 0.2500, accuracy 90.00%");
  EXPECT_EQ(line(R"({"event":"learning_rate","epoch":3,"learning_rate":0.0005})"),
            "learning rate 0.0005 from epoch 3 on");
  EXPECT_EQ(line(R"({"event":"stopped","epoch":3,"reason":"val_loss has not got better"})"),
            "training ends after epoch 3: val_loss has not got better");
  EXPECT_EQ(line(R"({"event":"saved","path":"/tmp/model.keras"})"), "written: /tmp/model.keras");
  EXPECT_EQ(line(R"({"event":"paused","reason":"1 of 2 workers"})"), "paused: 1 of 2 workers");
  EXPECT_EQ(line(R"({"event":"resumed"})"), "resumed");
  EXPECT_EQ(line(R"({"event":"warning","message":"slow"})"), "warning: slow");
}

TEST(RenderEvent, AFailureNamesWhoWhereWhatWasOnItAndWhy) {
  EXPECT_EQ(line(R"({"event":"failure","what":"executor","node":"node-2","incarnation":9,"pid":4711,
                     "workers":[3,4],"shards":[2],"reason":"killed by signal 9",
                     "detected_ms":12})"),
            "executor lost on node-2, pid 4711, incarnation 9, workers 3, 4, shards 2: killed by "
            "signal 9 (seen after 12 ms)");
  EXPECT_EQ(line(R"({"event":"failure","what":"node","node":"node-2","reason":"no heartbeat"})"),
            "node lost on node-2: no heartbeat");
}

TEST(RenderEvent, ARecoverySaysWhatItCost) {
  EXPECT_EQ(line(R"({"event":"replicated","job":7,"shards":2})"),
            "replicated: 2 parameter servers on two machines each");
  EXPECT_EQ(line(R"({"event":"recovery","job":7,"action":"promoted","workers":4,"shards":2,
                     "updates_lost":0,"seconds":0.3})"),
            "recovered: backup took over; 0 updates lost, 0.3 s");
  EXPECT_EQ(line(R"({"event":"recovery","node":"node-1","incarnation":11,"action":"rolled_back",
                     "checkpoint":3,"workers":[3],"shards":[2],"updates_lost":41,"seconds":1.26})"),
            "recovered: rolled back to checkpoint 3 on node-1, workers 3, shards 2; 41 updates "
            "lost, 1.3 s");
}

TEST(RenderEvent, UnknownAndBrokenEventsAreShownAsTheyAre) {
  EXPECT_EQ(line(R"({"event":"from_the_future","x":1})"), R"({"event":"from_the_future","x":1})");
  EXPECT_EQ(line(R"({"event":"progress"})"),
            "epoch -/-, 0% of all: - samples/s, loss -, accuracy -, - workers, - left");
  EXPECT_EQ(line("[1]"), "[1]");
}

TEST(RenderBar, AWideTerminalShowsEverything) {
  EXPECT_EQ(render_bar(kProgress, 120),
            "epoch 1/2 [#############.................]  46%  12,346 samples/s  ETA 5.2 s  "
            "loss 0.4124  accuracy 87.3%  4 workers");
}

TEST(RenderBar, ANarrowTerminalDropsTheLeastImportantFirst) {
  EXPECT_EQ(render_bar(kProgress, 60),
            "epoch 1/2 [######........]  46%  12,346 samples/s  ETA 5.2 s");
  EXPECT_EQ(render_bar(kProgress, 30), "epoch 1/2 [#####........]  46%");
  EXPECT_EQ(render_bar(kProgress, 5), "epoch");
}

TEST(RenderBar, NeverExceedsTheWidth) {
  for (std::size_t width = 0; width < 200; ++width) {
    EXPECT_LE(render_bar(kProgress, width).size(), width);
  }
}

TEST(RenderBar, SharesOutsideTheRangeAreCut) {
  EXPECT_NE(render_bar({{"samples_done", 9}, {"samples_total", 3}}, 40).find("100%"),
            std::string::npos);
  EXPECT_NE(render_bar({{"samples_done", -9}, {"samples_total", 3}}, 40).find("  0%"),
            std::string::npos);
}

TEST(RenderSummary, AFinishedJobShowsResultsAndTheAccount) {
  EXPECT_EQ(render_summary(json::parse(R"({"event":"finished","job":7,"seconds":42.1,
      "samples_per_second":2850.4,"train":{"loss":0.3012,"accuracy":0.8912},
      "test":{"loss":0.3401,"accuracy":0.8793,"metrics":{"accuracy":0.8793,"auc":0.98765}},
      "restarts":1,"updates":{"applied":7500,"duplicates_dropped":3,"taken_back":1,"lost":0},
      "account":[{"epoch":1,"visited":60000,"repeated":0,"missed":0},
                 {"epoch":2,"visited":60000,"repeated":32,"missed":0}]})")),
            "job 7 finished in 42 s: 2,850 samples/s\n"
            "  train  loss 0.3012  accuracy 89.12%\n"
            "  test   loss 0.3401  accuracy 87.93%  auc 0.9877\n"
            "  restarts 1; updates 7,500 applied, 3 duplicates dropped, 1 taken back, 0 lost\n"
            "  epoch      visited   repeated   missed\n"
            "      1       60,000          0        0\n"
            "      2       60,000         32        0\n");
}

TEST(RenderSummary, AFailedJobShowsTheReasonFirst) {
  EXPECT_EQ(render_summary(json::parse(R"({"event":"failed","job":7,"seconds":61,
      "reason":"node-2: executor exited 6 times in 60 s"})")),
            "job 7 failed after 1 m 01 s: node-2: executor exited 6 times in 60 s\n"
            "  restarts -; updates - applied, - duplicates dropped, - taken back, - lost\n");
}

TEST(RenderStatus, ShowsProgressCheckpointAndPlaces) {
  EXPECT_EQ(render_status(json::parse(R"({"id":7,"name":"mlp","state":"running","epoch":1,
      "epochs":2,"samples_done":30000,"samples_total":120000,"samples_per_second":1000,"loss":0.5,
      "accuracy":0.81,"eta_seconds":90,"restarts":0,
      "updates":{"applied":10,"duplicates_dropped":0,"taken_back":0,"lost":0},
      "checkpoint":{"id":2,"age_seconds":4},
      "loss_curve":[3,2,1],
      "workers":[{"worker":1,"node":"node-1","samples_per_second":1234.5,"staleness":3}],
      "shards":[{"shard":1,"node":"node-1","incarnation":12,"backup":"node-2"},
                {"shard":2,"node":"node-2","incarnation":13,"backup":null}],
      "recoveries":[{"event":"recovery","time":"2026-01-01T12:00:01.000Z","action":"promoted",
                     "node":"node-3","seconds":0.31,"updates_lost":0}],
      "executors":[{"node":"node-1","pid":42,"incarnation":3,"workers":[1,2],"shards":[1],
                    "backups":[2]}]})"),
                          false),
            "job 7 \"mlp\": running\n"
            "  epoch 1 of 2, 30,000 of 120,000 samples, 1,000 samples/s, 1 m 30 s left\n"
            "  loss 0.5000, accuracy 81.00%  #=_\n"
            "  restarts 0; updates 10 applied, 0 duplicates dropped, 0 taken back, 0 lost\n"
            "  checkpoint 2, 4.0 s old\n"
            "  on node-1: pid 42, workers [1, 2], shards [1], backups [2]\n"
            "  worker 1 on node-1: 1,234 samples/s, staleness 3\n"
            "  shard 1 on node-1, incarnation 12, backup on node-2\n"
            "  shard 2 on node-2, incarnation 13, no backup\n"
            "  survived at 12:00:01: promoted for node-3, 0.3 s, 0 updates lost\n");
}

TEST(RenderTables, ColumnsAreAligned) {
  EXPECT_EQ(render_jobs(json::parse(R"([{"id":12,"name":"mlp","state":"running",
      "priority":80,"submitted":"2026-01-01T00:00:00Z","submitter":"ann"}])")),
            "JOB  STATE    PRIORITY  SUBMITTED             BY   NAME\n"
            "12   running  80        2026-01-01T00:00:00Z  ann  mlp\n");
  EXPECT_EQ(
      render_nodes(json::parse(R"([{"name":"node-1","address":"127.0.0.1:1","cores":2,
      "state":"alive","role":"supervisor"},{"name":"n2","state":"lost","role":"standby",
      "votes":true,"copy":"lost","memory_bytes":2147483648,"labels":{"a":"b","zone":"x"},
      "certificate_days_left":-0.5},{"name":"n3","state":"alive","role":"standby","votes":false,
      "copy":"in_sync"}])")),
      "NODE    STATE  ADDRESS      CORES  MEMORY   ROLE                   COPY     CERTIFICATE  "
      "LABELS\n"
      "node-1  alive  127.0.0.1:1  2      -        supervisor             -        -            "
      "-\n"
      "n2      lost   -            -      2.0 GiB  standby                lost     has ended    "
      "a=b,zone=x\n"
      "n3      alive  -            -      -        standby (no vote yet)  in_sync  -            "
      "-\n");
}

}  // namespace
}  // namespace dk::submit
