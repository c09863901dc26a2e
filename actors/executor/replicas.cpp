// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor/executor_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

std::string key_of(const Peer& peer) {
  return peer.host.empty() ? fmt::format("local {}", peer.handle->id())
                           : fmt::format("{}:{}", peer.host, peer.port);
}

caf::error ExecutorState::stale(Incarnation other) const {
  return to_caf({Errc::kStaleIncarnation,
                 fmt::format("generation {} is not here, {} is", other, generation)});
}

PeerExecutor& ExecutorState::peer_of(const Peer& peer) {
  const auto key = key_of(peer);
  const auto [entry, is_new] = peers.try_emplace(key);
  if (is_new) {
    entry->second.peer = peer;
    entry->second.lost = self->clock().now();
    self->send(self, shard_atom_v, key);
  }
  return entry->second;
}

// -- where backups live ----------------------------------------------------------------

caf::result<Incarnation> ExecutorState::start(const StartBackups& message) {
  if (auto entered = enter(message.generation); !entered) return to_caf(entered.error());
  const auto stays = [&](const HostedShard& hosted) {
    return !hosted.backup ||
           std::ranges::any_of(message.shards, [&](const ShardAssignment& wanted) {
             return wanted.incarnation == hosted.assignment.incarnation;
           });
  };
  for (auto shard = shards.begin(); shard != shards.end();) {
    if (stays(shard->second)) {
      ++shard;
      continue;
    }
    self->demonitor(shard->second.actor.address());
    self->send_exit(shard->second.actor, caf::exit_reason::user_shutdown);
    shard = shards.erase(shard);
  }
  for (const auto& wanted : message.shards) {
    // A primary stays what it is: an order from before its promotion.
    if (shards.contains(wanted.shard)) continue;
    ShardConfig blueprint{wanted.shard, wanted.incarnation, algorithm, nullptr,
                          wanted.count, wanted.learning,    0,         duplicates};
    auto actor = self->spawn(shard_actor,
                             ShardActorConfig{nullptr, std::move(blueprint),
                                              caf::actor_cast<ShardHomeActor>(
                                                  caf::actor_cast<caf::strong_actor_ptr>(self))});
    self->monitor(actor);
    shards[wanted.shard] = {actor, wanted, true};
  }
  return generation;
}

