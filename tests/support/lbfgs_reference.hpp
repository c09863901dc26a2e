// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace dk::test {

/// L-BFGS with whole vectors in memory: the two-loop recursion as in Nocedal and Wright, algorithm
/// 7.4, with the line search that actors/logic/lbfgs.hpp describes.
class ReferenceLbfgs {
 public:
  /// Writes the gradient at x, returns the loss.
  using Function = std::function<double(std::span<const float>, std::vector<double>&)>;

  ReferenceLbfgs(Function function, std::vector<float> start, std::size_t history, int backtracks)
      : function_(std::move(function)),
        x_(std::move(start)),
        history_(history),
        backtracks_(backtracks) {}

  /// The loss of every evaluation.
  std::vector<double> run(std::size_t evaluations) {
    std::vector<double> losses;
    loss_ = function_(x_, gradient_);
    losses.push_back(loss_);
    while (losses.size() < evaluations && dot(gradient_, gradient_) > 0) {
      if (!search(losses, evaluations)) break;
    }
    return losses;
  }
  [[nodiscard]] const std::vector<float>& x() const { return x_; }

 private:
  struct Pair {
    std::vector<double> s, y;
  };

  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  static void add(std::vector<double>& to, double factor, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
  }

  [[nodiscard]] std::vector<double> direction() const {
    auto q = gradient_;
    std::vector<double> a(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      a[i] = dot(pairs_[i].s, q) / dot(pairs_[i].s, pairs_[i].y);
      add(q, -a[i], pairs_[i].y);
    }
    if (!pairs_.empty()) {
      const auto& [s, y] = pairs_.back();
      for (auto& value : q) value *= dot(s, y) / dot(y, y);
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double b = dot(pairs_[i].y, q) / dot(pairs_[i].s, pairs_[i].y);
      add(q, a[i] - b, pairs_[i].s);
    }
    for (auto& value : q) value = -value;
    return q;
  }

  /// One step; false when there is none.
  bool search(std::vector<double>& losses, std::size_t evaluations) {
    auto d = direction();
    if (dot(d, gradient_) >= 0) {
      pairs_.clear();
      d = direction();
    }
    const double slope = dot(d, gradient_);
    double step = pairs_.empty() ? std::min(1.0, 1 / std::sqrt(-slope)) : 1;
    for (int tried = 0; losses.size() < evaluations; ++tried) {
      std::vector<float> x(x_.size());
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(static_cast<double>(x_[i]) + step * d[i]);
      std::vector<double> gradient;
      const double loss = function_(x, gradient);
      losses.push_back(loss);
      if (loss <= loss_ + 1e-4 * step * slope) {
        Pair pair;
        for (std::size_t i = 0; i < x.size(); ++i) {
          pair.s.push_back(static_cast<double>(x[i]) - static_cast<double>(x_[i]));
          pair.y.push_back(gradient[i] - gradient_[i]);
        }
        if (dot(pair.s, pair.y) > 1e-10 * dot(pair.y, pair.y)) pairs_.push_back(std::move(pair));
        if (pairs_.size() > history_) pairs_.pop_front();
        x_ = std::move(x);
        gradient_ = std::move(gradient);
        loss_ = loss;
        return true;
      }
      if (tried == backtracks_) break;
      const double best = -slope * step / (2 * (loss - loss_ - step * slope));
      step *= std::isfinite(loss) ? std::clamp(best, 0.1, 0.5) : 0.1;
    }
    return !std::exchange(pairs_, {}).empty();
  }

  Function function_;
  std::vector<float> x_;
  std::size_t history_;
  int backtracks_;
  double loss_ = 0;
  std::vector<double> gradient_;
  std::deque<Pair> pairs_;
};

}  // namespace dk::test
