// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/exchange/exchange_client.hpp"

#include "actors/algorithms/algorithm.hpp"
#include "actors/parts.hpp"
#include "actors/runtime_config.hpp"
#include "base/check.hpp"
#include "benchmarks/exchange/shard_host.hpp"

#include <caf/all.hpp>

#include <chrono>

namespace dk::bench {
namespace {

struct Link {
  Link(ExchangeClient::Target to, std::uint64_t at)
      : target(std::move(to)), offset(at), parts(target.count) {}

  ExchangeClient::Target target;
  std::uint64_t offset;
  Parts parts;
  std::uint32_t sent = 0;
  std::uint32_t answered = 0;
};

struct ClientState {
  caf::event_based_actor* self = nullptr;
  std::shared_ptr<const Algorithm> algorithm = bench_algorithm();
  std::vector<Link> links;
  std::vector<float> theta;
  std::vector<float> theta0;
  std::shared_ptr<float> contribution[2];
  std::uint64_t sequence = 0;
  std::chrono::steady_clock::time_point start;
  caf::typed_response_promise<double> finished;

  void begin();
  void pump(Link& link);
  void send(Link& link, std::uint32_t part);
  void answered(Link& link, std::uint32_t part, const Tensor& reply);
};

void ClientState::begin() {
  ++sequence;
  theta.front() += 1;
  theta.back() += 1;
  start = std::chrono::steady_clock::now();
  for (auto& link : links) link.sent = link.answered = 0;
  for (auto& link : links) pump(link);
}

void ClientState::pump(Link& link) {
  while (link.sent < link.parts.count() && link.sent - link.answered < defaults::kPartsInFlight) {
    send(link, link.sent++);
  }
}

void ClientState::send(Link& link, std::uint32_t part) {
  const auto first = link.offset + link.parts.offset(part);
  const auto size = link.parts.size(part);
  const auto& buffer = contribution[sequence % 2];
  algorithm->contribute(std::span(theta).subspan(first, size),
                        std::span(theta0).subspan(first, size), 1, {buffer.get() + first, size});
  self->request(link.target.actor, caf::infinite, exchange_atom_v,
                ExchangePart{WorkerId{1}, Incarnation{1}, Incarnation{1}, sequence, sequence, part,
                             link.parts.count(), link.parts.offset(part),
                             Tensor({buffer, buffer.get() + first}, size)})
      .then([this, &link, part](const ExchangedPart& reply) { answered(link, part, reply.values); },
            [](const caf::error&) { DK_CHECK(false, "the shard answers"); });
}

void ClientState::answered(Link& link, std::uint32_t part, const Tensor& reply) {
  const auto first = link.offset + link.parts.offset(part);
  const auto size = link.parts.size(part);
  DK_CHECK(reply.size() == size, "a reply has the size of its part");
  algorithm->accept(reply.span(), std::span(theta).subspan(first, size),
                    std::span(theta0).subspan(first, size));
  ++link.answered;
  pump(link);
  for (const auto& other : links) {
    if (other.answered < other.parts.count()) return;
  }
  const auto expected = static_cast<float>(sequence);
  DK_CHECK(theta.front() == expected && theta.back() == expected, "the centre took the commit in");
  finished.deliver(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

caf::behavior client(caf::event_based_actor* self,
                     const std::vector<ExchangeClient::Target>& shards) {
  auto state = std::make_shared<ClientState>();
  state->self = self;
  std::uint64_t count = 0;
  for (const auto& shard : shards) {
    state->links.emplace_back(shard, count);
    count += shard.count;
  }
  state->theta.assign(count, 0.0F);
  state->theta0.assign(count, 0.0F);
  for (auto& buffer : state->contribution) {
    buffer = allocate_floats(count);
    std::fill_n(buffer.get(), count, 0.0F);
  }
  return {[](start_atom) { return true; },
          [state](tick_atom) -> caf::typed_response_promise<double> {
            state->finished = state->self->make_response_promise<double>();
            state->begin();
            return state->finished;
          }};
}

}  // namespace

ExchangeClient::ExchangeClient(caf::actor_system& system, std::vector<Target> shards)
    : system_(system), actor_(spawn_blocking(system, client, std::move(shards))) {
  caf::scoped_actor self(system_);
  self->request(actor_, caf::infinite, start_atom_v)
      .receive([](bool) {}, [](const caf::error&) { DK_CHECK(false, "the client starts"); });
}

ExchangeClient::~ExchangeClient() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

double ExchangeClient::exchange() {
  double seconds = 0;
  caf::scoped_actor self(system_);
  self->request(actor_, caf::infinite, tick_atom_v)
      .receive([&](double taken) { seconds = taken; },
               [](const caf::error&) { DK_CHECK(false, "the client answers"); });
  return seconds;
}

}  // namespace dk::bench
