// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace dk {

/// What decides how many rows one range has.
struct RangeLimits {
  std::uint64_t rows = 0;         ///< of the whole data set; > 0
  std::uint64_t batch_size = 1;   ///< > 0
  std::uint64_t parameters = 0;   ///< of the model: its work per row
  std::uint64_t output_size = 0;  ///< floats that each row sends back; 0: none
};

/// Rows of a range: whole batches where possible, so that batches are those of one pass over the
/// whole; at least 64 ranges where there are as many batches; an answer of at most 1 MiB, and about
/// a second of a core's work. A function of its argument alone.
[[nodiscard]] std::uint64_t rows_of_range(const RangeLimits& limits);

/// An evaluation that is spread over executors: its rows are cut into ranges, and every executor
/// that is idle gets one. Lost and failed ranges go to others; when no fresh one is left, idle
/// executors repeat the open ones, and the first answer counts (backup tasks: Dean and Ghemawat,
/// MapReduce, 2004). An answer is taken from a holder only, once. Sums are added in the order of
/// the ranges, so the result does not depend on who computed what. Pure; memory is that of the
/// answers that came before the first open range.
class Scatter {
 public:
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  /// As in the messages Done and Evaluation.
  struct Sums {
    double loss_sum = 0;
    std::uint64_t samples = 0;
    std::vector<double> metrics{};
  };
  /// So many failures of one range end the evaluation; so many in a row without a success put an
  /// executor behind all others.
  static constexpr int kMostFailures = 3;

  /// Both > 0.
  Scatter(std::uint64_t rows, std::uint64_t range_rows);

  /// The range that `executor` works on from now on, none when there is nothing for it or it has
  /// one. `present`: all executors that can work. A range that failed on an executor goes to
  /// another one that is present, and has not failed at it, if there is one.
  std::optional<std::size_t> give(Incarnation executor, const std::set<Incarnation>& present);
  /// The executor's answer; false, and nothing is added, when the range is not (any more) its own
  /// or has been answered by another one.
  bool take(Incarnation executor, std::size_t range, Sums sums);
  /// The executor could not do it; true when the range has failed too often. A failure of what is
  /// not its own counts for nothing.
  bool fail(Incarnation executor, std::size_t range);
  /// The executor is gone, or will not answer.
  void release(Incarnation executor);
  /// Nobody answers any more; what was answered stays.
  void release_all();

  [[nodiscard]] std::size_t ranges() const { return ranges_; }
  [[nodiscard]] Range range(std::size_t number) const;
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t rows_done() const { return rows_done_; }
  [[nodiscard]] bool complete() const { return folded_ == ranges_; }
  /// Of all ranges; only when complete.
  [[nodiscard]] const Sums& total() const { return total_; }

 private:
  struct Failures {
    int count = 0;
    std::set<Incarnation> by;
  };

  [[nodiscard]] bool done(std::size_t range) const;
  [[nodiscard]] std::size_t holders(std::size_t range) const;
  /// Whether the executor is one to be given this range.
  [[nodiscard]] bool fits(std::size_t range, Incarnation executor,
                          const std::set<Incarnation>& present) const;
  [[nodiscard]] bool benched(Incarnation executor) const;
  void fold();

  std::uint64_t rows_;
  std::uint64_t range_rows_;
  std::size_t ranges_;
  std::size_t next_ = 0;  ///< every range from here on was never given
  std::set<std::size_t> returned_;
  std::map<Incarnation, std::size_t> held_;
  std::map<std::size_t, Failures> failures_;
  std::map<Incarnation, int> failed_in_a_row_;
  std::size_t folded_ = 0;               ///< ranges in front of this one are in `total_`
  std::map<std::size_t, Sums> waiting_;  ///< answered, behind one that is open
  Sums total_;
  std::uint64_t rows_done_ = 0;
};

}  // namespace dk
