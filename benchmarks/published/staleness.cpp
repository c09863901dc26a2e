// SPDX-License-Identifier: GPL-3.0-or-later
//
//     dk_staleness_bench JOB.json --staleness N
//
// Trains a job as its asynchronous workers do, in one thread and in turn, so that exactly N
// contributions of others lie between the centre that a contribution was made from and the one it
// is added to. The runtime cannot choose that number, which makes or breaks these algorithms.
//
// Workers that go on from the centre (downpour, adag, ...) pull it N contributions before theirs.
// Those with weights of their own (aeasgd) work their force out from the centre of that moment and
// apply it to themselves at once, but it reaches the centre N contributions later: dist-keras'
// order, where a worker pulls and then commits. N = 0 is this runtime's, where the shard works the
// force out.
//
// Writes one line, as the last of `dk-submit --json run JOB.json --local`.
#include "actors/algorithms/kernels.hpp"
#include "actors/algorithms/registry.hpp"
#include "actors/descriptor/descriptor.hpp"
#include "actors/evaluation.hpp"
#include "actors/logic/job_metrics.hpp"
#include "actors/logic/ledger.hpp"
#include "actors/trainer.hpp"
#include "base/files.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <queue>

namespace {

using namespace dk;

struct Worker {
  std::unique_ptr<Trainer> trainer;
  std::vector<float> theta0;
};

/// Centre and workers of one job.
class Race {
 public:
  static Result<Race> make(const JobSpec& spec, std::shared_ptr<const storage::Dataset> data) {
    Race race;
    race.own_weights_ = spec.algorithm.name == "aeasgd";
    DK_TRY_ASSIGN(race.algorithm_, make_algorithm(spec.algorithm, spec.workers_max));
    DK_TRY_ASSIGN(const auto initial, build_initial_model(spec));
    race.centre_.assign(initial->parameters().begin(), initial->parameters().end());
    if (race.algorithm_->pace().kind != Pace::Kind::kFree ||
        (race.algorithm_->keeps_reply() && !race.own_weights_) ||
        race.algorithm_->worker_slots() + race.algorithm_->shard_slots() > 0 ||
        initial->trainable_count() != race.centre_.size()) {
      return fail(Errc::kInvalid,
                  "'{}' with this model is not for dk_staleness_bench; allowed: algorithms whose "
                  "workers never wait and that keep nothing but weights, and models whose weights "
                  "all learn",
                  spec.algorithm.name);
    }
    race.contribution_.resize(race.centre_.size());
    race.reply_.resize(race.centre_.size());
    for (std::uint32_t i = 0; i < spec.workers_max; ++i) {
      DK_TRY_ASSIGN(auto trainer, Trainer::make(spec, data));
      std::ranges::copy(race.centre_, trainer->parameters().begin());
      race.workers_.push_back({std::move(trainer), race.centre_});
    }
    return race;
  }

  Result<void> run(const Ledger& blocks, std::uint64_t staleness) {
    const auto count = workers_.size();
    for (std::uint64_t turn = 0; turn < blocks.blocks_total(); ++turn) {
      auto& worker = workers_[turn % count];
      worker.trainer->begin(turn, blocks.block(turn));
      while (!worker.trainer->block_done()) DK_TRY(worker.trainer->step());
      exchange(worker, staleness);
      if (!own_weights_) pull(workers_[(turn + staleness + 1) % count]);
    }
    for (; !late_.empty(); late_.pop()) kernels::add_scaled(centre_, late_.front(), 1.0F, {});
    return {};
  }

  [[nodiscard]] std::span<const float> centre() const { return centre_; }
  /// Contributions so far.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  void pull(Worker& worker) const {
    std::ranges::copy(centre_, worker.trainer->parameters().begin());
    std::ranges::copy(centre_, worker.theta0.begin());
  }

