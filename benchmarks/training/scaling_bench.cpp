// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/training/scaling_bench.hpp"

#include "actors/node.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace dk::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A directory that goes away with its owner.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "dk-bench-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Cluster {
  Scratch scratch;
  std::vector<std::unique_ptr<Node>> nodes;  ///< the first has the supervisor
};

Result<void> start(Cluster& cluster, Place place, std::uint32_t workers) {
  if (place == Place::kProcess) {
    DK_TRY_ASSIGN(auto node, start_local_node({}, workers));
    cluster.nodes.push_back(std::move(node));
    return {};
  }
  NodeConfig config;
  config.program = fs::read_symlink("/proc/self/exe").parent_path() / "dk-node";
  for (std::uint32_t i = 0; i < workers; ++i) {
    config.name = fmt::format("bench-{}", i);
    config.data = cluster.scratch.path() / config.name;
    config.supervisor = i == 0;
    if (i > 0) config.join = {cluster.nodes.front()->listen()};
    DK_TRY_ASSIGN(auto node, start_node(config));
    cluster.nodes.push_back(std::move(node));
  }
  return {};
}

struct Run {
  double samples_per_second = 0;
  double accuracy = 0;  ///< on the test set
};

/// Runs the job to its end. The rate is that of the last epoch.
Result<Run> run(const MlpJob& job, Place place) {
  Cluster cluster;
  DK_TRY(start(cluster, place, job.workers));
  Gateway& gateway = *cluster.nodes.front()->gateway();
  DK_TRY_ASSIGN(const auto id, gateway.submit({descriptor_of(job), "benchmark", "/", {}}));
  double seconds = 0;
  double visited = 0;
  for (std::uint64_t next = 0;;) {
    DK_TRY_ASSIGN(const auto page, gateway.events(id, next, 1000ms));
    next = page.next;
    for (const auto& line : page.events) {
      const auto event = nlohmann::json::parse(line);
      const auto name = event.at("event").get<std::string>();
      if (name == "epoch") {
        const auto at = event.at("seconds").get<double>();
        const double took = at - std::exchange(seconds, at);
        visited = event.at("visited").get<double>() / took;
      } else if (name == "finished") {
        return Run{visited, event.at("test").at("accuracy").get<double>()};
      } else if (name == "failed" || name == "cancelled") {
        return fail(Errc::kInternal, "the job {}: {}", name, line);
      }
    }
    if (page.ended) return fail(Errc::kInternal, "the job ended without a word");
  }
}

struct Case {
  MlpJob job;
  std::size_t single = 0;  ///< the case that it is compared with
  std::vector<double> rates{};
  std::vector<double> gains{};
  double accuracy = 0;
};

std::vector<Case> all_cases(const MlpJob& base, bool quick) {
  std::vector<Case> cases;
  for (const std::uint32_t batch : {128U, 32U}) {
    if (quick && batch != 128) continue;
    MlpJob job = base;
    job.epochs = 2;
    job.batch = batch;
    const auto single = cases.size();
    cases.push_back({job, single});
    job.algorithm = "adag";
    for (const std::uint32_t window : {15U, 5U}) {
      for (const std::uint32_t workers : {1U, 2U}) {
        job.window = window;
        job.workers = workers;
        if (!quick || window == 15) cases.push_back({job, single});
      }
    }
  }
  return cases;
}

nlohmann::json to_json(const Case& one) {
  return {{"algorithm", one.job.algorithm},
          {"window", one.job.window},
          {"workers", one.job.workers},
          {"batch", one.job.batch},
          {"samples_per_second", median(one.rates)},
          {"samples_per_second_min", quantile(one.rates, 0)},
          {"samples_per_second_max", quantile(one.rates, 1)},
          {"to_single", median(one.gains)},
          {"rounds", one.rates.size()},
          {"test_accuracy", one.accuracy}};
}

}  // namespace

Result<void> bench_scaling(const Options& options, const MlpJob& base, Place place) {
  auto cases = all_cases(base, options.quick);
  const int rounds = options.quick ? 1 : 3;
  for (int round = 0; round < rounds; ++round) {
    for (auto& one : cases) {
      DK_TRY_ASSIGN(const auto result, run(one.job, place));
      one.rates.push_back(result.samples_per_second);
      one.gains.push_back(result.samples_per_second / cases[one.single].rates.back());
      one.accuracy = result.accuracy;
    }
  }
  std::vector<std::vector<std::string>> rows{{"algorithm", "batch", "window", "workers",
                                              "samples/s", "min", "max", "to single", "accuracy"}};
  nlohmann::json figures{{"processes", place == Place::kProcesses}};
  for (const auto& one : cases) {
    rows.push_back({one.job.algorithm, fmt::format("{}", one.job.batch),
                    fmt::format("{}", one.job.window), fmt::format("{}", one.job.workers),
                    fmt::format("{:.0f}", median(one.rates)),
                    fmt::format("{:.0f}", quantile(one.rates, 0)),
                    fmt::format("{:.0f}", quantile(one.rates, 1)),
                    fmt::format("{:.2f}", median(one.gains)), fmt::format("{:.3f}", one.accuracy)});
    figures["cases"].push_back(to_json(one));
  }
  print_table(rows);
  return write_json(options, std::move(figures));
}

}  // namespace dk::bench
