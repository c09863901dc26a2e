// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/actors/api/fake_gateway.hpp"

#include <string>

namespace dk::test {

/// A cluster of three machines with a job of each kind, that never changes: job 9 waits, job 8
/// trains, job 7 (FakeGateway's own) has lost a process and finished, job 6 has failed.
class GoldenGateway : public FakeGateway {
 public:
  GoldenGateway() {
    for (const auto* event : kEvents) add_event(nlohmann::json::parse(event).dump());
    end_job();
  }

  Result<nlohmann::json> jobs() override {
    return nlohmann::json::parse(R"([
      {"id":9,"name":"wide","state":"queued","submitted":"2026-01-02T10:00:00.000Z","priority":80,
       "submitter":""},
      {"id":8,"name":"mlp","state":"running","submitted":"2026-01-02T09:00:00.000Z",
       "priority":50,"submitter":"ann"},
      {"id":7,"name":"mlp","state":"finished","submitted":"2026-01-01T00:00:00.000Z",
       "priority":50,"submitter":"ann"},
      {"id":6,"name":"deep","state":"failed","submitted":"2026-01-01T00:00:00.000Z",
       "priority":50,"submitter":"bob"}])");
  }
  Result<nlohmann::json> history(std::size_t limit) override {
    auto all = nlohmann::json::parse(kHistory);
    while (all.size() > limit) all.erase(all.size() - 1);
    return all;
  }
  Result<nlohmann::json> status(JobId job) override {
    if (job.value == 8) return nlohmann::json::parse(kRunning);
    if (job.value == 9)
      return nlohmann::json::parse(
          R"({"id":9,"name":"wide","state":"queued","submitted":"2026-01-02T10:00:00.000Z"})");
    DK_TRY(FakeGateway::status(job));
    return nlohmann::json::parse(kEnded);
  }
  Result<nlohmann::json> nodes() override {
    return nlohmann::json::parse(R"([
      {"name":"n1","address":"10.0.0.1:7301","cores":8,"memory_bytes":30064771072,
       "labels":{"disk":"ssd","zone":"cellar"},"protocol":10,
       "certificate_ends":"2026-02-01T00:00:00.000Z","certificate_days_left":89.5,
       "state":"alive","incarnation":1,
       "supervisor":true,"role":"supervisor","votes":true,"copy":"in_sync"},
      {"name":"n2","address":"10.0.0.2:7301","cores":8,"memory_bytes":15032385536,
       "labels":{},"protocol":9,
       "certificate_ends":"2026-01-14T00:00:00.000Z","certificate_days_left":12.25,
       "state":"draining","incarnation":4,
       "supervisor":false,"role":"standby","votes":false,"copy":"behind"},
      {"name":"n3","address":"10.0.0.3:7301","cores":16,"state":"lost","incarnation":3,
       "supervisor":false,"role":"node"}])");
  }
  Result<EventPage> events(JobId job, std::uint64_t from,
                           std::chrono::milliseconds timeout) override {
    if (job.value == 8) {
      EventPage page;
      for (const auto* loss : {"2.3", "1.1", "0.6"})
        page.events.push_back(R"({"event":"progress","job":8,"loss":)" + std::string(loss) + "}");
      page.events.erase(
          page.events.begin(),
          page.events.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(from, 3)));
      page.next = 3;
      return page;
    }
    return FakeGateway::events(job, from, timeout);
  }

 private:
  static constexpr const char* kEvents[] = {
      R"json({"event":"submitted","job":7,"name":"mlp","time":"2026-01-01T00:00:00.000Z"})json",
      R"json({"event":"started","job":7,"nodes":["n1","n2"],"workers":4,"parameter_servers":2,
          "samples":60000,"epochs":2,"parameters":669706,"time":"2026-01-01T00:00:01.000Z"})json",
      R"json({"event":"progress","job":7,"epoch":1,"epochs":2,"samples_done":30000,
          "samples_total":120000,"samples_per_second":12000,"loss":0.61,"accuracy":0.8,
          "eta_seconds":7.5,"workers":4,"time":"2026-01-01T00:00:04.000Z"})json",
      R"json({"event":"failure","job":7,"what":"executor","node":"n2","incarnation":9,"pid":4711,
          "workers":[3,4],"shards":[2],"reason":"killed by signal 11 (Segmentation fault)",
          "log":["[info] worker 3: epoch 1","[error] out of range"],
          "time":"2026-01-01T00:00:05.000Z"})json",
      R"json({"event":"recovery","job":7,"action":"promoted","node":"n1","incarnation":7,
          "workers":[3,4],"shards":[2],"updates_lost":0,"seconds":0.9,
          "time":"2026-01-01T00:00:05.900Z"})json",
      R"json({"event":"checkpoint","job":7,"checkpoint":1,"updates":900,"bytes":2678824,
          "seconds":0.3,"time":"2026-01-01T00:00:10.000Z"})json",
      R"json({"event":"finished","job":7,"seconds":12.5,"samples_per_second":9600,
          "train":{"loss":0.31,"accuracy":0.89,"metrics":{"accuracy":0.89}},"test":{"loss":0.35,
          "accuracy":0.87,"metrics":{"accuracy":0.87},"samples":10000},"restarts":1,
          "updates":{"applied":3750,"duplicates_dropped":2,"taken_back":4,"lost":0},
          "account":[{"epoch":1,"visited":60000,"repeated":120,"missed":0},{"epoch":2,
          "visited":60000,"repeated":0,"missed":0}],"time":"2026-01-01T00:00:12.500Z"})json"};
  static constexpr const char* kRunning =
      R"({"id":8,"name":"mlp","state":"running","submitted":"2026-01-02T09:00:00.000Z","epoch":1,
          "epochs":2,"samples_done":30000,"samples_total":120000,"samples_per_second":12000,
          "loss":0.6,"accuracy":0.8,"metrics":{"accuracy":0.8},"eta_seconds":7.5,"restarts":0,
          "updates":{"applied":937,"duplicates_dropped":0,"taken_back":0,"lost":0},
          "checkpoint":{"id":2,"age_seconds":4.25},"test":null,
          "warnings":["checkpoints are paused: node n2: no space left"],
          "executors":[{"node":"n1","pid":100,"incarnation":11,"workers":[1,2],"shards":[1],
                        "backups":[2]},
                       {"node":"n2","pid":200,"incarnation":12,"workers":[3,4],"shards":[2],
                        "backups":[1]}],
          "loss_curve":[2.3,1.6,1.1,0.8,0.6],
          "workers":[{"worker":1,"node":"n1","samples_per_second":3100.5,"staleness":2},
                     {"worker":3,"node":"n2","samples_per_second":2900,"staleness":5}],
          "shards":[{"shard":1,"node":"n1","incarnation":21,"backup":"n2"},
                    {"shard":2,"node":"n2","incarnation":22,"backup":"n1"}],
          "recoveries":[{"event":"recovery","job":8,"time":"2026-01-02T09:00:04.000Z",
                         "action":"worker_restarted","node":"n2","seconds":0.28,
                         "updates_lost":0}]})";
  static constexpr const char* kEnded =
      R"({"id":7,"name":"mlp","state":"finished","submitted":"2026-01-01T00:00:00.000Z","epoch":2,
          "epochs":2,"samples_done":120000,"samples_total":120000,"samples_per_second":9600,
          "loss":0.31,"accuracy":0.89,"metrics":{"accuracy":0.89},"eta_seconds":null,"restarts":1,
          "updates":{"applied":3750,"duplicates_dropped":2,"taken_back":4,"lost":0},
          "checkpoint":null,"test":{"loss":0.35,"accuracy":0.87,"samples":10000},"executors":[]})";
  static constexpr const char* kHistory = R"json([
    {"id":8,"name":"mlp","submitter":"ann","state":"running","submitted":"2026-01-02T09:00:00.000Z",
     "started":"2026-01-02T09:00:01.000Z","ended":null,"queued_seconds":1.0,"seconds":5.0,
     "restarts":0,"reason":null,"loss":null,"accuracy":null,"test":null,"first_cause":null},
    {"id":7,"name":"mlp","submitter":"ann","state":"finished",
     "submitted":"2026-01-01T00:00:00.000Z","started":"2026-01-01T00:00:01.000Z",
     "ended":"2026-01-01T00:00:12.500Z","queued_seconds":1.0,"seconds":11.5,"restarts":1,
     "reason":null,"loss":0.31,"accuracy":0.89,"test":{"loss":0.35},
     "first_cause":{"time":"2026-01-01T00:00:05.000Z","what":"executor","node":"n2",
                    "reason":"killed by signal 11 (Segmentation fault)","log":[]}},
    {"id":6,"name":"deep","submitter":"bob","state":"failed",
     "submitted":"2026-01-01T00:00:00.000Z","started":"2026-01-01T00:00:13.000Z",
     "ended":"2026-01-01T00:01:13.000Z","queued_seconds":13.0,"seconds":60.0,"restarts":3,
     "reason":"node n3: killed by signal 9; no restarts left","loss":null,"accuracy":null,
     "test":null,"first_cause":null}])json";
};

}  // namespace dk::test
