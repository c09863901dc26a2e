// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/worker.hpp"

#include "actors/error.hpp"
#include "actors/parts.hpp"

#include <caf/all.hpp>

#include <cstring>
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
};

enum class Transfer { kNone, kPull, kExchange };

struct WorkerState {
  WorkerActor::pointer self = nullptr;
  std::shared_ptr<const WorkerConfig> config;
  std::unique_ptr<Trainer> trainer;
  std::optional<Ledger> blocks;
  std::vector<Link> links;
  Transfer transfer = Transfer::kNone;

  std::vector<float> theta0;
  /// Commits alternate between two buffers: shards keep the newest one by reference until the next
  /// one arrives.
  std::shared_ptr<float> contribution[2];

  std::deque<std::uint64_t> leases;
  std::optional<std::uint64_t> block;
  std::uint64_t sequence = 0;  ///< of the newest commit that every shard has answered
  bool holding = false;
  bool exchange_due = false;
  std::vector<caf::typed_response_promise<Held>> held;
  std::optional<caf::typed_response_promise<Evaluation>> evaluation;
  std::shared_ptr<const storage::Dataset> evaluation_data;

  // -- training -----------------------------------------------------------------

  void start();
  void next();
  void step();
  void end_with(const Error& error);

  // -- transfers ----------------------------------------------------------------

  void begin(Transfer what);
  void pump(Link& link);
  void send(Link& link, std::uint32_t part);
  void renew(ShardId shard, ShardActor actor);
  void answered(std::size_t index, std::uint64_t session, std::uint32_t part, const Tensor& values);
  void refused(std::size_t index, std::uint64_t session, std::uint32_t part,
               const caf::error& error);
  void transferred();
  void committed();
  void evaluate();
  [[nodiscard]] Held position() const { return {config->worker, config->incarnation, sequence}; }
};

void WorkerState::end_with(const Error& error) {
  self->send(config->home, failure_atom_v, config->worker, error);
  self->quit();
}

void WorkerState::start() {
  auto made = Trainer::make(*config->spec, config->data);
  if (!made) return end_with(made.error());
  trainer = std::move(*made);
  blocks.emplace(config->blocks);
  const auto count = trainer->parameters().size();
  theta0.resize(count);
  for (auto& buffer : contribution) buffer = allocate_floats(count);
  for (const auto& shard : config->shards) links.emplace_back(shard);
  begin(Transfer::kPull);
}

void WorkerState::next() {
  if (transfer != Transfer::kNone || block || leases.empty() || evaluation) return;
  block = leases.front();
  leases.pop_front();
  trainer->begin(*block, blocks->block(*block));
  self->send(self, tick_atom_v);
}

void WorkerState::step() {
  if (auto done = trainer->step(); !done) return end_with(done.error());
  config->steps->fetch_add(1, std::memory_order_relaxed);
  if (!trainer->block_done()) return self->send(self, tick_atom_v);
  exchange_due = true;
  if (!holding) begin(Transfer::kExchange);
}

void WorkerState::begin(Transfer what) {
  transfer = what;
  exchange_due = false;
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
  auto on_error = [this, index, session, part](const caf::error& error) {
    refused(index, session, part, error);
  };
  if (transfer == Transfer::kPull) {
    self->request(link.shard.actor, defaults::kExchangeTimeout, pull_atom_v, link.shard.incarnation,
                  offset, size)
        .then([this, index, session,
               part](const Tensor& values) { answered(index, session, part, values); },
              on_error);
    return;
  }
  const auto first = link.shard.offset + offset;
  const auto& buffer = contribution[(sequence + 1) % 2];
  // A part that is sent again is computed again, from the same weights: an unanswered part has not
  // changed them.
  config->algorithm->contribute(trainer->parameters().subspan(first, size),
                                std::span(theta0).subspan(first, size), trainer->steps(),
                                {buffer.get() + first, size});
  ExchangePart message{config->worker,
                       config->incarnation,
                       link.shard.incarnation,
                       sequence + 1,
                       *block,
                       part,
                       link.parts.count(),
                       offset,
                       Tensor({buffer, buffer.get() + first}, size)};
  self->request(link.shard.actor, defaults::kExchangeTimeout, exchange_atom_v, std::move(message))
      .then([this, index, session,
             part](const ExchangedPart& reply) { answered(index, session, part, reply.values); },
            on_error);
}

void WorkerState::answered(std::size_t index, std::uint64_t session, std::uint32_t part,
                           const Tensor& values) {
  auto& link = links[index];
  if (session != link.session || link.answered[part]) return;
  const auto first = link.shard.offset + link.parts.offset(part);
  const auto size = link.parts.size(part);
  const bool expects_values = transfer == Transfer::kPull || config->algorithm->replies();
  if (values.size() != (expects_values ? size : 0)) {
    return end_with(
        {Errc::kInvalid, fmt::format("shard {} answered part {} with {} floats instead of {}",
                                     link.shard.shard, part, values.size(), size)});
  }
  const auto theta = trainer->parameters().subspan(first, size);
  const auto base = std::span(theta0).subspan(first, size);
  if (transfer == Transfer::kPull) {
    std::memcpy(theta.data(), values.span().data(), size * sizeof(float));
    std::memcpy(base.data(), values.span().data(), size * sizeof(float));
  } else if (expects_values) {
    config->algorithm->accept(values.span(), theta, base);
  }
  link.answered[part] = true;
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

void WorkerState::renew(ShardId shard, ShardActor actor) {
  for (auto& link : links) {
    if (link.shard.shard != shard) continue;
    link.shard.actor = std::move(actor);
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
  if (std::exchange(transfer, Transfer::kNone) == Transfer::kExchange) committed();
  if (evaluation) return evaluate();
  for (auto& promise : held) promise.deliver(position());
  held.clear();
  next();
}

void WorkerState::committed() {
  ++sequence;
  const auto& totals = trainer->totals();
  self->send(config->home, written_atom_v,
             Done{config->worker, config->incarnation, sequence, *block, totals.loss_sum,
                  totals.samples, trainer->metric_sums()});
  block.reset();
}

void WorkerState::evaluate() {
  const auto sums = trainer->evaluate(*evaluation_data);
  evaluation->deliver(
      Evaluation{sums.loss_sum / static_cast<double>(sums.samples), trainer->metric_sums()});
  evaluation.reset();
  evaluation_data.reset();
  next();
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
      [state](put_atom, const std::vector<std::uint64_t>& blocks) {
        state->leases.insert(state->leases.end(), blocks.begin(), blocks.end());
        state->next();
      },
      [state](hold_atom) -> caf::typed_response_promise<Held> {
        auto promise = state->self->make_response_promise<Held>();
        state->holding = true;
        if (state->transfer == Transfer::kExchange) {
          state->held.push_back(promise);
        } else {
          promise.deliver(state->position());
        }
        return promise;
      },
      [state](resume_atom) {
        state->holding = false;
        if (state->exchange_due) state->begin(Transfer::kExchange);
      },
      [state](evaluate_atom,
              std::shared_ptr<const storage::Dataset>& data) -> caf::result<Evaluation> {
        if (state->transfer != Transfer::kNone || state->block) {
          return to_caf({Errc::kUnavailable, "the worker is still training"});
        }
        state->evaluation = state->self->make_response_promise<Evaluation>();
        state->evaluation_data = std::move(data);
        state->begin(Transfer::kPull);
        return *state->evaluation;
      },
      [state](shard_atom, ShardId shard, ShardActor& actor) {
        state->renew(shard, std::move(actor));
      },
      [state](tick_atom) { state->step(); },
  };
}

}  // namespace dk
