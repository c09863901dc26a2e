// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace dk {
namespace {

__extension__ using Uint128 = unsigned __int128;

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) word = seed = mix(seed);
}

std::uint64_t Random::operator()() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Lemire's multiplication with rejection (2019).
  for (;;) {
    const auto product = static_cast<Uint128>((*this)()) * bound;
    const auto low = static_cast<std::uint64_t>(product);
    if (low >= bound || low >= (0 - bound) % bound)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

float Random::uniform() {
  return static_cast<float>((*this)() >> 40) * 0x1.0p-24F;
}

float Random::normal() {
  const float radius = std::sqrt(-2.0F * std::log(1.0F - uniform()));
  return radius * std::cos(2.0F * std::numbers::pi_v<float> * uniform());
}

}  // namespace dk