caf::result<ShardId> ExecutorState::promote(const Promote& message) {
  if (message.generation != generation) return stale(message.generation);
  const auto shard = shards.find(message.shard);
  if (shard == shards.end()) {
    return to_caf(
        {Errc::kStaleIncarnation, fmt::format("no backup of shard {} is here", message.shard)});
  }
  auto promise = self->make_response_promise<ShardId>();
  self->request(shard->second.actor, defaults::kControlTimeout, promote_atom_v, message.backup,
                message.primary)
      .then(
          [this, promise, message](ShardId id) mutable {
            const auto promoted = shards.find(id);
            if (message.generation == generation && promoted != shards.end()) {
              promoted->second.backup = false;
              promoted->second.assignment.incarnation = message.primary;
            }
            promise.deliver(id);
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

// -- where primaries live --------------------------------------------------------------

caf::result<ShardId> ExecutorState::replicate(const Replicate& message) {
  if (message.generation != generation) return stale(message.generation);
  const auto shard = shards.find(message.shard);
  if (shard == shards.end() || shard->second.backup ||
      shard->second.assignment.incarnation != message.primary) {
    return to_caf({Errc::kStaleIncarnation, fmt::format("shard {} incarnation {} is not here",
                                                        message.shard, message.primary)});
  }
  for (auto& [key, peer] : peers)
    std::erase_if(peer.backups, [&](const Replicate& r) { return r.shard == message.shard; });
  if (!message.backup) {
    replicas.erase(message.shard);
    self->send(shard->second.actor, replicate_atom_v);
    return message.shard;
  }
  auto& status = replicas[message.shard];
  if (status.backup != message.backup)
    status = {message.shard, message.primary, message.backup, false, false};
  auto& peer = peer_of(message.executor);
  peer.backups.push_back(message);
  if (peer.handle) connect(message);
  return message.shard;
}

void ExecutorState::connect(const Replicate& message) {
  const auto peer = peers.find(key_of(message.executor));
  if (peer == peers.end() || !peer->second.handle) return;
  self->request(peer->second.handle, kFindTimeout, shard_atom_v, message.shard, message.backup)
      .then(
          [this, message](const caf::strong_actor_ptr& actor) {
            const auto shard = shards.find(message.shard);
            const auto status = replicas.find(message.shard);
            if (shard == shards.end() || status == replicas.end() ||
                shard->second.assignment.incarnation != message.primary ||
                status->second.backup != message.backup) {
              return;
            }
            self->send(shard->second.actor, replicate_atom_v, message.backup,
                       caf::actor_cast<ShardActor>(actor));
          },
          [this, message](const caf::error& why) {
            const auto status = replicas.find(message.shard);
            if (status == replicas.end() || status->second.backup != message.backup) return;
            if (why == caf::sec::request_timeout) return connect(message);
            // A link that is gone is dialled again.
            if (from_caf(why).code != Errc::kUnavailable) lose_backup(message);
          });
}

void ExecutorState::lose_backup(const Replicate& message) {
  const auto status = replicas.find(message.shard);
  if (status == replicas.end() || status->second.backup != message.backup) return;
  status->second.lost = true;
  report();
}

void ExecutorState::heard(const ReplicaStatus& status) {
  const auto known = replicas.find(status.shard);
  if (known == replicas.end() || known->second.primary != status.primary ||
      known->second.backup != status.backup) {
    return;
  }
  known->second = status;
  report();
}

// -- where workers live ----------------------------------------------------------------

caf::result<ShardId> ExecutorState::moved(const ShardMoved& message) {
  if (message.generation != generation) return stale(message.generation);
  auto& newest = moves[message.shard.shard];
  if (message.shard.incarnation > newest.incarnation) {
    newest = message.shard;
    seek(newest);
  }
  return message.shard.shard;
}

void ExecutorState::seek(const ShardAddress& address) {
  const auto key = key_of(address.executor);
  for (auto entry = peers.begin(); entry != peers.end();) {
    auto& peer = entry->second;
    std::erase_if(peer.shards, [&](const ShardAddress& a) { return a.shard == address.shard; });
    const bool unused = peer.shards.empty() && peer.backups.empty() && entry->first != key;
    entry = unused ? peers.erase(entry) : std::next(entry);
  }
  const auto local = shards.find(address.shard);
  if (local != shards.end() && local->second.assignment.incarnation == address.incarnation) {
    return tell_workers(address, caf::actor_cast<ShardActor>(local->second.actor));
  }
  auto& peer = peer_of(address.executor);
  peer.shards.push_back(address);
  if (peer.handle) find_moved(key, address);
}

void ExecutorState::find_moved(const std::string& key, const ShardAddress& address) {
  self->request(peers.at(key).handle, kFindTimeout, shard_atom_v, address.shard,
                address.incarnation)
      .then(
          [this, address](const caf::strong_actor_ptr& actor) {
            tell_workers(address, caf::actor_cast<ShardActor>(actor));
          },
          [this, key](const caf::error&) {
            const auto peer = peers.find(key);
            if (peer == peers.end() || !peer->second.handle) return;
            // As if the link had been lost: dialled again, and asked again.
            self->demonitor(peer->second.handle.address());
            peer->second.handle = nullptr;
            peer->second.lost = self->clock().now();
            self->delayed_send(self, defaults::kRedial, shard_atom_v, key);
          });
}

void ExecutorState::tell_workers(const ShardAddress& address, const ShardActor& actor) {
  for (const auto& [id, worker] : workers)
    self->send(worker.actor, shard_atom_v, address.shard, address.incarnation, actor);
}

}  // namespace dk
