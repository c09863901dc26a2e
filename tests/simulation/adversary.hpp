// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/simulation/bad_disk.hpp"
#include "tests/simulation/schedule.hpp"
#include "tests/support/simulated_cluster.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace dk::simulation {

/// Does to a cluster what the schedule says, and makes good again what passes.
class Adversary {
 public:
  using Disks = std::map<std::string, std::shared_ptr<BadDisk>>;

  Adversary(const Schedule& schedule, test::DeterministicSystem& system,
            test::SimulatedNetwork& network, test::SimulatedCluster& cluster, Disks& disks);

  /// Whatever is due.
  void act();
  /// Nothing goes wrong any more.
  [[nodiscard]] bool done() const { return next_ == faults_.size() && later_.empty(); }
  /// Hears of what must not be.
  std::function<void(const std::string&)> violation = [](const std::string&) {};
  /// Hears what is done.
  std::function<void(const std::string&)> say = [](const std::string&) {};

 private:
  using Time = std::chrono::steady_clock::time_point;

  void begin(const Fault& fault);
  void executor_fault(const Fault& fault);
  void node_fault(const Fault& fault);
  void supervisor_fault(const Fault& fault);
  void network_fault(const Fault& fault);
  void disk_fault(const Fault& fault);
  void drain_fault(const Fault& fault);
  void flip_fault(const Fault& fault);
  void clock_fault(const Fault& fault);
  /// Gives the order, and looks every half second whether it holds, until another one follows.
  void drain(const std::string& name, bool on, int looks = kLooks);
  static constexpr int kLooks = 120;

  void after(const Fault& fault, std::function<void()> what);
  [[nodiscard]] const std::string& machine(std::uint64_t pick) const;
  [[nodiscard]] Incarnation executor(std::uint64_t pick) const;
  void start_supervisor(const std::string& machine);
  /// The machine of the one that leads, or of any.
  [[nodiscard]] std::string supervisor(std::uint64_t pick) const;

  test::DeterministicSystem& system_;
  test::SimulatedNetwork& network_;
  test::SimulatedCluster& cluster_;
  Disks& disks_;
  std::vector<Fault> faults_;
  std::size_t next_ = 0;
  Time start_;
  std::multimap<Time, std::function<void()>> later_;
  std::vector<std::string> machines_;
  std::map<std::pair<std::string, std::string>, int> blocks_;
  std::map<std::string, int> full_;
  std::map<std::string, int> drains_;
};

}  // namespace dk::simulation
