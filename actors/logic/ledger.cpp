// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/ledger.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace dk {
namespace {

constexpr std::uint32_t kFormat = 0x314C4B44;  // "DKL1"
constexpr std::size_t kLeaseBytes = sizeof(std::uint64_t) + sizeof(std::uint32_t) + 8;

bool sane(const Ledger::Config& config) {
  return config.samples > 0 && config.block_size > 0 &&
         config.samples <=
             std::numeric_limits<std::uint64_t>::max() / std::max<std::uint64_t>(1, config.epochs);
}

}  // namespace

Ledger::Ledger(Config config)
    : config_(config), visited_(config.epochs, 0), repeated_(config.epochs, 0) {
  DK_CHECK(sane(config), "a ledger has samples and a block size");
}

std::vector<std::uint64_t> Ledger::lease(WorkerId worker, Incarnation incarnation,
                                         std::size_t count, TimePoint now, std::uint64_t limit) {
  std::vector<std::uint64_t> blocks;
  while (blocks.size() < count) {
    std::uint64_t number = next_;
    if (!todo_.empty()) {
      if (*todo_.begin() >= limit) break;
      number = todo_.extract(todo_.begin()).value();
    } else if (next_ < std::min(limit, blocks_total())) {
      ++next_;
    } else {
      break;
    }
    leased_.emplace(number, Lease{worker, incarnation, now});
    blocks.push_back(number);
  }
  return blocks;
}

Ledger::Outcome Ledger::complete(WorkerId worker, Incarnation incarnation, std::uint64_t number) {
  const auto lease = leased_.find(number);
  if (lease == leased_.end()) return is_done(number) ? Outcome::kDuplicate : Outcome::kStale;
  if (!lease->second.is_of(worker, incarnation)) return Outcome::kStale;
  leased_.erase(lease);
  const Block done = block(number);
  visited_[done.epoch] += done.count;
  return Outcome::kDone;
}

Ledger::Outcome Ledger::complete(std::uint64_t number) {
  if (is_done(number)) return Outcome::kDuplicate;
  if (leased_.erase(number) + todo_.erase(number) == 0) return Outcome::kStale;
  const Block done = block(number);
  visited_[done.epoch] += done.count;
  return Outcome::kDone;
}

bool Ledger::restore_lease(WorkerId worker, Incarnation incarnation, std::uint64_t number,
                           TimePoint now) {
  if (number >= blocks_total()) return false;
  if (const auto lease = leased_.find(number); lease != leased_.end()) {
    if (!lease->second.is_of(worker, incarnation)) return false;
    lease->second.since = now;
    return true;
  }
  if (is_done(number)) return false;
  while (next_ <= number) todo_.insert(todo_.end(), next_++);
  todo_.erase(number);
  leased_.emplace(number, Lease{worker, incarnation, now});
  return true;
}

void Ledger::renew(WorkerId worker, Incarnation incarnation, TimePoint now) {
  for (auto& [number, lease] : leased_) {
    if (lease.is_of(worker, incarnation)) lease.since = now;
  }
}

std::size_t Ledger::release(WorkerId worker, Incarnation incarnation) {
  return std::erase_if(leased_, [&](const auto& item) {
    if (!item.second.is_of(worker, incarnation)) return false;
    todo_.insert(item.first);
    return true;
  });
}

void Ledger::release_all() {
  for (const auto& [number, lease] : leased_) todo_.insert(number);
  leased_.clear();
}

std::vector<Ledger::Expired> Ledger::expired(TimePoint now,
                                             std::chrono::nanoseconds timeout) const {
  std::vector<Expired> late;
  for (const auto& [number, lease] : leased_) {
    if (now - lease.since >= timeout) late.push_back({lease.worker, lease.incarnation, number});
  }
  return late;
}

std::vector<std::uint64_t> Ledger::leases(WorkerId worker, Incarnation incarnation) const {
  std::vector<std::uint64_t> held;
  for (const auto& [number, lease] : leased_) {
    if (lease.is_of(worker, incarnation)) held.push_back(number);
  }
  return held;
}

void Ledger::roll_back_to(const Ledger& earlier) {
  DK_CHECK(config_ == earlier.config_, "a ledger goes back to a state of itself");
  Ledger result = earlier;
  // The leases of that time belong to workers that have gone on or died since.
  result.release_all();
  for (std::size_t epoch = 0; epoch < visited_.size(); ++epoch) {
    const std::uint64_t lost = visited_[epoch] - std::min(visited_[epoch], earlier.visited_[epoch]);
    result.repeated_[epoch] = repeated_[epoch] + lost;
  }
  *this = std::move(result);
}

Block Ledger::block(std::uint64_t number) const {
  DK_CHECK(number < blocks_total(), "a block's number is within the job");
  const std::uint64_t first = number % blocks_per_epoch() * config_.block_size;
  return {static_cast<std::uint32_t>(number / blocks_per_epoch()), first,
          std::min(config_.block_size, config_.samples - first)};
}

std::uint64_t Ledger::blocks_per_epoch() const {
  return (config_.samples - 1) / config_.block_size + 1;
}

std::uint64_t Ledger::blocks_total() const {
  return blocks_per_epoch() * config_.epochs;
}

std::uint64_t Ledger::blocks_done() const {
  return next_ - todo_.size() - leased_.size();
}

