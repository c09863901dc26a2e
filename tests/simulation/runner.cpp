// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/runner.hpp"

#include "tests/simulation/adversary.hpp"
#include "tests/simulation/checker.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/tiny_job.hpp"

namespace dk::simulation {
namespace {

/// However bad it was: some minutes after the last fault a job of milliseconds is over.
constexpr auto kPatience = 10min;
/// Of an epoch: not a multiple of anything.
constexpr std::uint64_t kSamples = 50;
constexpr std::uint64_t kSamplesPerWorker = 16;

nlohmann::json parameters_of(const std::string& algorithm) {
  static_cast<void>(algorithm);
  return {{"window", 2}};
}

void describe_job(const Schedule& schedule, JobSpec& spec) {
  spec.algorithm = {schedule.algorithm, parameters_of(schedule.algorithm)};
  spec.workers_max = schedule.workers;
  spec.parameter_servers = schedule.shards;
  spec.replicas = schedule.replicas;
  spec.epochs = schedule.epochs;
  spec.checkpoint_every = schedule.checkpoint_every;
  spec.checkpoint_worker_state = schedule.worker_state;
  spec.seed = schedule.seed;
  if (schedule.algorithm == "sandblaster-lbfgs") spec.optimizer = {{"name", "sgd"}};
}

std::vector<std::string> machine_names(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i)
    names.push_back(count <= 26 ? std::string(1, static_cast<char>('a' + i))
                                : fmt::format("m{:02}", i));
  return names;
}

/// The second job of a run: handed in at its time, watched by its end alone.
class RivalJob {
 public:
  RivalJob(const Schedule& schedule, const JobSpec& first, test::DeterministicSystem& system,
           test::SimulatedCluster& cluster)
      : schedule_(schedule),
        spec_(first),
        system_(system),
        cluster_(cluster),
        start_(system.now()) {
    if (!schedule.rival) return;
    spec_.name = "rival";
    spec_.workers_min = schedule.rival->workers_min;
    spec_.workers_max = schedule.rival->workers_max;
    spec_.priority = schedule.rival->priority;
    spec_.epochs = schedule.rival->epochs;
    cluster_.on_launch = [this, before = cluster_.on_launch](const test::SimulatedExecutor& made) {
      if (made.launch.job == kSecond) processes_.insert(made.process);
      before(made);
    };
  }

  /// It may be lost with a supervisor, as any that nobody has said yes to.
  void act() {
    if (!schedule_.rival || sent_ || system_.now() - start_ < schedule_.rival->at) return;
    const auto supervisor = cluster_.supervisor();
    if (!supervisor) return;
    sent_ = true;
    caf::anon_send(
        supervisor, put_atom_v,
        std::make_shared<const SubmittedJob>(SubmittedJob{spec_, *check_resources(spec_)}));
  }
  [[nodiscard]] bool over() const { return !there() || cluster_.ended(kSecond); }
  /// Messages of its own executors.
  [[nodiscard]] bool concerns(const test::Passage& passage) const {
    return processes_.contains(passage.from) || processes_.contains(passage.to);
  }
  void judge(std::uint64_t samples, Checker& checker) const {
    if (!there()) return;
    const auto outcome = cluster_.outcome(kSecond);
    const auto reason = outcome.value("reason", std::string());
    if (reason.starts_with("no machine is left that has not used up its restarts")) return;
    bool whole = outcome.value("state", "none") == "finished";
    for (const auto& epoch : outcome.value("account", nlohmann::json::array()))
      whole = whole && epoch.at("visited") == samples && epoch.at("missed") == 0;
    if (!whole) checker.violation(fmt::format("the second job: {}", outcome.dump()));
  }

 private:
  static constexpr JobId kSecond{2};
  [[nodiscard]] bool there() const { return sent_ && !cluster_.record(kSecond).is_null(); }

