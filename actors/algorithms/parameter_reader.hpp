// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// Mini-batches that each worker trains in an epoch, when nobody said.
inline constexpr std::uint32_t kUnknownEpochShare = 100;

/// Reads an algorithm's parameters and remembers the first thing that is wrong, so that an
/// algorithm's constructor takes what it needs and the registry asks once, at the end. Whoever
/// reads a wrong value gets `otherwise`. The config must outlive the reader.
class ParameterReader {
 public:
  enum class Range {
    kPositive,  ///< above 0
    kFraction,  ///< from 0 to below 1
    kShare,     ///< above 0, at most 1
  };

  /// `workers`: the most that the job will have (p of the papers). `epoch_share`: mini-batches that
  /// each of them trains in an epoch.
  ParameterReader(const AlgorithmConfig& config, std::uint32_t workers,
                  std::uint32_t epoch_share = kUnknownEpochShare);

  [[nodiscard]] std::uint32_t workers() const { return workers_; }
  /// From 1 to 100000, so that it can stand for a window.
  [[nodiscard]] std::uint32_t epoch_share() const { return epoch_share_; }

  /// A whole number from `least` to 100000; `otherwise` when it is not given.
  std::uint32_t count(std::string_view name, std::uint32_t otherwise, std::uint32_t least = 1);
  /// A finite number in that range, after rounding to float32.
  float number(std::string_view name, float otherwise, Range range);
  /// A list of positive numbers; empty when it is not given.
  std::vector<float> numbers(std::string_view name);
  /// true or false.
  bool flag(std::string_view name, bool otherwise);
  /// The position of the given text among these; the first when it is not given.
  std::size_t choice(std::string_view name, std::initializer_list<const char*> choices);

  /// Whether the parameter was given; asking makes its name known.
  [[nodiscard]] bool given(std::string_view name);
  /// Values that are fine by themselves do not fit together.
  void refuse(std::string reason);

  /// kInvalid if a value was wrong, or a parameter was given that nobody has read.
  [[nodiscard]] Result<void> finish() const;

 private:
  /// Null when it is not given.
  const nlohmann::json* find(std::string_view name);
  void wrong(std::string_view name, const nlohmann::json& value, std::string_view allowed);

  const AlgorithmConfig& config_;
  std::uint32_t workers_;
  std::uint32_t epoch_share_;
  std::vector<std::string> known_;
  std::string wrong_;
};

}  // namespace dk