  void exchange(Worker& worker, std::uint64_t staleness) {
    const auto theta = worker.trainer->parameters();
    algorithm_->contribute(theta, worker.theta0, worker.trainer->steps(), contribution_);
    const TakeContext context{staleness, taken_++, {}};
    if (!own_weights_) {
      algorithm_->take(centre_, contribution_, context, {}, reply_);
      return;
    }
    auto elsewhere = centre_;
    algorithm_->take(elsewhere, contribution_, context, {}, reply_);
    algorithm_->accept(reply_, theta, worker.theta0);
    late_.push(reply_);
    if (late_.size() <= staleness) return;
    kernels::add_scaled(centre_, late_.front(), 1.0F, {});
    late_.pop();
  }

  bool own_weights_ = false;
  std::unique_ptr<const Algorithm> algorithm_;
  std::vector<float> centre_;
  std::vector<Worker> workers_;
  std::vector<float> contribution_;
  std::vector<float> reply_;
  std::queue<std::vector<float>> late_;  ///< forces on their way to the centre
  std::uint64_t taken_ = 0;
};

Result<nlohmann::json> evaluate(JobSpec spec, std::span<const float> weights) {
  if (!spec.test) return fail(Errc::kInvalid, "the job has no data.test");
  constexpr std::uint32_t kEvaluationBatch = 500;
  spec.batch_size = kEvaluationBatch;
  DK_TRY_ASSIGN(const auto data, storage::Dataset::load(*spec.test));
  DK_TRY_ASSIGN(const auto model, build_model(spec));
  std::ranges::copy(weights, model->parameters().begin());
  DK_TRY_ASSIGN(const auto metrics, JobMetrics::make(model->metric_facts()));
  DK_TRY_ASSIGN(const auto sums, evaluate_model(*model, *data));
  auto values = metrics.values(sums.metrics);
  values["loss"] = sums.loss.loss_sum / static_cast<double>(sums.loss.samples);
  return values;
}

Result<nlohmann::json> simulate(const std::filesystem::path& path, std::uint64_t staleness) {
  DK_TRY_ASSIGN(const auto text, read_file(path));
  DK_TRY_ASSIGN(const auto spec, read_descriptor(text, path.string(), path.parent_path()));
  if (staleness >= spec.workers_max) {
    return fail(Errc::kInvalid, "--staleness {} with {} workers; allowed: 0 to {}", staleness,
                spec.workers_max, spec.workers_max - 1);
  }
  DK_TRY_ASSIGN(const auto data, storage::Dataset::load(spec.train));
  DK_TRY_ASSIGN(auto race, Race::make(spec, data));
  DK_TRY_ASSIGN(const auto algorithm, make_algorithm(spec.algorithm, spec.workers_max));
  const Ledger blocks({.samples = data->size(),
                       .block_size = std::uint64_t{algorithm->window()} * spec.batch_size,
                       .epochs = spec.epochs});
  const auto start = std::chrono::steady_clock::now();
  const auto ran = race.run(blocks, staleness);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  nlohmann::json line{{"event", ran ? "finished" : "failed"},
                      {"seconds", took.count()},
                      {"restarts", 0},
                      {"updates", {{"applied", race.taken()}}},
                      {"account", nlohmann::json::array()},
                      {"train", nullptr},
                      {"test", nullptr}};
  if (!ran) {
    line["reason"] = ran.error().message;
    return line;
  }
  DK_TRY_ASSIGN(line["test"], evaluate(spec, race.centre()));
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a job with contributions that are just so late, in one thread."};
  std::string path;
  std::uint64_t staleness = 0;
  app.add_option("JOB", path, "Descriptor")->required();
  app.add_option("--staleness", staleness, "Contributions of others between pull and commit")
      ->required();
  CLI11_PARSE(app, argc, argv);
  const auto line = simulate(path, staleness);
  if (!line) {
    fmt::print(stderr, "dk_staleness_bench: {}\n", line.error().message);
    return 1;
  }
  fmt::print("{}\n", line->dump());
  return 0;
}
