// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/simulated_training.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace dk::toy {
namespace {

constexpr std::size_t kWeights = 3;
constexpr std::uint64_t kLossOneIn = 150;  // events
constexpr std::uint64_t kJoinOneIn = 60;   // events, while somebody is missing
constexpr std::uint64_t kRepeatOneIn = 8;  // answers
constexpr std::uint64_t kShortOneIn = 6;   // windows
constexpr std::uint64_t kFastest = 8;      // times the slowest
constexpr std::uint64_t kMostEvents = 1'000'000;
constexpr std::size_t kAhead = 0;

Vector drawn(Random& random, float least, float most) {
  Vector values(kWeights);
  for (float& x : values) x = least + (most - least) * random.uniform();
  return values;
}

}  // namespace

Simulation::Simulation(const Algorithm& algorithm, const SimulationConfig& config)
    : algorithm_(algorithm),
      config_(config),
      pace_(algorithm.pace()),
      random_(config.seed),
      curvature_(drawn(random_, 0.5F, 1)),
      target_(drawn(random_, -1, 1)),
      start_(drawn(random_, 2, 3)),
      shard_(algorithm, start_),
      pacing_(pace_, kAhead),
      acknowledged_(kWeights) {
  while (members_.size() < config_.workers) join();
}

std::string Simulation::run() {
  for (std::uint64_t event = 0; contributed_ < config_.windows && wrong_.empty(); ++event) {
    if (event == kMostEvents) return "the training does not come to its end";
    if (config_.troubled && random_.below(kLossOneIn) == 0 && !members_.empty()) {
      lose(std::next(members_.begin(), static_cast<std::ptrdiff_t>(random_.below(members_.size())))
               ->first);
    }
    const bool missing = members_.size() < config_.workers;
    if (members_.empty() || (missing && random_.below(kJoinOneIn) == 0)) join();
    if (pacing_.rounds() && (!round_ || round_->empty())) open_round();
    if (round_ && round_->ready()) close_round();

    std::vector<Member*> waiting;
    for (auto& [id, member] : members_) waiting.push_back(&member);
    while (!waiting.empty()) {
      auto* member = draw(waiting);
      if (act(*member)) break;
      std::erase(waiting, member);
    }
    if (waiting.empty() && !(round_ && round_->ready())) return "everybody waits";
  }
  config_.troubled = false;
  for (auto& [id, member] : members_) {
    if (member.sent) exchange(member);
  }
  return wrong_;
}

Simulation::Member* Simulation::draw(const std::vector<Member*>& from) {
  std::uint64_t sum = 0;
  for (const auto* member : from) sum += member->speed;
  auto drawn = random_.below(sum);
  for (auto* member : from) {
    if (drawn < member->speed) return member;
    drawn -= member->speed;
  }
  return from.back();
}

// -- membership -------------------------------------------------------------------------

void Simulation::join() {
  const auto id = next_id_++;
  Member member{Worker(algorithm_, id, shard_.centre()), 1 + random_.below(kFastest), 0, 0, {}};
  if (!members_.empty()) {
    member.clock = std::ranges::min_element(members_, {}, [](const auto& entry) {
                     return entry.second.clock;
                   })->second.clock;
  }
  members_.emplace(id, std::move(member));
  shard_.welcome(id);
  announce();
}

void Simulation::lose(std::uint32_t id) {
  ++losses_;
  // Its answer had not arrived, so nobody knows that its contribution was taken in everywhere.
  if (members_.at(id).sent && algorithm_.reversible()) shard_.revert(id);
  members_.erase(id);
  if (round_) round_->lost(WorkerId(id), Incarnation(id));
  announce();
}

void Simulation::announce() {
  std::set<WorkerId> workers;
  for (const auto& [id, member] : members_) workers.insert(WorkerId(id));
  pacing_.set_workers(workers);
}

// -- a worker's turn --------------------------------------------------------------------

