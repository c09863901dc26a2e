// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/adversary.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <array>

namespace dk::simulation {

Adversary::Adversary(const Schedule& schedule, test::DeterministicSystem& system,
                     test::SimulatedNetwork& network, test::SimulatedCluster& cluster, Disks& disks)
    : system_(system),
      network_(network),
      cluster_(cluster),
      disks_(disks),
      faults_(schedule.faults),
      start_(system.now()) {
  for (const auto& [name, node] : cluster.nodes()) machines_.push_back(name);
}

void Adversary::act() {
  const auto now = system_.now();
  while (!later_.empty() && later_.begin()->first <= now) {
    const auto what = std::move(later_.extract(later_.begin()).mapped());
    what();
  }
  while (next_ < faults_.size() && start_ + faults_[next_].at <= now) begin(faults_[next_++]);
}

void Adversary::after(const Fault& fault, std::function<void()> what) {
  later_.emplace(system_.now() + fault.lasting, std::move(what));
}

const std::string& Adversary::machine(std::uint64_t pick) const {
  return machines_[pick % machines_.size()];
}

Incarnation Adversary::executor(std::uint64_t pick) const {
  const auto& executors = cluster_.executors();
  if (executors.empty()) return {};
  return std::next(executors.begin(), static_cast<std::ptrdiff_t>(pick % executors.size()))->first;
}

void Adversary::begin(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kKillExecutor:
    case FaultKind::kKillTwoExecutors:
    case FaultKind::kFreezeExecutor:
      return executor_fault(fault);
    case FaultKind::kKillNode:
    case FaultKind::kVanishNode:
    case FaultKind::kFreezeNode:
      return node_fault(fault);
    case FaultKind::kKillSupervisor:
    case FaultKind::kFreezeSupervisor:
      return supervisor_fault(fault);
    case FaultKind::kCut:
    case FaultKind::kPartition:
    case FaultKind::kOneWay:
    case FaultKind::kIsolate:
      return network_fault(fault);
    case FaultKind::kStateDiskFull:
    case FaultKind::kChunkDiskFull:
      return disk_fault(fault);
    case FaultKind::kDrain:
    case FaultKind::kLeave:
      return drain_fault(fault);
    case FaultKind::kFlipChunks:
    case FaultKind::kFlipManifests:
    case FaultKind::kFlipRecord:
      return flip_fault(fault);
    case FaultKind::kOddClock:
      return clock_fault(fault);
    case FaultKind::kCount:
      break;
  }
}

void Adversary::executor_fault(const Fault& fault) {
  const auto victim = executor(fault.pick);
  if (!victim) return;
  const auto process = cluster_.executors().at(victim).process;
  if (fault.kind == FaultKind::kFreezeExecutor) {
    say(fmt::format("SIGSTOP {} for {} ms", network_.name_of(process), fault.lasting.count()));
    network_.freeze(process);
    return after(fault, [this, process] {
      say(fmt::format("SIGCONT {}", network_.name_of(process)));
      network_.thaw(process);
    });
  }
  say(fmt::format("SIGKILL {}", network_.name_of(process)));
  cluster_.kill_executor(victim);
  if (fault.kind != FaultKind::kKillTwoExecutors) return;
  if (const auto second = executor(fault.pick / 7)) {
    say(fmt::format("SIGKILL executor {}", second));
    cluster_.kill_executor(second);
  }
}

void Adversary::node_fault(const Fault& fault) {
  const auto name = machine(fault.pick);
  const auto process = cluster_.nodes().at(name).process;
  if (!cluster_.nodes().at(name).alive) return;
  if (fault.kind == FaultKind::kFreezeNode) {
    say(fmt::format("SIGSTOP node {} for {} ms", name, fault.lasting.count()));
    network_.freeze(process);
    return after(fault, [this, process, name] {
      say(fmt::format("SIGCONT node {}", name));
      network_.thaw(process);
    });
  }
  const bool candidate = cluster_.candidates().contains(name);
  say(fmt::format("{} machine {} for {} ms",
                  fault.kind == FaultKind::kKillNode ? "SIGKILL" : "no power for", name,
                  fault.lasting.count()));
  const bool kill = fault.kind == FaultKind::kKillNode;
  const auto how = kill ? &test::SimulatedNetwork::kill : &test::SimulatedNetwork::vanish;
  if (candidate) cluster_.candidates().end(name, how);
  if (kill) {
    cluster_.kill_node(name);
  } else {
    cluster_.vanish_node(name);
  }
  after(fault, [this, name, candidate] {
    say(fmt::format("machine {} starts", name));
    if (candidate) start_supervisor(name);
    cluster_.start_node(name);
  });
}

