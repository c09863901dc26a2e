// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard.hpp"

#include <algorithm>

namespace dk {
namespace {

/// Begins an image's facts: "DKI" and the format's number.
constexpr std::uint32_t kFormat = 0x01494B44;

}  // namespace

ShardImage Shard::image() const {
  ShardImage image{encode(), floats_.share()};
  for (const auto& [worker, newest] : newest_) {
    // A worker of this process writes its contribution after next into the same buffer.
    for (const auto& contribution : newest.contributions)
      image.floats.push_back(own_copy(contribution));
    image.floats.insert(image.floats.end(), newest.replies.begin(), newest.replies.end());
  }
  return image;
}

Bytes Shard::encode() const {
  ByteWriter out;
  out.put(kFormat);
  out.put(config_.taken);
  out.put(closed_round_);
  out.put(program_);
  out.put(first_block_);
  out.put(static_cast<std::uint32_t>(sums_.size()));
  for (const auto sum : sums_) out.put(sum);
  out.put(static_cast<std::uint32_t>(blocks_.size()));
  for (const auto& [block, parts] : blocks_) {
    out.put(block);
    for (std::uint32_t part = 0; part < parts_.count(); ++part)
      out.put(static_cast<std::uint8_t>(parts[part]));
  }
  out.put(static_cast<std::uint32_t>(newest_.size()));
  for (const auto& [worker, newest] : newest_) {
    out.put(worker.value);
    out.put(newest.incarnation.value);
    out.put(newest.sequence);
    out.put(static_cast<std::uint32_t>(newest.contributions.size()));
    out.put(static_cast<std::uint32_t>(newest.replies.size()));
    for (std::size_t part = 0; part < newest.contributions.size(); ++part) {
      out.put(newest.staleness[part]);
      out.put(newest.taken[part]);
    }
  }
  const auto commits = commits_.encode();
  out.put(static_cast<std::uint32_t>(commits.size()));
  out.put_raw(commits);
  return std::move(out).take();
}

Result<std::unique_ptr<Shard>> Shard::restore(ShardConfig config, const ShardImage& image) {
  const auto vectors = std::size_t{1} + config.algorithm->shard_slots();
  const Parts parts(config.count);
  const auto pieces = vectors * parts.count();
  if (image.floats.size() < pieces) {
    return fail(Errc::kCorrupt, "shard {}: an image of {} pieces, at least {} are needed",
                config.shard, image.floats.size(), pieces);
  }
  config.values = allocate_floats(vectors * config.count);
  const std::span floats(image.floats);
  for (std::size_t vector = 0; vector < vectors; ++vector) {
    for (std::uint32_t part = 0; part < parts.count(); ++part) {
      const auto& piece = floats[vector * parts.count() + part];
      if (piece.size() != parts.size(part)) {
        return fail(Errc::kCorrupt, "shard {}: part {} of vector {} has {} floats instead of {}",
                    config.shard, part, vector, piece.size(), parts.size(part));
      }
      std::ranges::copy(piece.span(),
                        config.values.get() + vector * config.count + parts.offset(part));
    }
  }
  auto shard = std::make_unique<Shard>(std::move(config));
  DK_TRY(shard->decode(image.facts, floats.subspan(pieces)));
  return shard;
}

Result<void> Shard::decode(std::span<const std::byte> facts, std::span<const Tensor> floats) {
  ByteReader in(facts);
  if (const auto format = in.get<std::uint32_t>(); format != kFormat)
    return fail(Errc::kCorrupt, "not a shard's image: begins with {:#x}", format);
  config_.taken = in.get<std::uint64_t>();
  closed_round_ = in.get<std::uint64_t>();
  program_ = in.get<std::uint64_t>();
  first_block_ = in.get<std::uint64_t>();
  sums_.resize(in.get_count(sizeof(double)));
  for (auto& sum : sums_) sum = in.get<double>();
  for (auto left = in.get_count(sizeof(std::uint64_t) + parts_.count()); left > 0; --left) {
    auto& parts = blocks_[in.get<std::uint64_t>()];
    parts.resize(parts_.count());
    for (std::uint32_t part = 0; part < parts_.count(); ++part)
      parts[part] = in.get<std::uint8_t>() != 0;
  }
  DK_TRY(decode_newest(in, floats));
  DK_TRY_ASSIGN(commits_, CommitTable::decode(in.get_raw(in.get<std::uint32_t>())));
  if (in.ok() && in.remaining() == 0 && floats.empty()) return {};
  return fail(Errc::kCorrupt, "shard {}: the image's facts do not end where its floats do", id());
}

Result<void> Shard::decode_newest(ByteReader& in, std::span<const Tensor>& floats) {
  for (auto left = in.get_count(28); left > 0; --left) {
    const WorkerId worker(in.get<std::uint32_t>());
    auto& newest = newest_[worker];
    newest.incarnation = Incarnation(in.get<std::uint64_t>());
    newest.sequence = in.get<std::uint64_t>();
    const auto contributions = in.get<std::uint32_t>();
    const auto replies = in.get<std::uint32_t>();
    const auto pieces = std::uint64_t{contributions} + replies;
    if (contributions > parts_.count() || replies > parts_.count() || pieces > floats.size()) {
      return fail(Errc::kCorrupt, "shard {}: {} pieces of worker {}, {} are there", id(), pieces,
                  worker, floats.size());
    }
    for (std::uint32_t part = 0; part < contributions; ++part) {
      newest.staleness.push_back(in.get<std::uint64_t>());
      newest.taken.push_back(in.get<std::uint64_t>());
    }
    const auto first = floats.begin();
    newest.contributions.assign(first, first + contributions);
    newest.replies.assign(first + contributions, first + static_cast<std::ptrdiff_t>(pieces));
    floats = floats.subspan(pieces);
  }
  return {};
}

}  // namespace dk
