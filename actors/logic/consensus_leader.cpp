// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/consensus.hpp"

#include <algorithm>

namespace dk {

using Kind = ConsensusMessage::Kind;

void Consensus::lead(TimePoint now) {
  role_ = Role::kLeader;
  leader_ = config_.self;
  votes_.clear();
  followers_.clear();
  for (const auto& member : facts_.members) {
    if (member.name == config_.self.name) continue;
    followers_[member.name].who = member;
    followers_[member.name].heard = now;
  }
  recent_.clear();
  recent_bytes_ = 0;
  base_ = facts_.position;
  committed_ = 0;
  first_own_ = members_since_ = facts_.position.index + 1;
  next_heartbeat_ = now + config_.heartbeat;
  // What earlier leaders have left is committed together with the first entry of one's own.
  if (!add({}, {})) resign(now);
}

Result<ConsensusPosition> Consensus::propose(std::string change, TimePoint now) {
  static_cast<void>(now);
  if (!leads()) return fail(Errc::kUnavailable, "{} is not the supervisor", config_.self.name);
  return add(std::move(change), {});
}

Result<ConsensusPosition> Consensus::add(std::string change, std::vector<Candidate> members) {
  ConsensusEntry entry{
      {facts_.term, facts_.position.index + 1}, std::move(change), std::move(members)};
  auto facts = facts_;
  facts.position = entry.position;
  if (!entry.members.empty()) facts.members = entry.members;
  DK_TRY(store_.write(std::span(&entry, 1), facts));
  facts_ = std::move(facts);
  if (!entry.members.empty()) members_since_ = entry.position.index;
  recent_bytes_ += entry.change.size();
  recent_.push_back(std::move(entry));
  while (recent_bytes_ > config_.recent_bytes && recent_.size() > 1) {
    recent_bytes_ -= recent_.front().change.size();
    base_ = recent_.front().position;
    recent_.pop_front();
  }
  count();
  for (auto& [name, follower] : followers_) offer(follower);
  return facts_.position;
}

void Consensus::count() {
  std::vector<std::uint64_t> durable{facts_.position.index};
  for (const auto& member : facts_.members) {
    const auto follower = followers_.find(member.name);
    if (follower == followers_.end()) continue;
    const auto& match = follower->second.match;
    durable.push_back(match && match->term == facts_.term ? match->index : 0);
  }
  if (durable.size() < majority()) return;
  std::ranges::sort(durable, std::greater<>());
  const auto index = durable[majority() - 1];
  if (index >= first_own_) committed_ = std::max(committed_, index);
}

bool Consensus::in_history(const ConsensusPosition& position) const {
  if (position == base_) return true;
  if (position.index <= base_.index || position.index > facts_.position.index) return false;
  return recent_[position.index - base_.index - 1].position == position;
}

void Consensus::offer(Follower& follower) {
  if (follower.image) return;
  if (follower.match && !in_history(follower.sent)) return send_image(follower);
  ConsensusMessage message;
  message.kind = Kind::kAppend;
  message.seat = follower.who.seat;
  message.term = facts_.term;
  message.position = follower.match ? follower.sent : facts_.position;
  std::size_t bytes = 0;
  if (follower.match) {
    for (auto at = follower.sent.index - base_.index; at < recent_.size(); ++at) {
      if (bytes > 0 && bytes + recent_[at].change.size() > config_.message_bytes) break;
      bytes += recent_[at].change.size() + 1;
      message.entries.push_back(recent_[at]);
      follower.sent = recent_[at].position;
    }
  }
  send(follower.who.name, std::move(message));
}

void Consensus::send_image(Follower& follower) {
  auto image = store_.image();
  if (!image) return;
  follower.image = std::make_shared<const std::string>(std::move(*image));
  follower.image_position = facts_.position;
  follower.image_members = facts_.members;
  follower.next_piece = 0;
  send_piece(follower);
}

void Consensus::send_piece(Follower& follower) {
  const auto size = config_.message_bytes;
  const auto pieces = std::max<std::size_t>(1, (follower.image->size() + size - 1) / size);
  if (follower.next_piece >= pieces) follower.next_piece = static_cast<std::uint32_t>(pieces - 1);
  ConsensusMessage message;
  message.kind = Kind::kPiece;
  message.seat = follower.who.seat;
  message.term = facts_.term;
  message.position = follower.image_position;
  message.number = follower.next_piece;
  message.pieces = static_cast<std::uint32_t>(pieces);
  message.text = follower.image->substr(follower.next_piece * size, size);
  message.members = follower.image_members;
  send(follower.who.name, std::move(message));
}

void Consensus::appended(const Candidate& from, const ConsensusMessage& message, TimePoint now) {
  if (message.term > facts_.term) {
    static_cast<void>(follow(message.term, nullptr, now));
    return;
  }
  const auto found = followers_.find(from.name);
  if (role_ != Role::kLeader || message.term != facts_.term || found == followers_.end()) return;
  auto& follower = found->second;
  if (follower.who.seat != from.seat) return;
  follower.heard = now;
  if (message.kind == Kind::kTaken) {
    if (!follower.image || follower.image_position != message.position ||
        follower.next_piece == message.number)
      return;
    follower.next_piece = message.number;
    return send_piece(follower);
  }
  const bool known = message.position.term == facts_.term || in_history(message.position);
  if (!known) {
    // A word from before it had our history.
    if (follower.image || (follower.match && follower.match->term == facts_.term)) return;
    return send_image(follower);
  }
  if (!follower.match || message.position > *follower.match) follower.match = message.position;
  if (follower.image && in_history(*follower.match)) follower.image.reset();
  if (!message.granted || follower.sent < *follower.match) follower.sent = *follower.match;
  count();
  if (follower.sent < facts_.position) offer(follower);
}

void Consensus::sought(const Candidate& from, TimePoint now) {
  ConsensusMessage answer;
  answer.kind = Kind::kLeader;
  answer.term = facts_.term;
  answer.leader = leader_;
  if (role_ != Role::kLeader) return send(from.name, std::move(answer));
  const auto* member = find_member(from.name);
  if (member != nullptr && member->seat != from.seat) {
    answer.text = fmt::format(
        "a candidate named {} is in the cluster with other data: one that has lost its data "
        "directory comes back under another name",
        from.name);
    return send(from.name, std::move(answer));
  }
  auto& follower = followers_[from.name];
  if (follower.who.seat != from.seat) follower = {};
  follower.who = from;
  follower.heard = now;
  send(from.name, std::move(answer));
  offer(follower);
}

void Consensus::admit(TimePoint now) {
  if (!leads() || committed_ < members_since_) return;
  auto members = facts_.members;
  bool changed = false;
  for (auto& member : members) {
    const auto follower = followers_.find(member.name);
    const auto& now_at = member.name == config_.self.name ? config_.self
                         : follower != followers_.end()   ? follower->second.who
                                                          : member;
    changed = changed || !(member == now_at);
    member = now_at;
  }
  std::vector<Candidate> ready;
  const auto status = followers(now);
  for (const auto& [name, follower] : followers_) {
    const auto& is = status.at(name);
    if (!is.voter && is.alive && is.in_sync) ready.push_back(follower.who);
  }
  // From one candidate to three or more at once is safe: the one makes the change, so no majority
  // of the old set is without it. Two would not survive the loss of either. From then on one at a
  // time.
  if (members.size() > 1 && ready.size() > 1) ready.resize(1);
  if (members.size() == 1 && ready.size() < 2) ready.clear();
  if (ready.empty() && !changed) return;
  members.insert(members.end(), ready.begin(), ready.end());
  static_cast<void>(add({}, std::move(members)));
}

std::map<std::string, FollowerStatus> Consensus::followers(TimePoint now) const {
  std::map<std::string, FollowerStatus> result;
  if (role_ != Role::kLeader) return result;
  for (const auto& [name, follower] : followers_) {
    const bool own_term = follower.match && follower.match->term == facts_.term;
    result[name] = {find_member(name) != nullptr, now - follower.heard < config_.election,
                    own_term && follower.match->index >= committed_};
  }
  return result;
}

}  // namespace dk
