// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/worker.hpp"

#include "actors/algorithms/kernels.hpp"
#include "actors/algorithms/statistics.hpp"
#include "actors/error.hpp"
#include "actors/logic/patience.hpp"
#include "actors/parts.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>

namespace dk {
namespace {

/// A transfer of all parts to or from one shard.
struct Link {
  explicit Link(WorkerShard where) : shard(std::move(where)), parts(shard.count) {}

  WorkerShard shard;
  Parts parts;
  std::deque<std::uint32_t> queue;  ///< parts to send
  std::vector<bool> answered;
  std::uint32_t missing = 0;  ///< parts not answered
  std::uint32_t in_flight = 0;
  std::uint64_t session = 0;  ///< answers to requests of an earlier session count for nothing
  Patience patience{defaults::kExchangeTimeout};
};

enum class Transfer { kNone, kPull, kExchange };

struct Lease {
  std::uint64_t block = 0;
  std::uint64_t round = 0;
  std::uint32_t workers = 1;
  double learning_rate = 0;
};

struct WorkerState {
  WorkerActor::pointer self = nullptr;
  std::shared_ptr<const WorkerConfig> config;
  std::unique_ptr<Trainer> trainer;
  std::optional<Ledger> blocks;
  std::vector<Link> links;
  Transfer transfer = Transfer::kNone;

  bool rounds = false;
  bool full_batch = false;
  std::uint64_t learning = 0;  ///< the first so many weights learn; the rest are statistics
  std::uint64_t round = 0;     ///< whose centre theta began with
  std::uint64_t pulled = 0;    ///< the round of the pull under way
  std::vector<float> theta0;
  std::vector<std::vector<float>> slot_buffers;
  std::vector<std::span<float>> slots;
  std::vector<std::span<float>> memory;  ///< what checkpoints are to know; none: nothing
  /// Commits alternate between two buffers: shards keep the newest one by reference until the next
  /// one arrives.
  std::shared_ptr<float> contribution[2];

  std::deque<Lease> leases;
  std::optional<std::uint64_t> block;
  std::uint32_t workers = 1;   ///< that train, as far as the newest lease knows
  std::uint64_t sequence = 0;  ///< of the newest commit that every shard has answered
  bool began = false;          ///< has the weights to begin with
  std::shared_ptr<Turns::Ticket> turn;
  bool at_turn = false;
  bool stepped = false;  ///< has finished a mini-batch
  bool fresh = false;    ///< theta is the centre as it was when the turn began
  bool exchange_due = false;
  bool leaving = false;
  std::vector<caf::typed_response_promise<Held>> left;

  // -- training -----------------------------------------------------------------

  void start();
  void take(const Grant& grant);
  void next();
  void step();
  void leave();
  void end_with(const Error& error, bool at_centre = false);

  // -- transfers ----------------------------------------------------------------

  void exchange_if_due();
  void begin(Transfer what);
  void contribute(std::uint64_t first, std::span<float> out);
  void accept(std::uint64_t first, std::span<const float> reply, std::uint64_t size);
  void pump(Link& link);
  void send(Link& link, std::uint32_t part);
  void renew(ShardId shard, Incarnation incarnation, ShardActor actor);
  void answered(std::size_t index, std::uint64_t session, std::uint32_t part, const Tensor& values);
  void refused(std::size_t index, std::uint64_t session, std::uint32_t part,
               const caf::error& error);
  void transferred();
  void committed();

  // -- memory -------------------------------------------------------------------

  void plan_memory();
  void remember();
  void recall();
  void recalled(std::span<const float> kept);
  void begin_afresh(const std::string& why);

