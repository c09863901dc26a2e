// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace dk::submit {

/// How a class is read from an output. Defaults: label_index's rule (docs/data.md), and for one
/// number 1 above a half, as Keras' binary accuracy.
struct ClassRule {
  float first_from = 0.55F;  ///< The first place with so much, else that of the largest value.
  float one_above = 0.5F;    ///< Of an output of one number: class 1 above, else 0.

  /// The place of the largest value alone; for outputs that are no probabilities, class 1 above 0.
  [[nodiscard]] static ClassRule largest(bool logits) {
    return {std::numeric_limits<float>::infinity(), logits ? 0.0F : 0.5F};
  }
  /// At least one value; the first of equals.
  [[nodiscard]] std::size_t class_of(std::span<const float> values) const;
};

/// How often samples of one class were taken for which.
class Confusion {
 public:
  /// In the way of scikit-learn; 0 where there is nothing to divide by.
  struct Score {
    double precision = 0;       ///< hits / predicted
    double recall = 0;          ///< hits / support
    double f1 = 0;              ///< 2 hits / (predicted + support)
    std::uint64_t support = 0;  ///< samples of the class
  };
  struct Pair {
    std::size_t actual = 0;
    std::size_t predicted = 0;
    std::uint64_t count = 0;
  };

  explicit Confusion(std::size_t classes) : support_(classes), predicted_(classes) {}

  /// Both below classes().
  void add(std::size_t actual, std::size_t predicted, std::uint64_t count = 1);
  /// `count` outputs of classes() numbers each (two classes: also of one), and what they should
  /// have been: a class number for each, or as many numbers as the output has, one of them 1 and
  /// the others 0. False, and nothing is counted, when a target is no class.
  bool add(std::span<const float> targets, std::span<const float> outputs, std::size_t count,
           const ClassRule& rule);

  [[nodiscard]] std::size_t classes() const { return support_.size(); }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t count(std::size_t actual, std::size_t predicted) const;
  [[nodiscard]] Score score(std::size_t which) const;
  /// Means over the classes, each once, or each as often as it occurs.
  [[nodiscard]] Score macro_average() const;
  [[nodiscard]] Score weighted_average() const;
  /// Wrong ones, the most frequent first; of equals the first classes.
  [[nodiscard]] std::vector<Pair> confused() const;

 private:
  [[nodiscard]] Score average(bool weighted) const;

  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> counts_;
  std::vector<std::uint64_t> support_;
  std::vector<std::uint64_t> predicted_;
  std::uint64_t total_ = 0;
};

}  // namespace dk::submit
