// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/consensus.hpp"

#include <algorithm>

namespace dk {

using Kind = ConsensusMessage::Kind;

Consensus::Consensus(Config config, ConsensusStore& store, ConsensusFacts facts, TimePoint now)
    : config_(std::move(config)), store_(store), facts_(std::move(facts)), random_(config_.seed) {
  wait(now);
}

Result<void> Consensus::found(TimePoint now) {
  auto facts = facts_;
  facts.members = {config_.self};
  DK_TRY(store_.write({}, facts));
  facts_ = std::move(facts);
  ask(false, now);
  return {};
}

const Candidate* Consensus::find_member(const std::string& name) const {
  const auto found = std::ranges::find(facts_.members, name, &Candidate::name);
  if (found == facts_.members.end()) return nullptr;
  return name != config_.self.name || found->seat == config_.self.seat ? &*found : nullptr;
}

const Candidate* Consensus::leader() const {
  return leader_.name.empty() ? nullptr : &leader_;
}

void Consensus::wait(TimePoint now) {
  const auto spread = static_cast<std::uint64_t>(config_.election.count() / 2 + 1);
  deadline_ = now + config_.election + Duration(static_cast<Duration::rep>(random_() % spread));
}

void Consensus::send(const std::string& to, ConsensusMessage message) {
  messages_.push_back({to, std::move(message)});
}

void Consensus::receive(const Candidate& from, const ConsensusMessage& message, TimePoint now) {
  const bool other = message.seat != 0 && message.seat != config_.self.seat;
  if (other || from.name.empty() || from.name == config_.self.name) return;
  switch (message.kind) {
    case Kind::kSeek:
      return sought(from, now);
    case Kind::kLeader:
      if (!message.text.empty()) refusal_ = message.text;
      return;
    case Kind::kAsk:
      return asked_for_vote(from, message, now);
    case Kind::kVote:
      return voted(from, message, now);
    case Kind::kAppend:
      return append(from, message, now);
    case Kind::kPiece:
      return piece(from, message, now);
    case Kind::kAppended:
    case Kind::kTaken:
      return appended(from, message, now);
  }
}

void Consensus::tick(TimePoint now) {
  if (role_ != Role::kLeader) {
    if (member() && facts_.members.size() == 1) return ask(false, now);
    if (now < deadline_) return;
    if (member()) return ask(true, now);
    leader_ = {};
    return wait(now);
  }
  std::size_t heard = 1;
  for (const auto& [name, follower] : followers_) {
    heard += find_member(name) != nullptr && now - follower.heard < config_.election ? 1U : 0U;
  }
  if (heard < majority()) return resign(now);
  std::erase_if(followers_, [&](const auto& entry) {
    return find_member(entry.first) == nullptr && now - entry.second.heard > 4 * config_.election;
  });
  admit(now);
  if (now < next_heartbeat_) return;
  next_heartbeat_ = now + config_.heartbeat;
  for (auto& [name, follower] : followers_) {
    if (follower.match) follower.sent = *follower.match;
    if (follower.image) {
      send_piece(follower);
    } else {
      offer(follower);
    }
  }
}

// -- elections ------------------------------------------------------------------------

void Consensus::ask(bool trial, TimePoint now) {
  wait(now);
  role_ = Role::kFollower;
  leader_ = {};
  if (!trial) {
    auto facts = facts_;
    ++facts.term;
    facts.vote = config_.self.name;
    if (!store_.write({}, facts)) return;
    facts_ = std::move(facts);
  }
  role_ = Role::kAsking;
  trial_ = trial;
  votes_ = {config_.self.name};
  if (votes_.size() >= majority()) return lead(now);
  ConsensusMessage question;
  question.kind = Kind::kAsk;
  question.term = trial ? facts_.term + 1 : facts_.term;
  question.position = facts_.position;
  question.trial = trial;
  for (const auto& other : facts_.members) {
    if (other.name != config_.self.name) send(other.name, question);
  }
}

void Consensus::asked_for_vote(const Candidate& from, const ConsensusMessage& message,
                               TimePoint now) {
  // A leader that asks for votes leads no more.
  const bool hears =
      role_ == Role::kLeader ||
      (!leader_.name.empty() && leader_.name != from.name && now - heard_ < config_.election);
  const bool fresh = message.position >= facts_.position;
  ConsensusMessage answer;
  answer.kind = Kind::kVote;
  answer.trial = message.trial;
  answer.term = facts_.term;
  if (message.trial) {
    answer.granted = !hears && fresh && message.term > facts_.term;
    if (answer.granted) answer.term = message.term;
    return send(from.name, answer);
  }
  if (hears || message.term < facts_.term) return send(from.name, answer);
  auto facts = facts_;
  if (message.term > facts.term) {
    facts.term = message.term;
    facts.vote.clear();
  }
  answer.granted = fresh && (facts.vote.empty() || facts.vote == from.name);
  if (answer.granted) facts.vote = from.name;
  if (!store_.write({}, facts)) return;
  if (facts.term > facts_.term) {
    role_ = Role::kFollower;
    leader_ = {};
  }
  facts_ = std::move(facts);
  if (answer.granted) wait(now);
  answer.term = facts_.term;
  send(from.name, answer);
}

void Consensus::voted(const Candidate& from, const ConsensusMessage& message, TimePoint now) {
  if (!message.granted) {
    if (message.term > facts_.term) static_cast<void>(follow(message.term, nullptr, now));
    return;
  }
  const auto* voter = find_member(from.name);
  const auto asked = trial_ ? facts_.term + 1 : facts_.term;
  if (role_ != Role::kAsking || message.trial != trial_ || message.term != asked ||
      voter == nullptr || voter->seat != from.seat)
    return;
  votes_.insert(from.name);
  if (votes_.size() < majority()) return;
  if (trial_) {
    ask(false, now);
  } else {
    lead(now);
  }
}

bool Consensus::follow(std::uint64_t term, const Candidate* leader, TimePoint now) {
  if (term < facts_.term || (term == facts_.term && role_ == Role::kLeader)) return false;
  if (term > facts_.term) {
    auto facts = facts_;
    facts.term = term;
    facts.vote.clear();
    if (!store_.write({}, facts)) return false;
    facts_ = std::move(facts);
  }
  role_ = Role::kFollower;
  followers_.clear();
  leader_ = leader != nullptr ? *leader : Candidate{};
  if (leader == nullptr) return true;
  heard_ = now;
  refusal_.clear();
  wait(now);
  return true;
}

void Consensus::resign(TimePoint now) {
  role_ = Role::kFollower;
  leader_ = {};
  followers_.clear();
  wait(now);
}

// -- following ------------------------------------------------------------------------

void Consensus::send_position(const Candidate& to, bool taken) {
  ConsensusMessage answer;
  answer.kind = Kind::kAppended;
  answer.term = facts_.term;
  answer.position = facts_.position;
  answer.granted = taken;
  send(to.name, std::move(answer));
}

void Consensus::append(const Candidate& from, const ConsensusMessage& message, TimePoint now) {
  if (!follow(message.term, &from, now)) return send_position(from, false);
  const std::span entries(message.entries);
  std::size_t known = 0;
  if (message.position != facts_.position) {
    const auto mine = std::ranges::find(entries, facts_.position, &ConsensusEntry::position);
    if (mine == entries.end()) return send_position(from, false);
    known = static_cast<std::size_t>(mine - entries.begin()) + 1;
  }
  const auto rest = entries.subspan(known);
  if (!rest.empty()) {
    auto facts = facts_;
    facts.position = rest.back().position;
    for (const auto& entry : rest) {
      if (!entry.members.empty()) facts.members = entry.members;
    }
    if (!store_.write(rest, facts)) return;
    facts_ = std::move(facts);
  }
  send_position(from, true);
}

void Consensus::piece(const Candidate& from, const ConsensusMessage& message, TimePoint now) {
  if (!follow(message.term, &from, now)) return send_position(from, false);
  // In the leader's own term our history is a beginning of its history: a late image is an old one.
  const bool late = facts_.position.term == message.term && facts_.position >= message.position;
  if (late || message.pieces == 0) return send_position(from, true);
  if (image_term_ != message.term || image_position_ != message.position || message.number == 0) {
    image_.clear();
    image_term_ = message.term;
    image_position_ = message.position;
    image_pieces_ = 0;
  }
  if (message.number == image_pieces_) {
    image_ += message.text;
    ++image_pieces_;
  }
  if (image_pieces_ < message.pieces) {
    ConsensusMessage answer;
    answer.kind = Kind::kTaken;
    answer.term = facts_.term;
    answer.position = message.position;
    answer.number = image_pieces_;
    return send(from.name, std::move(answer));
  }
  auto facts = facts_;
  facts.position = message.position;
  facts.members = message.members;
  const auto image = std::exchange(image_, {});
  image_term_ = 0;
  if (!store_.replace(image, facts)) return;
  facts_ = std::move(facts);
  send_position(from, true);
}

}  // namespace dk
