// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"

#include <algorithm>
#include <vector>

namespace dk {

/// The doors behind one of which the supervisor is. Goes round them; remembers the newest term that
/// it has heard of, so that a supervisor that has been replaced is not taken for one.
class Doors {
 public:
  explicit Doors(Peer first, const std::vector<Peer>& others = {}) : doors_{std::move(first)} {
    add(others);
  }

  [[nodiscard]] const Peer& current() const { return doors_[at_]; }
  [[nodiscard]] std::uint64_t term() const { return term_; }
  /// To the next door; true when that has not been tried in this round.
  bool next() {
    step();
    if (skip_ > 0 && same(current(), lost_)) {
      --skip_;
      step();
    }
    if (tried_ < doors_.size()) return true;
    tried_ = 0;
    return false;
  }
  /// The supervisor behind the door at hand is gone. If its machine is, dialling it takes long,
  /// while a standby knows who leads: that door is left out for some rounds.
  void lost() {
    lost_ = current();
    skip_ = doors_.size() > 1 ? kRoundsWithout : 0;
    step();
    tried_ = 0;
  }
  /// The supervisor's word about the candidates; false if it has been replaced. The door at hand is
  /// kept, and so is every other one until there are candidates to take its place.
  bool hear(const Supervisors& news) {
    if (news.term < term_) return false;
    term_ = news.term;
    tried_ = 0;
    skip_ = 0;
    if (news.doors.size() > 1) {
      doors_ = {current()};
      at_ = 0;
    }
    add(news.doors);
    return true;
  }
  /// Doors to be tried, too.
  void add(const std::vector<Peer>& doors) {
    for (const auto& door : doors) {
      if (std::ranges::none_of(doors_, [&](const Peer& known) { return same(known, door); }))
        doors_.push_back(door);
    }
  }

 private:
  static constexpr int kRoundsWithout = 8;

  static bool same(const Peer& one, const Peer& other) {
    return one.host == other.host && one.port == other.port &&
           (!one.host.empty() || one.handle == other.handle);
  }
  void step() {
    at_ = (at_ + 1) % doors_.size();
    ++tried_;
  }

  std::vector<Peer> doors_;
  std::size_t at_ = 0;
  std::size_t tried_ = 0;
  Peer lost_;
  int skip_ = 0;
  std::uint64_t term_ = 0;
};

}  // namespace dk
