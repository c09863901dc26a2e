// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/bad_disk.hpp"

#include "base/check.hpp"
#include "storage/envelope.hpp"

#include <random>

namespace dk::simulation {
namespace {

void flip_bit(Bytes& value, std::size_t from, std::mt19937_64& random) {
  const auto byte = from + random() % (value.size() - from);
  value[byte] ^= static_cast<std::byte>(1U << random() % 8);
}

}  // namespace

std::vector<BadDisk::Flipped> BadDisk::flip(std::string_view from, std::string_view end,
                                            std::uint64_t every, std::uint64_t pick) {
  std::mt19937_64 random(pick);
  std::vector<Flipped> flipped;
  const auto seen =
      disk_->scan(from, end, [&](std::string_view key, std::span<const std::byte> value) {
        if (!value.empty() && random() % every == 0)
          flipped.push_back({std::string(key), Bytes(value.begin(), value.end())});
        return true;
      });
  DK_CHECK(seen.has_value(), "memory can be read");
  for (const auto& [key, before] : flipped) {
    auto value = before;
    const auto chunk = storage::unseal(storage::EnvelopeKind::kChunk, key, value);
    if (chunk && random() % 2 == 0) {
      flip_bit(value, storage::kEnvelopeHeaderBytes, random);
      const std::span<const std::byte> payload(value);
      value = storage::seal(storage::EnvelopeKind::kChunk, key,
                            Bytes(payload.begin() + storage::kEnvelopeHeaderBytes, payload.end()));
    } else {
      flip_bit(value, 0, random);
    }
    put_back({key, value});
  }
  return flipped;
}

void BadDisk::put_back(const Flipped& value) {
  const auto put =
      disk_->write({{storage::KeyValueWrite::Kind::kPut, value.key, {}, value.before}});
  DK_CHECK(put.has_value(), "memory can be written");
}

}  // namespace dk::simulation