  const Schedule& schedule_;
  JobSpec spec_;
  test::DeterministicSystem& system_;
  test::SimulatedCluster& cluster_;
  test::DeterministicSystem::Time start_;
  bool sent_ = false;
  std::set<test::DeterministicSystem::Process> processes_;
};

/// Who is told beforehand loses nothing. (On a wire that loses messages a worker may count as slow,
/// and be replaced.)
void judge_drains(const Schedule& schedule, const nlohmann::json& outcome, Checker& checker) {
  const auto is_drain = [](const Fault& fault) { return fault.kind == FaultKind::kDrain; };
  if (schedule.faults.empty() || schedule.weather.drop > 0 ||
      !std::ranges::all_of(schedule.faults, is_drain))
    return;
  const auto lost = outcome.at("updates").at("lost").get<std::uint64_t>();
  if (lost > 0) checker.violation(fmt::format("{} updates are lost by drains alone", lost));
}

void judge_end(test::SimulatedCluster& cluster, JobId job, const Schedule& schedule,
               std::uint64_t samples, Checker& checker, Verdict& verdict) {
  const auto outcome = cluster.outcome(job);
  const auto state = outcome.value("state", "none");
  verdict.finished = state == "finished";
  verdict.recoveries = cluster.events(job, "recovery").size();
  if (verdict.finished) {
    judge_drains(schedule, outcome, checker);
    return checker.finished(outcome, samples);
  }
  const auto reason = outcome.value("reason", std::string());
  // Every machine has had six failures within a minute.
  if (reason.starts_with("no machine is left that has not used up its restarts")) return;
  checker.violation(fmt::format("the job is {}: {}", state, reason));
}

}  // namespace

Verdict play(const Schedule& schedule, bool trace) {
  const auto samples = std::max(kSamples, kSamplesPerWorker * schedule.workers);
  test::TinyJob tiny(static_cast<std::uint32_t>(samples));
  describe_job(schedule, tiny.spec);
  test::DeterministicSystem system(schedule.seed);
  system.step_time = schedule.step_time;
  test::SimulatedNetwork network(system, schedule.seed + 1);
  network.weather = schedule.weather;
  Adversary::Disks disks;
  std::map<std::string, std::shared_ptr<storage::KeyValueStore>> bytes;
  test::ClusterShape shape{machine_names(schedule.machines), schedule.cores, &network,
                           schedule.candidates, [&](const std::string& name) {
                             bytes[name] = storage::make_memory_key_value_store();
                             disks[name] = std::make_shared<BadDisk>(bytes[name]);
                             return disks[name];
                           }};
  Trace lines(system, network);
  lines.hide(tiny.directory().string());
  test::SimulatedCluster cluster(system, shape);
  std::vector<std::shared_ptr<storage::KeyValueStore>> states;
  for (const auto& [name, candidate] : cluster.candidates().all())
    states.push_back(bytes.at(cluster.state_disk(name)));
  Checker checker(tiny.spec, states);
  RivalJob rival(schedule, tiny.spec, system, cluster);
  network.observe = [&](const test::Passage& passage) {
    if (trace) lines.add(passage);
    if (!rival.concerns(passage)) checker.saw(passage);
  };
  const auto start = system.now();
  const auto job = cluster.submit(tiny.spec);
  Adversary adversary(schedule, system, network, cluster, disks);
  adversary.violation = [&](const std::string& what) { checker.violation(what); };
  adversary.say = [&](const std::string& line) { lines.add("* " + line); };

  Verdict verdict;
  const bool over = system.run_until(
      [&] {
        adversary.act();
        rival.act();
        return !checker.violations().empty() || (cluster.ended(job) && rival.over());
      },
      kPatience);
  if (!over)
    checker.violation(fmt::format("a job has not ended after {} minutes", kPatience.count()));
  if (over && checker.violations().empty())
    judge_end(cluster, job, schedule, samples, checker, verdict);
  if (over && checker.violations().empty()) rival.judge(samples, checker);
  if (trace) {
    for (auto event : cluster.events(job)) {
      // By the wall clock, for people.
      for (const auto* field : {"time", "seconds", "samples_per_second"}) event.erase(field);
      lines.add("event " + event.dump());
    }
  }
  verdict.violations = checker.violations();
  verdict.checks = checker.checks();
  verdict.messages = system.steps();
  verdict.virtual_time =
      std::chrono::duration_cast<std::chrono::milliseconds>(system.now() - start);
  verdict.trace = lines.lines();
  verdict.fingerprint = lines.fingerprint();
  system.end_all();
  return verdict;
}

}  // namespace dk::simulation
