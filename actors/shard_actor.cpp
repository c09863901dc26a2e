// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard_actor.hpp"

#include "actors/error.hpp"
#include "actors/logic/patience.hpp"
#include "actors/logic/replication_log.hpp"
#include "actors/mutant.hpp"

#include <caf/all.hpp>

#include <functional>
#include <optional>

namespace dk {
namespace {

/// More pieces than that make no shard: a bound on what a broken sender can claim.
constexpr std::uint32_t kMostPieces = 1U << 24;

/// A primary's backup.
struct Follower {
  Incarnation incarnation;
  ShardActor actor;  ///< null while it cannot be reached
  std::uint64_t image_position = 0;
  ShardImage image;  ///< until the backup has it
  std::uint32_t pieces = 0;
  std::uint32_t next_piece = 0;
  std::uint32_t confirmed_pieces = 0;
  std::optional<std::uint64_t> sync_at;  ///< filled; in sync once this position is confirmed
  bool in_sync = false;
  bool lost = false;
  std::uint64_t session = 0;  ///< answers to what was sent before count for nothing
  Patience patience{defaults::kExchangeTimeout};
};

/// What a backup has of its primary's state.
struct Filling {
  Incarnation primary;
  std::uint64_t position = 0;
  std::uint32_t pieces = 0;
  std::uint32_t received = 0;
  ShardImage image;
};

struct ShardState {
  LocalShardActor::pointer self = nullptr;
  std::shared_ptr<Shard> shard;  ///< null: a backup that is not whole yet
  ShardConfig blueprint;
  ShardHomeActor home;

  ReplicationLog<ShardOperation, std::function<void()>> log;
  std::optional<Follower> follower;
  std::uint64_t sessions = 0;  ///< of all followers, so that no number comes again

  bool backup = false;
  Incarnation primary;  ///< whom a backup follows
  std::uint64_t position = 0;
  std::optional<Filling> filling;

  // -- primary ---------------------------------------------------------------------

  /// kUnavailable in a backup: only its primary may change it.
  [[nodiscard]] Result<void> serves() const;
  void took(ShardOperation operation);
  template <class T>
  caf::result<T> settled(T value);
  [[nodiscard]] bool answers_wait() const;
  void follow(Incarnation incarnation, ShardActor actor);
  void release();
  void pump();
  void send_pieces();
  void send_operations();
  void piece_confirmed(std::uint32_t number, std::uint32_t pieces);
  void confirmed(std::uint64_t sent, std::uint64_t newest);
  struct Asked {
    std::uint64_t session = 0;
    caf::actor_clock::time_point at;
    Patience::Duration patience;
  };
  [[nodiscard]] Asked asked() const;
  /// Whether an answer counts.
  bool answers(const Asked& asked);
  void refused(const Asked& asked, const caf::error& error);
  static void run(const std::vector<std::function<void()>>& waiters);
  void tell();

  // -- backup ------------------------------------------------------------------------