void Adversary::start_supervisor(const std::string& machine) {
  if (cluster_.candidates().at(machine).door) return;
  if (disks_.at(cluster_.state_disk(machine))->full) {
    later_.emplace(system_.now() + 500ms, [this, machine] { start_supervisor(machine); });
    return;
  }
  say(fmt::format("supervisor@{} starts", machine));
  const auto started = cluster_.candidates().start(machine);
  if (!started) violation(started.error().message);
}

std::string Adversary::supervisor(std::uint64_t pick) const {
  const auto leader = cluster_.candidates().leader();
  const auto& all = cluster_.candidates().all();
  if (!leader.empty() && pick % 4 != 0) return leader;
  return std::next(all.begin(), static_cast<std::ptrdiff_t>(pick / 4 % all.size()))->first;
}

void Adversary::supervisor_fault(const Fault& fault) {
  const auto machine = supervisor(fault.pick);
  auto& victim = cluster_.candidates().at(machine);
  if (!victim.door) return;
  if (fault.kind == FaultKind::kKillSupervisor) {
    say(fmt::format("SIGKILL supervisor@{} for {} ms", machine, fault.lasting.count()));
    cluster_.candidates().end(machine, &test::SimulatedNetwork::kill);
    return after(fault, [this, machine] { start_supervisor(machine); });
  }
  const auto process = victim.process;
  say(fmt::format("SIGSTOP supervisor@{} for {} ms", machine, fault.lasting.count()));
  network_.freeze(process);
  after(fault, [this, process, machine] {
    say(fmt::format("SIGCONT supervisor@{}", machine));
    network_.thaw(process);
  });
}

void Adversary::network_fault(const Fault& fault) {
  if (machines_.size() < 2) return;
  const auto one = machine(fault.pick);
  auto other = machine(fault.pick / 13);
  if (one == other) other = machine(fault.pick + 1);
  if (fault.kind == FaultKind::kCut) {
    say(fmt::format("connections between {} and {} break", one, other));
    return network_.cut(one, other);
  }
  std::vector<std::pair<std::string, std::string>> ways{{one, other}};
  if (fault.kind == FaultKind::kPartition) ways.emplace_back(other, one);
  if (fault.kind == FaultKind::kIsolate) {
    ways.clear();
    for (const auto& name : machines_) {
      if (name == one) continue;
      ways.emplace_back(one, name);
      ways.emplace_back(name, one);
    }
  }
  say(fmt::format("{} of {} from {} for {} ms", name_of(fault.kind), one,
                  fault.kind == FaultKind::kIsolate ? "all" : other, fault.lasting.count()));
  for (const auto& way : ways) {
    ++blocks_[way];
    network_.block(way.first, way.second);
  }
  after(fault, [this, ways] {
    for (const auto& way : ways) {
      if (--blocks_[way] > 0) continue;
      say(fmt::format("{} reaches {} again", way.first, way.second));
      network_.heal(way.first, way.second);
    }
  });
}

void Adversary::drain(const std::string& name, bool on, int looks) {
  const auto drained = drained_nodes(cluster_.state());
  if (cluster_.supervisor() && drained && drained->contains(name) != on)
    caf::anon_send(cluster_.supervisor(), drain_atom_v, std::string(name), on);
  // An earlier order may still be on its way.
  if (looks == 0) return;
  later_.emplace(system_.now() + 500ms, [this, name, on, looks] {
    if ((drains_[name] > 0) == on) drain(name, on, looks - 1);
  });
}

