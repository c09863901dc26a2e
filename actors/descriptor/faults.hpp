// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/did_you_mean.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dk::descriptor {

/// A point of the descriptor as a person finds it. Lines and columns count from 1; line 0 stands
/// for the source as a whole, such as an override.
struct Place {
  std::shared_ptr<const std::string> source;
  int line = 0;
  int column = 0;
};

/// Collects all that is wrong, so that a user corrects a descriptor once and not fault by fault.
class Faults {
 public:
  void add(const Place& place, std::string message);
  [[nodiscard]] bool empty() const { return faults_.empty(); }
  [[nodiscard]] std::size_t size() const { return faults_.size() + dropped_; }
  /// One line per fault in the order of the text, overrides first; at most kMaxLines of them.
  [[nodiscard]] Error to_error() const;

  static constexpr std::size_t kMaxLines = 50;

 private:
  struct Fault {
    Place place;
    std::string message;
  };
  std::vector<Fault> faults_;
  std::size_t dropped_ = 0;
};

/// The text between single quotes on one line: control characters escaped, a long one cut.
[[nodiscard]] std::string in_single_quotes(std::string_view text);
/// "did you mean 'epochs'? " when one of the names is near the misspelt one, else "".
[[nodiscard]] std::string suggestion(std::string_view misspelt,
                                     const std::vector<std::string>& names);

}  // namespace dk::descriptor