bool Simulation::act(Member& member) {
  if (member.sent) {
    exchange(member);
    return true;
  }
  if (member.length == 0 && !begin_window(member)) return false;
  if (member.worker.steps < member.length) {
    member.worker.step([&](const Vector& x) {
      Vector change(x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        change[i] = -config_.learning_rate * curvature_[i] * (x[i] - target_[i]);
      }
      return change;
    });
    return true;
  }
  if (round_) {
    contribute_to_round(member);
  } else {
    exchange(member);
  }
  return true;
}

bool Simulation::begin_window(Member& member) {
  const WorkerId id(member.worker.id);
  if (round_) {
    const auto found = std::ranges::find(round_->members(), id, &Round::Member::worker);
    if (found == round_->members().end() || found->sequence > 0) return false;
  } else if (pacing_.allowance(id, 0) == 0) {
    return false;
  }
  for (const auto& [other, peer] : members_) {
    const auto ahead = member.clock - std::min(member.clock, peer.clock);
    furthest_ahead_ = std::max(furthest_ahead_, ahead);
    if (pace_.kind == Pace::Kind::kBounded && ahead > pace_.staleness) {
      wrong_ = fmt::format("worker {} is {} windows ahead of worker {}", id, ahead, other);
    }
    if (contributed_ < pace_.warm_start && peer.length > 0) {
      wrong_ = fmt::format("workers {} and {} train during the warm start", id, other);
    }
  }
  const bool is_short = random_.below(kShortOneIn) == 0;
  member.length = is_short ? 1 + static_cast<std::uint32_t>(random_.below(algorithm_.window()))
                           : algorithm_.window();
  return true;
}

void Simulation::exchange(Member& member) {
  auto& worker = member.worker;
  if (!member.sent) {
    member.sent = worker.contribute();
  } else {
    ++repeats_;
  }
  const auto reply = shard_.take(worker.id, worker.sequence, *member.sent);
  if (config_.troubled && random_.below(kRepeatOneIn) == 0) return;
  const Vector before = worker.theta;
  worker.accept(reply);
  const bool elastic = algorithm_.keeps_reply() && algorithm_.reversible();
  for (std::size_t i = 0; i < kWeights; ++i) {
    acknowledged_[i] +=
        elastic ? double{before[i]} - double{worker.theta[i]} : double{(*member.sent)[i]};
  }
  member.sent.reset();
  member.length = 0;
  ++member.clock;
  ++contributed_;
  pacing_.contributed(WorkerId(worker.id));
}

// -- rounds -----------------------------------------------------------------------------

void Simulation::open_round() {
  std::vector<Round::Member> members;
  for (const auto& [id, member] : members_) {
    members.push_back({WorkerId(id), Incarnation(id), rounds_ + 1, 0});
  }
  round_.emplace(++rounds_, pace_.spare, std::move(members));
}

void Simulation::contribute_to_round(Member& member) {
  const auto id = member.worker.id;
  round_contributions_[id] = member.worker.contribute();
  member.length = 0;
  if (!round_->contributed(WorkerId(id), Incarnation(id), rounds_, member.worker.sequence)) {
    wrong_ = fmt::format("the contribution of worker {} is refused", id);
  }
}

void Simulation::close_round() {
  static_cast<void>(round_->close());
  std::vector<Vector> contributions;
  for (const auto& member : round_->members()) {
    contributions.push_back(std::move(round_contributions_.at(member.worker.value)));
    for (std::size_t i = 0; i < kWeights; ++i) {
      acknowledged_[i] +=
          double{contributions.back()[i]} / static_cast<double>(round_->members().size());
    }
  }
  contributed_ += contributions.size();
  shard_.combine(contributions);
  round_contributions_.clear();
  // Whoever was late trains its window again, from the new centre like the others.
  for (auto& [id, member] : members_) {
    member.worker.steps = 0;
    member.length = 0;
    member.worker.accept(shard_.centre());
  }
  open_round();
}

// -- the problem ------------------------------------------------------------------------

double Simulation::loss(const Vector& x) const {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double distance = double{x[i]} - double{target_[i]};
    sum += 0.5 * double{curvature_[i]} * distance * distance;
  }
  return sum;
}

double Simulation::remaining_loss() const {
  return loss(shard_.centre()) / loss(start_);
}

}  // namespace dk::toy