void Adversary::drain_fault(const Fault& fault) {
  const auto name = machine(fault.pick);
  if (fault.kind == FaultKind::kDrain) {
    say(fmt::format("machine {} is to be left for {} ms", name, fault.lasting.count()));
    if (++drains_[name] == 1) drain(name, true);
    return after(fault, [this, name] {
      if (--drains_[name] > 0) return;
      say(fmt::format("machine {} may be used again", name));
      drain(name, false);
    });
  }
  if (!cluster_.nodes().at(name).alive) return;
  say(fmt::format("SIGTERM node {}, which ends after {} ms", name, fault.lasting.count()));
  caf::anon_send(cluster_.nodes().at(name).agent, drain_atom_v);
  after(fault, [this, name] {
    say(fmt::format("node {} ends and starts again", name));
    cluster_.kill_node(name);
    later_.emplace(system_.now() + 300ms, [this, name] { cluster_.start_node(name); });
  });
}

void Adversary::flip_fault(const Fault& fault) {
  if (fault.kind == FaultKind::kFlipChunks) {
    const auto name = machine(fault.pick);
    const auto flipped = disks_.at(name)->flip({}, "\xff", 2, fault.pick);
    return say(fmt::format("{} chunks of {} lose a bit", flipped.size(), name));
  }
  const auto name = supervisor(fault.pick);
  if (!cluster_.candidates().at(name).door) return;
  say(fmt::format("SIGKILL supervisor@{}", name));
  cluster_.candidates().end(name, &test::SimulatedNetwork::kill);
  auto& disk = *disks_.at(cluster_.state_disk(name));
  if (fault.kind == FaultKind::kFlipManifests) {
    say(fmt::format("{} manifests lose a bit", disk.flip("m", "n", 2, fault.pick).size()));
  } else {
    // All but events and manifests.
    const auto ranges = std::array{std::pair("c", "e"), std::pair("j", "m"), std::pair("v", "w")};
    const auto [from, end] = ranges.at(fault.pick % ranges.size());
    const auto flipped = disk.flip(from, end, 1, fault.pick);
    const auto started = cluster_.candidates().start(name);
    if (!flipped.empty() && (started || started.error().code != Errc::kCorrupt))
      violation(fmt::format("a supervisor starts although {} has lost a bit", flipped.front().key));
    if (!started) say(fmt::format("supervisor@{} refuses to start", name));
    for (const auto& value : flipped) disk.put_back(value);
  }
  after(fault, [this, name] { start_supervisor(name); });
}

void Adversary::clock_fault(const Fault& fault) {
  constexpr std::array kRates{0.25, 0.5, 0.9, 1.1, 2.0, 4.0};
  const auto name = machine(fault.pick);
  const auto rate = kRates.at(fault.pick / 7 % kRates.size());
  const auto leap = std::chrono::milliseconds(fault.pick / 97 % 2 == 0 ? 0 : fault.pick % 20'000);
  std::vector<test::DeterministicSystem::Process> processes;
  if (cluster_.nodes().at(name).alive) processes.push_back(cluster_.nodes().at(name).process);
  if (cluster_.candidates().contains(name) && cluster_.candidates().at(name).door)
    processes.push_back(cluster_.candidates().at(name).process);
  for (const auto& [incarnation, executor] : cluster_.executors()) {
    if (executor.node == name) processes.push_back(executor.process);
  }
  say(fmt::format("the clock of {} leaps {} ms and goes {} times as fast for {} ms", name,
                  leap.count(), rate, fault.lasting.count()));
  for (const auto process : processes) system_.set_clock(process, rate, leap);
  after(fault, [this, processes, name] {
    say(fmt::format("the clock of {} goes right", name));
    for (const auto process : processes) system_.set_clock(process, 1);
  });
}

void Adversary::disk_fault(const Fault& fault) {
  const auto name = fault.kind == FaultKind::kStateDiskFull
                        ? cluster_.state_disk(supervisor(fault.pick))
                        : machine(fault.pick);
  say(fmt::format("the disk of {} is full for {} ms", name, fault.lasting.count()));
  ++full_[name];
  disks_.at(name)->full = true;
  after(fault, [this, name] {
    if (--full_[name] > 0) return;
    say(fmt::format("the disk of {} has room again", name));
    disks_.at(name)->full = false;
  });
}

}  // namespace dk::simulation
