// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/toy_cluster.hpp"

#include "base/check.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace dk::toy {

std::unique_ptr<const Algorithm> make(const std::string& name, const nlohmann::json& parameters,
                                      std::uint32_t workers, std::uint32_t epoch_share) {
  auto made = make_algorithm({name, parameters}, workers, epoch_share);
  EXPECT_TRUE(made) << made.error().message;
  DK_CHECK(made, "the tests' parameters are allowed");
  return std::move(*made);
}

SlotVectors::SlotVectors(std::uint32_t count, std::size_t size) : vectors_(count, Vector(size)) {}

std::vector<std::span<float>> SlotVectors::spans() {
  return {vectors_.begin(), vectors_.end()};
}

// -- worker -----------------------------------------------------------------------------

Worker::Worker(const Algorithm& of, std::uint32_t number, const Vector& centre)
    : algorithm(&of),
      id(number),
      theta(centre),
      theta0(centre),
      slots(of.worker_slots(), centre.size()) {}

void Worker::step(const std::function<Vector(const Vector&)>& change) {
  const auto spans = slots.spans();
  algorithm->before_step(theta, theta0, spans);
  const auto add = change(theta);
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += add[i];
  algorithm->after_step(theta, theta0, spans);
  ++steps;
}

void Worker::step(const Vector& change) {
  step([&](const Vector&) { return change; });
}

Vector Worker::contribute() {
  Vector contribution(theta.size());
  algorithm->contribute(theta, theta0, std::exchange(steps, 0), contribution);
  ++sequence;
  return contribution;
}

void Worker::accept(const Vector& reply) {
  algorithm->accept(reply, theta, theta0);
}

// -- shard ------------------------------------------------------------------------------

Shard::Shard(const Algorithm& algorithm, Vector centre)
    : algorithm_(algorithm),
      centre_(std::move(centre)),
      slots_(algorithm.shard_slots(), centre_.size()) {}

void Shard::welcome(std::uint32_t worker) {
  newest_[worker] = {};
  newest_[worker].seen = taken_;
}

std::uint64_t Shard::staleness(std::uint32_t worker) const {
  const auto found = newest_.find(worker);
  return found == newest_.end() ? 0 : taken_ - found->second.seen;
}

Vector Shard::take(std::uint32_t worker, std::uint64_t sequence, const Vector& contribution) {
  auto& newest = newest_[worker];
  const bool fetches = algorithm_.fetches(sequence);
  if (newest.sequence == sequence) {
    if (!fetches) return {};
    return algorithm_.keeps_reply() ? newest.reply : centre_;
  }
  const Vector last = std::move(newest.reply);
  newest.context = {.staleness = staleness(worker), .taken = taken_};
  newest.contribution = contribution;
  auto context = newest.context;
  context.last_reply = last;
  Vector reply(fetches ? centre_.size() : 0);
  const auto spans = slots_.spans();
  algorithm_.take(centre_, contribution, context, spans, reply);
  newest.reply = algorithm_.keeps_reply() ? reply : Vector{};
  newest.sequence = sequence;
  newest.seen = ++taken_;
  return reply;
}

void Shard::revert(std::uint32_t worker) {
  const auto& newest = newest_.at(worker);
  algorithm_.revert(centre_, newest.contribution, newest.context, newest.reply);
  newest_.erase(worker);
}

void Shard::combine(const std::vector<Vector>& contributions) {
  const std::vector<std::span<const float>> spans(contributions.begin(), contributions.end());
  const auto slots = slots_.spans();
  algorithm_.combine(centre_, spans, slots);
  taken_ += contributions.size();
}

// -- both -------------------------------------------------------------------------------

void exchange(Worker& worker, Shard& shard) {
  const auto contribution = worker.contribute();
  worker.accept(shard.take(worker.id, worker.sequence, contribution));
}

void close_round(const std::vector<Worker*>& workers, Shard& shard) {
  std::vector<Vector> contributions;
  for (auto* worker : workers) contributions.push_back(worker->contribute());
  shard.combine(contributions);
  for (auto* worker : workers) worker->accept(shard.centre());
}

}  // namespace dk::toy