std::uint64_t Ledger::samples_done() const {
  return std::accumulate(visited_.begin(), visited_.end(), std::uint64_t{0});
}

bool Ledger::finished() const {
  return blocks_done() == blocks_total();
}

std::uint32_t Ledger::epochs_complete() const {
  std::uint32_t epochs = 0;
  while (epochs < config_.epochs && epoch_complete(epochs)) ++epochs;
  return epochs;
}

bool Ledger::epoch_complete(std::uint32_t epoch) const {
  return account(epoch).missed == 0;
}

EpochAccount Ledger::account(std::uint32_t epoch) const {
  DK_CHECK(epoch < config_.epochs, "an epoch's number is within the job");
  return {visited_[epoch], repeated_[epoch], config_.samples - visited_[epoch]};
}

bool Ledger::is_done(std::uint64_t number) const {
  return number < next_ && !todo_.contains(number) && !leased_.contains(number);
}

std::vector<std::uint64_t> Ledger::samples_of_done_blocks() const {
  std::vector<std::uint64_t> samples(config_.epochs, 0);
  const std::uint64_t full_epochs = next_ / blocks_per_epoch();
  std::fill_n(samples.begin(), full_epochs, config_.samples);
  if (full_epochs < samples.size()) {
    samples[full_epochs] = next_ % blocks_per_epoch() * config_.block_size;
  }
  const auto take_out = [&](std::uint64_t number) {
    const Block out = block(number);
    samples[out.epoch] -= out.count;
  };
  std::for_each(todo_.begin(), todo_.end(), take_out);
  for (const auto& [number, lease] : leased_) take_out(number);
  return samples;
}

Bytes Ledger::encode() const {
  ByteWriter out;
  out.put(kFormat);
  out.put(config_.samples);
  out.put(config_.block_size);
  out.put(config_.epochs);
  out.put(next_);
  out.put(static_cast<std::uint32_t>(todo_.size()));
  for (const std::uint64_t number : todo_) out.put(number);
  out.put(static_cast<std::uint32_t>(leased_.size()));
  for (const auto& [number, lease] : leased_) {
    out.put(number);
    out.put(lease.worker.value);
    out.put(lease.incarnation.value);
  }
  for (std::size_t epoch = 0; epoch < visited_.size(); ++epoch) {
    out.put(visited_[epoch]);
    out.put(repeated_[epoch]);
  }
  return std::move(out).take();
}

Result<Ledger> Ledger::decode(std::span<const std::byte> bytes, TimePoint now) {
  ByteReader in(bytes);
  if (const auto format = in.get<std::uint32_t>(); format != kFormat) {
    return fail(Errc::kCorrupt, "not a data ledger: begins with {:#x} instead of {:#x}", format,
                kFormat);
  }
  Config config;
  config.samples = in.get<std::uint64_t>();
  config.block_size = in.get<std::uint64_t>();
  config.epochs = in.get<std::uint32_t>();
  // Every epoch has two numbers further on, so this also bounds what the constructor allocates.
  if (!sane(config) || config.epochs > in.remaining() / 16) {
    return fail(Errc::kCorrupt,
                "data ledger: impossible size: {} samples in blocks of {}, {} epochs, {} bytes",
                config.samples, config.block_size, config.epochs, bytes.size());
  }
  Ledger ledger(config);
  DK_TRY(ledger.read_blocks(in, now));
  for (std::uint32_t epoch = 0; epoch < config.epochs; ++epoch) {
    ledger.visited_[epoch] = in.get<std::uint64_t>();
    ledger.repeated_[epoch] = in.get<std::uint64_t>();
  }
  if (!in.ok() || in.remaining() > 0) {
    return fail(Errc::kCorrupt, "data ledger: {} bytes do not end where the ledger does",
                bytes.size());
  }
  if (ledger.visited_ != ledger.samples_of_done_blocks()) {
    return fail(Errc::kCorrupt, "data ledger: the epochs' counts contradict the blocks done");
  }
  return ledger;
}

Result<void> Ledger::read_blocks(ByteReader& in, TimePoint now) {
  next_ = in.get<std::uint64_t>();
  if (next_ > blocks_total()) {
    return fail(Errc::kCorrupt, "data ledger: next block is {} of {}", next_, blocks_total());
  }
  const auto check = [&](std::uint64_t number, bool in_order) -> Result<void> {
    if (number < next_ && in_order) return {};
    return fail(Errc::kCorrupt, "data ledger: block {} {}", number,
                in_order ? "was never leased" : "stands there twice, or not in its order");
  };
  for (auto left = in.get_count(sizeof(std::uint64_t)); left > 0; --left) {
    const auto number = in.get<std::uint64_t>();
    DK_TRY(check(number, todo_.empty() || number > *todo_.rbegin()));
    todo_.insert(todo_.end(), number);
  }
  for (auto left = in.get_count(kLeaseBytes); left > 0; --left) {
    const auto number = in.get<std::uint64_t>();
    const WorkerId worker(in.get<std::uint32_t>());
    const Incarnation incarnation(in.get<std::uint64_t>());
    DK_TRY(check(number,
                 (leased_.empty() || number > leased_.rbegin()->first) && !todo_.contains(number)));
    leased_.emplace_hint(leased_.end(), number, Lease{worker, incarnation, now});
  }
  return {};
}

}  // namespace dk
