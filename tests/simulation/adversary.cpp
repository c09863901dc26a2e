// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/adversary.hpp"

#include <fmt/format.h>

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
  const bool first = name == machines_.front();
  say(fmt::format("{} machine {} for {} ms",
                  fault.kind == FaultKind::kKillNode ? "SIGKILL" : "no power for", name,
                  fault.lasting.count()));
  if (first && fault.kind == FaultKind::kVanishNode && cluster_.supervisor())
    network_.vanish(cluster_.supervisor_process());
  if (first) cluster_.kill_supervisor();
  if (fault.kind == FaultKind::kKillNode) {
    cluster_.kill_node(name);
  } else {
    cluster_.vanish_node(name);
  }
  after(fault, [this, name, first] {
    say(fmt::format("machine {} starts", name));
    if (first) start_supervisor();
    cluster_.start_node(name);
  });
}

void Adversary::start_supervisor() {
  if (cluster_.supervisor()) return;
  if (disks_.at("state")->full) {
    later_.emplace(system_.now() + 500ms, [this] { start_supervisor(); });
    return;
  }
  say("the supervisor starts");
  cluster_.start_supervisor();
}

void Adversary::supervisor_fault(const Fault& fault) {
  if (!cluster_.supervisor()) return;
  if (fault.kind == FaultKind::kKillSupervisor) {
    say(fmt::format("SIGKILL supervisor for {} ms", fault.lasting.count()));
    cluster_.kill_supervisor();
    return after(fault, [this] { start_supervisor(); });
  }
  const auto process = cluster_.supervisor_process();
  say(fmt::format("SIGSTOP supervisor for {} ms", fault.lasting.count()));
  network_.freeze(process);
  after(fault, [this, process] {
    say("SIGCONT supervisor");
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

void Adversary::disk_fault(const Fault& fault) {
  const auto name = fault.kind == FaultKind::kStateDiskFull ? "state" : machine(fault.pick);
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
