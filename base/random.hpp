// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace dk {

/// SplitMix64's output function (Steele, Lea and Flood, 2014): spreads related seeds (1, 2, 3 ...)
/// far apart.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// A seed for a purpose: `seed_for(job_seed, epoch)`, `seed_for(job_seed, worker, block)`.
template <class... Parts>
[[nodiscard]] constexpr std::uint64_t seed_for(std::uint64_t seed, Parts... parts) {
  ((seed = mix(seed ^ mix(static_cast<std::uint64_t>(parts)))), ...);
  return seed;
}

/// xoshiro256++ (Blackman and Vigna, 2019): small, fast, and the same numbers on every machine and
/// standard library.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit Random(std::uint64_t seed);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();

  /// Uniform in [0, bound), without modulo bias. `bound` > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 24 bits.
  float uniform();
  /// Standard normal (Box and Muller).
  float normal();

  /// Fisher-Yates shuffle.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace dk