  [[nodiscard]] Held position() const { return {config->worker, config->incarnation, sequence}; }
};

void WorkerState::end_with(const Error& error, bool at_centre) {
  if (error.code == Errc::kStaleIncarnation) {
    self->send(config->home, exited_atom_v, config->worker, config->incarnation);
  } else {
    self->send(config->home, failure_atom_v,
               WorkerFailure{config->worker, config->incarnation, error.message, at_centre});
  }
  self->quit();
}

void WorkerState::leave() {
  leaving = true;
  leases.clear();
  if (block || transfer == Transfer::kExchange) return;
  // Others wait for its turn.
  at_turn = false;
  turn.reset();
  for (auto& promise : left) promise.deliver(position());
  left.clear();
}

void WorkerState::start() {
  auto made = Trainer::make(*config->spec, config->data);
  if (!made) return end_with(made.error());
  trainer = std::move(*made);
  blocks.emplace(config->blocks);
  const auto count = trainer->parameters().size();
  theta0.resize(count);
  rounds = config->algorithm->pace().kind == Pace::Kind::kRounds;
  full_batch = config->algorithm->pace().kind == Pace::Kind::kFullBatch;
  learning = statistics::learning_count(*config->algorithm, trainer->trainable_count(), count);
  slot_buffers.assign(config->algorithm->worker_slots(),
                      std::vector<float>(trainer->trainable_count()));
  slots.assign(slot_buffers.begin(), slot_buffers.end());
  for (auto& buffer : contribution) buffer = allocate_floats(count);
  for (const auto& shard : config->shards) links.emplace_back(shard);
  plan_memory();
  if (config->remembered && !memory.empty()) return recall();
  begin(Transfer::kPull);
}

void WorkerState::plan_memory() {
  // A full batch begins at the centre, and without an optimizer.
  if (!config->memory || full_batch) return;
  memory = slots;
  if (!config->algorithm->fresh_optimizer()) memory.push_back(trainer->optimizer_state());
  if (config->algorithm->begins_at_centre()) return;
  memory.push_back(trainer->parameters());
  memory.emplace_back(theta0);
}

void WorkerState::remember() {
  if (!memory.empty()) config->memory->save(sequence, memory);
}

void WorkerState::recall() {
  self->request(self->spawn(chunk_reader, *config->remembered), defaults::kStartTimeout, get_atom_v)
      .then(
          [this](const FloatsPtr& floats) {
            recalled({floats.get(), config->remembered->count});
          },
          [this](const caf::error& why) { begin_afresh(from_caf(why).message); });
}

void WorkerState::begin_afresh(const std::string& why) {
  auto text = fmt::format("begins with a fresh optimizer: {}", why);
  spdlog::warn("worker {} {}", config->worker, text);
  self->send(config->home, put_atom_v,
             WorkerNote{config->worker, config->incarnation, std::move(text)});
  begin(Transfer::kPull);
}

void WorkerState::recalled(std::span<const float> kept) {
  if (!WorkerMemory::restore(kept, memory))
    return begin_afresh(fmt::format("the checkpoint has {} floats of it", kept.size()));
  if (config->algorithm->begins_at_centre()) return begin(Transfer::kPull);
  began = true;
  remember();
  next();
}

void WorkerState::take(const Grant& grant) {
  if (leaving) return;
  for (const auto granted : grant.blocks)
    leases.push_back({granted, grant.round, grant.workers, grant.learning_rate});
  next();
}

void WorkerState::next() {
  if (transfer != Transfer::kNone || block || leases.empty()) return;
  if (leases.front().round != round) return begin(Transfer::kPull);
  if (config->turns && !at_turn) {
    if (turn) return;
    const auto me = caf::actor_cast<caf::weak_actor_ptr>(self);
    turn = config->turns->ask([me] {
      if (const auto worker = me.lock())
        caf::anon_send(caf::actor_cast<caf::actor>(worker), start_atom_v);
    });
    return;
  }
  if (config->turns && !fresh) return begin(Transfer::kPull);
  const auto lease = leases.front();
  leases.pop_front();
  block = lease.block;
  workers = lease.workers;
  if (config->algorithm->fresh_optimizer()) {
    if (auto reset = trainer->reset_optimizer(); !reset) return end_with(reset.error());
  }
  if (lease.learning_rate > 0) {
    if (auto set = trainer->set_learning_rate(lease.learning_rate); !set)
      return end_with(set.error());
  }
  if (full_batch) {
    // Every pass is over the same mini-batches.
    std::ranges::fill(slots[0], 0.0F);
    const auto number = *block % blocks->blocks_per_epoch();
    trainer->begin(number, blocks->block(number));
  } else {
    trainer->begin(*block, blocks->block(*block));
  }
  self->send(self, tick_atom_v);
}

void WorkerState::step() {
  const auto theta = trainer->parameters().first(trainer->trainable_count());
  const auto base = std::span(theta0).first(theta.size());
  config->algorithm->before_step(theta, base, slots);
  auto done = full_batch ? trainer->add_gradients(slots[0]) : trainer->step();
  if (!done) {
    // kInternal: the loss is not finite.
    return end_with(done.error(), !stepped && done.error().code == Errc::kInternal);
  }
  config->algorithm->after_step(theta, base, slots);
  stepped = true;
  config->steps->fetch_add(1, std::memory_order_relaxed);
  if (!trainer->block_done()) return self->send(self, tick_atom_v);
  at_turn = fresh = false;
  turn.reset();
  exchange_due = true;
  exchange_if_due();
}

void WorkerState::exchange_if_due() {
  if (exchange_due && config->gate->begin(sequence + 1)) begin(Transfer::kExchange);
}

void WorkerState::begin(Transfer what) {
  transfer = what;
  exchange_due = false;
  if (what == Transfer::kPull) pulled = leases.empty() ? 0 : leases.front().round;
  for (auto& link : links) {
    const auto parts = link.parts.count();
    link.queue.clear();
    for (std::uint32_t part = 0; part < parts; ++part) link.queue.push_back(part);
    link.answered.assign(parts, false);
    link.missing = parts;
    link.in_flight = 0;
    ++link.session;
  }
  for (auto& link : links) pump(link);
}

void WorkerState::pump(Link& link) {
  while (link.in_flight < defaults::kPartsInFlight && !link.queue.empty()) {
    const auto part = link.queue.front();
    link.queue.pop_front();
    ++link.in_flight;
    send(link, part);
  }
}

void WorkerState::send(Link& link, std::uint32_t part) {
  const auto offset = link.parts.offset(part);
  const auto size = link.parts.size(part);
  const auto index = static_cast<std::size_t>(&link - links.data());
  const auto session = link.session;
  const auto patience = link.patience.value();
  const auto on_answer = [this, index, session, part,
                          asked = self->clock().now()](const Tensor& values) {
    links[index].patience.answered(
        std::chrono::duration_cast<Patience::Duration>(self->clock().now() - asked));
    answered(index, session, part, values);
  };
  const auto on_error = [this, index, session, part, patience](const caf::error& error) {
    if (error == caf::sec::request_timeout && session == links[index].session)
      links[index].patience.late(patience);
    refused(index, session, part, error);
  };
  if (transfer == Transfer::kPull) {
    self->request(link.shard.actor, patience, pull_atom_v, link.shard.incarnation, offset, size)
        .then(on_answer, on_error);
    return;
  }
  const auto first = link.shard.offset + offset;
  const auto& buffer = contribution[(sequence + 1) % 2];
  // A part that is sent again is computed again, from the same weights: an unanswered part has not
  // changed them.
  contribute(first, {buffer.get() + first, size});
  ExchangePart message{config->worker,
                       config->incarnation,
                       link.shard.incarnation,
                       sequence + 1,
                       *block,
                       part,
                       link.parts.count(),
                       offset,
                       Tensor({buffer, buffer.get() + first}, size),
                       !config->turns};
  self->request(link.shard.actor, patience, exchange_atom_v, std::move(message))
      .then([on_answer](const ExchangedPart& reply) { on_answer(reply.values); }, on_error);
}

void WorkerState::contribute(std::uint64_t first, std::span<float> out) {
  const auto theta = trainer->parameters().subspan(first, out.size());
  const auto base = std::span(theta0).subspan(first, out.size());
  const auto cut = std::min<std::uint64_t>(out.size(), learning - std::min(learning, first));
  if (cut > 0) {
    const auto from = full_batch ? std::span<const float>(slots[0]).subspan(first, cut)
                                 : std::span<const float>(theta.first(cut));
    config->algorithm->contribute(from, base.first(cut), trainer->steps(), out.first(cut));
  }
  if (cut == out.size()) return;
  if (rounds) {
    std::ranges::copy(theta.subspan(cut), out.subspan(cut).begin());
  } else {
    statistics::contribute(theta.subspan(cut), base.subspan(cut), workers, out.subspan(cut));
  }
}

void WorkerState::accept(std::uint64_t first, std::span<const float> reply, std::uint64_t size) {
  const auto theta = trainer->parameters().subspan(first, size);
  const auto base = std::span(theta0).subspan(first, size);
  const auto cut = std::min<std::uint64_t>(size, learning - std::min(learning, first));
  const auto reply_cut = std::min<std::uint64_t>(reply.size(), cut);
  if (cut > 0) config->algorithm->accept(reply.first(reply_cut), theta.first(cut), base.first(cut));
  if (cut < size)
    statistics::accept(reply.subspan(reply_cut), theta.subspan(cut), base.subspan(cut));
}

void WorkerState::answered(std::size_t index, std::uint64_t session, std::uint32_t part,
                           const Tensor& values) {
  auto& link = links[index];
  if (session != link.session || link.answered[part]) return;
  const auto first = link.shard.offset + link.parts.offset(part);
  const auto size = link.parts.size(part);
  const bool expects_values =
      transfer == Transfer::kPull ||
      (!rounds && !config->turns && config->algorithm->fetches(sequence + 1));
  if (values.size() != (expects_values ? size : 0)) {
    return end_with(
        {Errc::kInvalid, fmt::format("shard {} answered part {} with {} floats instead of {}",
                                     link.shard.shard, part, values.size(), size)});
  }
  if (!kernels::all_finite(values.span())) {
    return end_with({Errc::kInternal, fmt::format("shard {} answered numbers that are not finite",
                                                  link.shard.shard)},
                    true);
  }
  if (transfer == Transfer::kPull && !began) {
    std::ranges::copy(values.span(),
                      trainer->parameters().begin() + static_cast<std::ptrdiff_t>(first));
    std::ranges::copy(values.span(), theta0.begin() + static_cast<std::ptrdiff_t>(first));
  } else if (transfer == Transfer::kPull || !rounds) {
    accept(first, values.span(), size);
  }
  link.answered[part] = true;
  config->steps->fetch_add(1, std::memory_order_relaxed);
  --link.in_flight;
  --link.missing;
  pump(link);
  for (const auto& other : links) {
    if (other.missing > 0) return;
  }
  transferred();
}

void WorkerState::refused(std::size_t index, std::uint64_t session, std::uint32_t part,
                          const caf::error& error) {
  auto& link = links[index];
  if (session != link.session || link.answered[part]) return;
  if (error == caf::sec::request_timeout) return send(link, part);
  const Error reason = from_caf(error);
  // A handle that is gone is renewed by the executor, which watches the link.
  if (reason.code == Errc::kUnavailable) return;
  end_with(reason);
}

void WorkerState::renew(ShardId shard, Incarnation incarnation, ShardActor actor) {
  for (auto& link : links) {
    if (link.shard.shard != shard) continue;
    link.shard.actor = std::move(actor);
    link.shard.incarnation = incarnation;
    link.patience = Patience(defaults::kExchangeTimeout);
    if (transfer == Transfer::kNone) return;
    ++link.session;
    link.in_flight = 0;
    link.queue.clear();
    for (std::uint32_t part = 0; part < link.answered.size(); ++part) {
      if (!link.answered[part]) link.queue.push_back(part);
    }
    return pump(link);
  }
}

void WorkerState::transferred() {
  const auto was = std::exchange(transfer, Transfer::kNone);
  if (was == Transfer::kExchange) committed();
  if (was == Transfer::kPull) {
    if (!began) remember();
    began = true;
    round = pulled;
    fresh = at_turn;
  }
  if (leaving) return leave();
  next();
}

void WorkerState::committed() {
  ++sequence;
  remember();
  const auto& totals = trainer->totals();
  self->send(config->home, written_atom_v,
             Done{config->worker, config->incarnation, sequence, *block, totals.loss_sum,
                  totals.samples, trainer->metric_sums()});
  block.reset();
}

}  // namespace

WorkerActor::behavior_type worker_actor(WorkerActor::pointer pointer,
                                        std::shared_ptr<const WorkerConfig> config) {
  // The typed actor has no state slot of its own; the behaviour owns the state and ends with the
  // actor.
  auto state = std::make_shared<WorkerState>();
  state->self = pointer;
  state->config = std::move(config);
  state->start();
  return {
      [state](put_atom, const Grant& grant) { state->take(grant); },
      [state](resume_atom) { state->exchange_if_due(); },
      [state](drain_atom) -> caf::typed_response_promise<Held> {
        auto promise = state->self->make_response_promise<Held>();
        state->left.push_back(promise);
        state->leave();
        return promise;
      },
      [state](shard_atom, ShardId shard, Incarnation incarnation, ShardActor& actor) {
        state->renew(shard, incarnation, std::move(actor));
      },
      [state](start_atom) {
        state->at_turn = true;
        state->leaving ? state->leave() : state->next();
      },
      [state](tick_atom) { state->step(); },
  };
}

}  // namespace dk
