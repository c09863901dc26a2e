// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/runner.hpp"

#include "tests/simulation/adversary.hpp"
#include "tests/simulation/checker.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/tiny_job.hpp"

namespace dk::simulation {
namespace {

/// However bad it was: some minutes after the last fault a job of milliseconds is over.
/// Rounds where every fiftieth message is lost, and missed after 10 s, take their time.
constexpr auto kPatience = 30min;
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

bool lawful(const nlohmann::json& outcome) {
  // Every machine has had six failures within a minute.
  return outcome.value("reason", std::string())
      .starts_with("no machine is left that has not used up its restarts");
}

bool whole(const nlohmann::json& outcome, std::uint64_t samples) {
  if (outcome.value("state", "none") != "finished") return false;
  const auto account = outcome.value("account", nlohmann::json::array());
  return std::ranges::all_of(account, [&](const auto& epoch) {
    return epoch.at("visited") == samples && epoch.at("missed") == 0;
  });
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
    if (!lawful(outcome) && !whole(outcome, samples))
      checker.violation(fmt::format("the second job: {}", outcome.dump()));
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
  if (const auto events = cluster.events(job); events.empty() || events.back().at("event") != state)
    checker.violation(fmt::format("the job is {}, but its last event says something else", state));
  if (verdict.finished) {
    judge_drains(schedule, outcome, checker);
    return checker.finished(outcome, samples);
  }
  if (lawful(outcome)) return;
  checker.violation(
      fmt::format("the job is {}: {}", state, outcome.value("reason", std::string())));
}

/// A simulated cluster on disks that can be made bad.
struct Stage {
  explicit Stage(const Schedule& schedule)
      : samples(std::max(kSamples, kSamplesPerWorker * schedule.workers)),
        tiny(static_cast<std::uint32_t>(samples)),
        system(schedule.seed),
        network(system, schedule.seed + 1) {
    describe_job(schedule, tiny.spec);
    system.step_time = schedule.step_time;
    network.weather = schedule.weather;
    cluster.emplace(system,
                    test::ClusterShape{machine_names(schedule.machines), schedule.cores, &network,
                                       schedule.candidates, [this](const std::string& name) {
                                         bytes[name] = storage::make_memory_key_value_store();
                                         disks[name] = std::make_shared<BadDisk>(bytes[name]);
                                         return disks[name];
                                       }});
  }

  std::uint64_t samples;
  test::TinyJob tiny;
  test::DeterministicSystem system;
  test::SimulatedNetwork network;
  Adversary::Disks disks;
  std::map<std::string, std::shared_ptr<storage::KeyValueStore>> bytes;
  std::optional<test::SimulatedCluster> cluster;
};

}  // namespace

Verdict play(const Schedule& schedule, bool trace) {
  Stage stage(schedule);
  auto& [samples, tiny, system, network, disks, bytes, stage_cluster] = stage;
  Trace lines(system, network);
  lines.hide(tiny.directory().string());
  auto& cluster = *stage_cluster;
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

Verdict live_through(const Schedule& schedule) {
  Stage stage(schedule);
  auto& cluster = *stage.cluster;
  auto& system = stage.system;
  Verdict verdict;
  Adversary adversary(schedule, system, stage.network, cluster, stage.disks);
  adversary.violation = [&](const std::string& what) { verdict.violations.push_back(what); };
  const auto facts = check_resources(stage.tiny.spec);
  const auto start = system.now();
  std::size_t sent = 0;
  const auto hand_in = [&] {
    if (sent == schedule.further_jobs.size() ||
        system.now() - start < schedule.further_jobs[sent] || !cluster.supervisor())
      return;
    ++sent;
    caf::anon_send(cluster.supervisor(), put_atom_v,
                   std::make_shared<const SubmittedJob>(SubmittedJob{stage.tiny.spec, *facts}));
  };
  // Asked after every message.
  std::size_t known_to_have_ended = 0;
  const auto ended = [&](const std::vector<JobId>& jobs) {
    while (known_to_have_ended < jobs.size() && cluster.ended(jobs[known_to_have_ended]))
      ++known_to_have_ended;
    return known_to_have_ended == jobs.size();
  };
  const auto last = schedule.further_jobs.back();
  bool over = system.run_until(
      [&] {
        adversary.act();
        hand_in();
        return !verdict.violations.empty() || sent == schedule.further_jobs.size();
      },
      last + kPatience);
  over = over && system.run_until(
                     [&] {
                       adversary.act();
                       return !verdict.violations.empty();
                     },
                     60s) == false;
  std::vector<JobId> jobs;
  const auto stored = cluster.state().jobs();
  for (std::size_t i = 0; stored && i < stored->size(); ++i) jobs.push_back((*stored)[i].first);
  over = over && system.run_until([&] { return ended(jobs); }, kPatience);
  if (!over && verdict.violations.empty())
    verdict.violations.push_back("a job has not ended, or none could be handed in");
  for (const auto id : jobs) {
    const auto outcome = cluster.outcome(id);
    verdict.recoveries += cluster.events(id, "recovery").size();
    verdict.jobs += outcome.value("state", "none") == "finished" ? 1U : 0U;
    if (!lawful(outcome) && !whole(outcome, stage.samples))
      verdict.violations.push_back(fmt::format("job {}: {}", id, outcome.dump()));
  }
  verdict.finished = verdict.violations.empty();
  verdict.messages = system.steps();
  verdict.virtual_time =
      std::chrono::duration_cast<std::chrono::milliseconds>(system.now() - start);
  system.end_all();
  return verdict;
}

}  // namespace dk::simulation