  Result<std::uint64_t> repeat(const ReplicaOperation& message);
  Result<std::uint32_t> fill(const ReplicaPiece& piece);
  Result<ShardId> promote(Incarnation from, Incarnation to);
};

// -- primary ---------------------------------------------------------------------------

Result<void> ShardState::serves() const {
  if (!backup) return {};
  return fail(Errc::kStaleIncarnation, "this is a backup of shard {}", blueprint.shard);
}

void ShardState::took(ShardOperation operation) {
  if (!follower) return log.skip();
  if (!follower->sync_at) {
    // Its worker is answered before the backup has it, and then uses its buffer again.
    if (auto* part = std::get_if<ExchangePart>(&operation.what))
      part->values = own_copy(part->values);
  }
  log.append(std::move(operation));
  pump();
}

bool ShardState::answers_wait() const {
  if (!follower || log.settled() || mutated(Mutant::kAnswerBeforeBackup)) return false;
  return follower->sync_at || log.unconfirmed() > defaults::kReplicaBacklog;
}

template <class T>
caf::result<T> ShardState::settled(T value) {
  if (!answers_wait()) return value;
  auto promise = self->make_response_promise<T>();
  log.wait([promise, value = std::move(value)]() mutable { promise.deliver(std::move(value)); });
  return promise;
}

void ShardState::follow(Incarnation incarnation, ShardActor actor) {
  if (backup) return;
  if (follower && follower->incarnation == incarnation) {
    follower->actor = std::move(actor);
    follower->patience = Patience(defaults::kExchangeTimeout);
    follower->session = ++sessions;
    follower->next_piece = follower->confirmed_pieces;
    log.resend();
    return pump();
  }
  release();
  log.follow();
  follower.emplace();
  follower->incarnation = incarnation;
  follower->session = ++sessions;
  follower->actor = std::move(actor);
  follower->image_position = log.end();
  follower->image = shard->image();
  follower->pieces = static_cast<std::uint32_t>(1 + follower->image.floats.size());
  pump();
}

void ShardState::release() {
  follower.reset();
  run(log.release());
}

void ShardState::run(const std::vector<std::function<void()>>& waiters) {
  for (const auto& waiter : waiters) waiter();
}

void ShardState::tell() {
  self->send(home, replicate_atom_v,
             ReplicaStatus{shard->id(), shard->incarnation(), follower->incarnation,
                           follower->in_sync, follower->lost});
}

void ShardState::pump() {
  if (!follower || !follower->actor) return;
  if (follower->sync_at) {
    send_operations();
  } else {
    send_pieces();
  }
}

void ShardState::send_pieces() {
  auto& to = *follower;
  while (to.next_piece < to.pieces &&
         to.next_piece - to.confirmed_pieces < defaults::kPartsInFlight) {
    const auto number = to.next_piece++;
    ReplicaPiece piece{
        shard->incarnation(), to.incarnation, to.image_position, number, to.pieces, {}, {}};
    if (number == 0) {
      const auto& facts = to.image.facts;
      piece.facts.assign(reinterpret_cast<const char*>(facts.data()), facts.size());
    } else {
      piece.floats = to.image.floats[number - 1];
    }
    self->request(to.actor, to.patience.value(), fill_atom_v, std::move(piece))
        .then(
            [this, asked = asked(), number](std::uint32_t pieces) {
              if (answers(asked)) piece_confirmed(number, pieces);
            },
            [this, asked = asked()](const caf::error& why) { refused(asked, why); });
  }
}

void ShardState::piece_confirmed(std::uint32_t number, std::uint32_t pieces) {
  auto& to = *follower;
  to.confirmed_pieces = std::max(to.confirmed_pieces, std::min(pieces, to.pieces));
  if (pieces <= number) {
    // One before it was lost on its way.
    to.session = ++sessions;
    to.next_piece = to.confirmed_pieces;
  }
  if (to.confirmed_pieces == to.pieces && !to.sync_at) {
    to.image = {};
    to.sync_at = log.end();
    // Whoever is answered from now on, waits; what came before is sent first.
    confirmed(log.confirmed(), log.confirmed());
  }
  pump();
}

void ShardState::send_operations() {
  auto& to = *follower;
  while (const auto* entry = log.next_to_send(defaults::kReplicaOperationsInFlight)) {
    self->request(to.actor, to.patience.value(), replicate_atom_v,
                  ReplicaOperation{shard->incarnation(), to.incarnation, entry->position,
                                   entry->operation})
        .then(
            [this, asked = asked(), sent = entry->position](std::uint64_t newest) {
              if (answers(asked)) confirmed(sent, newest);
            },
            [this, asked = asked()](const caf::error& why) { refused(asked, why); });
  }
}

void ShardState::confirmed(std::uint64_t sent, std::uint64_t newest) {
  auto& to = *follower;
  if (newest < sent) {
    // One before it was lost on its way.
    to.session = ++sessions;
    log.resend();
  }
  const auto ready = log.confirm(newest);
  if (!to.in_sync && log.confirmed() >= *to.sync_at) {
    to.in_sync = true;
    tell();
  }
  pump();
  run(ready);
}

ShardState::Asked ShardState::asked() const {
  return {follower->session, self->clock().now(), follower->patience.value()};
}

bool ShardState::answers(const Asked& asked) {
  if (!follower || follower->session != asked.session) return false;
  follower->patience.answered(
      std::chrono::duration_cast<Patience::Duration>(self->clock().now() - asked.at));
  return true;
}

void ShardState::refused(const Asked& asked, const caf::error& error) {
  if (!follower || follower->session != asked.session) return;
  auto& to = *follower;
  if (error == caf::sec::request_timeout) to.patience.late(asked.patience);
  const Error why = from_caf(error);
  if (why.code == Errc::kStaleIncarnation) return self->quit(to_caf(why));
  to.session = ++sessions;
  to.next_piece = to.confirmed_pieces;
  log.resend();
  if (error == caf::sec::request_timeout) return pump();
  to.actor = nullptr;
  // A link that is gone is renewed by the executor, which watches it.
  if (why.code == Errc::kUnavailable) return;
  to.lost = true;
  tell();
}

// -- backup ------------------------------------------------------------------------------

Result<std::uint64_t> ShardState::repeat(const ReplicaOperation& message) {
  if (!backup || message.backup != blueprint.incarnation || message.primary < primary) {
    return fail(Errc::kStaleIncarnation, "shard {} incarnation {} has been replaced",
                blueprint.shard, message.primary);
  }
  if (!shard || message.primary != primary) {
    return fail(Errc::kInvalid, "the backup of shard {} has not been filled by incarnation {}",
                blueprint.shard, message.primary);
  }
  if (message.position == position + 1) {
    if (!mutated(Mutant::kConfirmUnapplied)) {
      DK_TRY(shard->apply(message.operation));
    }
    ++position;
  }
  return position;
}

Result<std::uint32_t> ShardState::fill(const ReplicaPiece& piece) {
  if (!backup || piece.backup != blueprint.incarnation || piece.primary < primary) {
    return fail(Errc::kStaleIncarnation, "shard {} incarnation {} has been replaced",
                blueprint.shard, piece.primary);
  }
  primary = piece.primary;
  if (shard) return piece.pieces;
  if (piece.pieces == 0 || piece.pieces > kMostPieces || piece.number >= piece.pieces)
    return fail(Errc::kInvalid, "piece {} of {} makes no shard", piece.number, piece.pieces);
  const bool begins = !filling || filling->primary != piece.primary ||
                      filling->position != piece.position || filling->pieces != piece.pieces;
  if (begins) filling = Filling{piece.primary, piece.position, piece.pieces, 0, {}};
  if (piece.number != filling->received) return filling->received;
  if (piece.number == 0) {
    const auto facts = std::as_bytes(std::span(piece.facts));
    filling->image.facts.assign(facts.begin(), facts.end());
  } else {
    filling->image.floats.push_back(piece.floats);
  }
  if (++filling->received < filling->pieces) return filling->received;
  const auto image = std::move(filling->image);
  position = filling->position;
  filling.reset();
  DK_TRY_ASSIGN(shard, Shard::restore(blueprint, image));
  return piece.pieces;
}

Result<ShardId> ShardState::promote(Incarnation from, Incarnation to) {
  if (!backup && shard->incarnation() == to) return shard->id();
  if (!backup || blueprint.incarnation != from) {
    return fail(Errc::kStaleIncarnation, "shard {} has no backup of incarnation {} here",
                blueprint.shard, from);
  }
  if (!shard) return fail(Errc::kInvalid, "the backup of shard {} is not whole", blueprint.shard);
  backup = false;
  blueprint.incarnation = to;
  shard->promote(to);
  return shard->id();
}

}  // namespace

LocalShardActor::behavior_type shard_actor(LocalShardActor::pointer self, ShardActorConfig config) {
  auto owned = std::make_shared<ShardState>();
  owned->self = self;
  owned->shard = std::move(config.shard);
  owned->blueprint = std::move(config.blueprint);
  owned->home = std::move(config.home);
  owned->backup = owned->shard == nullptr;
  return {
      [state = owned](exchange_atom, const ExchangePart& part) -> caf::result<ExchangedPart> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        auto reply = state->shard->exchange(part);
        if (!reply) return to_caf(reply.error());
        if (!reply->duplicate) state->took({part});
        return state->settled(std::move(*reply));
      },
      [state = owned](pull_atom, Incarnation incarnation, std::uint64_t offset,
                      std::uint64_t count) -> caf::result<Tensor> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        return answer(state->shard->pull(incarnation, offset, count));
      },
      [state = owned](replicate_atom, const ReplicaOperation& operation) {
        return answer(state->repeat(operation));
      },
      [state = owned](fill_atom, const ReplicaPiece& piece) { return answer(state->fill(piece)); },
      [state = owned](fence_atom, WorkerId worker, Incarnation incarnation) -> caf::result<Fenced> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        auto fenced = state->shard->fence(worker, incarnation);
        state->took({FenceWorker{worker, incarnation}});
        return state->settled(std::move(fenced));
      },
      [state = owned](revert_atom, WorkerId worker,
                      std::uint64_t sequence) -> caf::result<ShardId> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        state->shard->revert(worker, sequence);
        state->took({RevertCommit{worker, sequence}});
        return state->settled(state->shard->id());
      },
      [state = owned](close_atom, const CloseRound& round) -> caf::result<ShardId> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        if (auto closed = state->shard->close(round); !closed) return to_caf(closed.error());
        state->took({round});
        return state->settled(state->shard->id());
      },
      [state = owned](run_atom, const VectorProgram& program) -> caf::result<ProgramSums> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        auto sums = state->shard->run(program);
        if (!sums) return to_caf(sums.error());
        state->took({program});
        return state->settled(std::move(*sums));
      },
      [state = owned](snap_atom) -> caf::result<ShardSnapshotPtr> {
        if (auto serves = state->serves(); !serves) return to_caf(serves.error());
        return answer(state->shard->snapshot());
      },
      [state = owned](replicate_atom, Incarnation incarnation, ShardActor& actor) {
        state->follow(incarnation, std::move(actor));
      },
      [state = owned](replicate_atom) { state->release(); },
      [state = owned](promote_atom, Incarnation from, Incarnation to) {
        return answer(state->promote(from, to));
      },
  };
}

}  // namespace dk
