// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/key_value_store.hpp"
#include "tests/simulation/schedule.hpp"
#include "tests/support/simulated_cluster.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace dk::simulation {

/// A store whose disk is full now and then: reads work, writes fail whole.
class FullDisk : public storage::KeyValueStore {
 public:
  explicit FullDisk(std::shared_ptr<storage::KeyValueStore> disk) : disk_(std::move(disk)) {}

  bool full = false;

  [[nodiscard]] Result<void> write(const storage::KeyValueBatch& batch) override {
    if (full) return fail(Errc::kIo, "no space left on device");
    return disk_->write(batch);
  }
  [[nodiscard]] Result<void> sync() override {
    if (full) return fail(Errc::kIo, "no space left on device");
    return disk_->sync();
  }
  [[nodiscard]] Result<Bytes> get(std::string_view key) override { return disk_->get(key); }
  [[nodiscard]] Result<void> scan(std::string_view from, std::string_view end,
                                  const Visitor& visit) override {
    return disk_->scan(from, end, visit);
  }

 private:
  std::shared_ptr<storage::KeyValueStore> disk_;
};

/// Does to a cluster what the schedule says, and makes good again what passes.
class Adversary {
 public:
  using Disks = std::map<std::string, std::shared_ptr<FullDisk>>;

  Adversary(const Schedule& schedule, test::DeterministicSystem& system,
            test::SimulatedNetwork& network, test::SimulatedCluster& cluster, Disks& disks);

  /// Whatever is due.
  void act();
  /// Nothing goes wrong any more.
  [[nodiscard]] bool done() const { return next_ == faults_.size() && later_.empty(); }
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
  void after(const Fault& fault, std::function<void()> what);
  [[nodiscard]] const std::string& machine(std::uint64_t pick) const;
  [[nodiscard]] Incarnation executor(std::uint64_t pick) const;
  void start_supervisor();

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
};

}  // namespace dk::simulation
