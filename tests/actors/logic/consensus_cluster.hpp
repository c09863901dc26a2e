// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/consensus.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace dk::test {

using namespace std::chrono_literals;

/// A disk in memory; a full one refuses what it is given.
class ConsensusDisk final : public ConsensusStore {
 public:
  Result<void> write(std::span<const ConsensusEntry> entries,
                     const ConsensusFacts& latest) override {
    if (full) return fail(Errc::kIo, "the disk is full");
    for (const auto& entry : entries) state += entry.change;
    facts = latest;
    return {};
  }
  Result<std::string> image() override { return state; }
  Result<void> replace(const std::string& image, const ConsensusFacts& latest) override {
    if (full) return fail(Errc::kIo, "the disk is full");
    state = image;
    facts = latest;
    return {};
  }

  std::string state;
  ConsensusFacts facts;
  bool full = false;
};

/// Candidates on a network that loses, delays, repeats and reorders; "a" has founded the cluster.
/// Checks after every event that no term has two leaders and that nothing committed is ever lost.
class ConsensusCluster {
 public:
  ConsensusCluster(std::size_t size, std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < size; ++i) {
      names_.emplace_back(1, static_cast<char>('a' + i));
      start(names_.back());
    }
    EXPECT_TRUE(at("a").found(now_));
    after("a");
  }

  [[nodiscard]] Consensus& at(const std::string& name) { return *hosts_.at(name); }
  [[nodiscard]] ConsensusDisk& disk(const std::string& name) { return disks_[name]; }
  [[nodiscard]] bool runs(const std::string& name) const { return hosts_.contains(name); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  std::uint64_t random() { return random_(); }

  void start(const std::string& name) {
    Consensus::Config config;
    config.self = {name, name.front() + std::uint64_t{seats_[name]}, {}, 0, {}};
    config.heartbeat = 500ms;
    config.election = 2s;
    config.message_bytes = 64;
    config.recent_bytes = 256;
    config.seed = random();
    hosts_[name] = std::make_unique<Consensus>(config, disks_[name], disks_[name].facts, now_);
  }
  /// As kill -9; its disk stays.
  void crash(const std::string& name) { hosts_.erase(name); }
  /// Its disk is gone, too, and a new one is put in.
  void lose_disk(const std::string& name) {
    crash(name);
    disks_[name] = {};
    seats_[name] += 100;
  }
  /// Nothing passes between those inside and the others.
  void part(std::set<std::string> inside) { inside_ = std::move(inside); }
  void heal() { inside_.clear(); }
  void pause(const std::string& name) { paused_.insert(name); }
  void go_on(const std::string& name) { paused_.erase(name); }

  /// The one that leads the newest term, or empty.
  [[nodiscard]] std::string leader() const {
    std::string found;
    for (const auto& [name, host] : hosts_) {
      if (host->leads() && (found.empty() || host->term() > hosts_.at(found)->term())) found = name;
    }
    return found;
  }

  bool propose(const std::string& name) {
    if (!runs(name) || paused_.contains(name)) return false;
    const auto done = at(name).propose(fmt::format("{};", ++proposed_), now_);
    after(name);
    return done.has_value();
  }

  void run(std::chrono::milliseconds time) {
    for (const auto until = now_ + time; now_ < until; now_ += 10ms) {
      deliver();
      for (const auto& name : names_) {
        if (!runs(name) || paused_.contains(name)) continue;
        at(name).tick(now_);
        if (at(name).leader() == nullptr) seek(name);
        after(name);
      }
    }
  }
  bool run_until(const std::function<bool()>& done) {
    for (int i = 0; i < 6000 && !done(); ++i) run(10ms);
    return done();
  }

  unsigned lost_in_100 = 0;
  unsigned twice_in_100 = 0;
  std::chrono::milliseconds latest{0};
  /// Everything that was ever committed, in order.
  [[nodiscard]] const std::string& committed() const { return committed_; }

 private:
  struct Letter {
    Candidate from;
    std::string to;
    ConsensusMessage message;
  };

  void seek(const std::string& name) {
    ConsensusMessage message;
    message.kind = ConsensusMessage::Kind::kSeek;
    for (const auto& other : names_) {
      if (other != name) post({self(name), other, message});
    }
  }
  Candidate self(const std::string& name) {
    return {name, name.front() + std::uint64_t{seats_[name]}, {}, 0, {}};
  }
  void post(const Letter& letter) {
    if (random() % 100 < lost_in_100) return;
    const auto copies = random() % 100 < twice_in_100 ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto delay =
          std::chrono::milliseconds(random() % (static_cast<std::uint64_t>(latest.count()) + 1));
      wire_.emplace(now_ + delay, letter);
    }
  }
  void deliver() {
    while (!wire_.empty() && wire_.begin()->first <= now_) {
      const auto letter = wire_.begin()->second;
      wire_.erase(wire_.begin());
      if (inside_.contains(letter.to) != inside_.contains(letter.from.name)) continue;
      if (!runs(letter.to) || paused_.contains(letter.to)) continue;
      at(letter.to).receive(letter.from, letter.message, now_);
      after(letter.to);
    }
  }
  void after(const std::string& name) {
    auto& host = at(name);
    for (auto& mail : host.take_messages()) post({self(name), mail.to, std::move(mail.message)});
    if (!host.leads()) return;
    const auto [known, fresh] = leaders_.try_emplace(host.term(), name);
    ASSERT_EQ(known->second, name) << "two leaders in term " << host.term();
    const auto& state = disk(name).state;
    const bool all = host.committed() == host.facts().position.index;
    if (host.term() < newest_) {
      ASSERT_TRUE(!all || committed_.starts_with(state)) << name << " has another history";
      return;
    }
    newest_ = host.term();
    ASSERT_TRUE(state.starts_with(committed_)) << name << " leads without " << committed_;
    if (all) committed_ = state;
  }

  std::mt19937_64 random_;
  Consensus::TimePoint now_{};
  std::vector<std::string> names_;
  std::map<std::string, ConsensusDisk> disks_;
  std::map<std::string, unsigned> seats_;
  std::map<std::string, std::unique_ptr<Consensus>> hosts_;
  std::multimap<Consensus::TimePoint, Letter> wire_;
  std::set<std::string> inside_;
  std::set<std::string> paused_;
  std::map<std::uint64_t, std::string> leaders_;
  std::uint64_t newest_ = 0;  ///< term that had a leader
  std::string committed_;
  int proposed_ = 0;
};

}  // namespace dk::test
