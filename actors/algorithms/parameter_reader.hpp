// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// Reads an algorithm's parameters and remembers the first thing that is wrong, so that an
/// algorithm's constructor takes what it needs and the registry asks once, at the end. The config
/// must outlive the reader.
class ParameterReader {
 public:
  explicit ParameterReader(const AlgorithmConfig& config);

  /// A whole number from 1 to 100000; `otherwise` when it is not given (or wrong).
  std::uint32_t count(std::string_view name, std::uint32_t otherwise);

  /// kInvalid if a value was wrong, or a parameter was given that nobody has read.
  [[nodiscard]] Result<void> finish() const;

 private:
  const AlgorithmConfig& config_;
  std::vector<std::string> known_;
  std::string wrong_;
};

}  // namespace dk
