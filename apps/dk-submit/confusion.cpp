// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/confusion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::submit {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<std::size_t> class_number(float target, std::size_t classes) {
  const bool is_class =
      target >= 0 && target < static_cast<float>(classes) && target == std::floor(target);
  if (!is_class) return std::nullopt;
  return static_cast<std::size_t>(target);
}

std::optional<std::size_t> one_hot_place(std::span<const float> target) {
  const auto one = std::find(target.begin(), target.end(), 1.0F);
  const auto zeros = std::count(target.begin(), target.end(), 0.0F);
  if (one == target.end() || static_cast<std::size_t>(zeros) + 1 != target.size()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(one - target.begin());
}

}  // namespace

std::size_t ClassRule::class_of(std::span<const float> values) const {
  if (values.size() == 1) return values[0] > one_above ? 1 : 0;
  std::size_t largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= first_from) return i;
    if (values[i] > values[largest] || std::isnan(values[largest])) largest = i;
  }
  return std::isnan(values[largest]) ? 0 : largest;
}

void Confusion::add(std::size_t actual, std::size_t predicted, std::uint64_t count) {
  if (count == 0) return;
  counts_[{actual, predicted}] += count;
  support_[actual] += count;
  predicted_[predicted] += count;
  total_ += count;
}

bool Confusion::add(std::span<const float> targets, std::span<const float> outputs,
                    std::size_t count, const ClassRule& rule) {
  const auto width = outputs.size() / count;
  const auto target_width = targets.size() / count;
  std::vector<std::size_t> actual;
  actual.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto target = targets.subspan(i * target_width, target_width);
    const auto place =
        target_width == 1 ? class_number(target[0], classes()) : one_hot_place(target);
    if (!place) return false;
    actual.push_back(*place);
  }
  for (std::size_t i = 0; i < count; ++i) {
    add(actual[i], rule.class_of(outputs.subspan(i * width, width)));
  }
  return true;
}

std::uint64_t Confusion::count(std::size_t actual, std::size_t predicted) const {
  const auto found = counts_.find({actual, predicted});
  return found == counts_.end() ? 0 : found->second;
}

Confusion::Score Confusion::score(std::size_t which) const {
  const auto hits = count(which, which);
  const auto support = support_[which];
  const auto predicted = predicted_[which];
  return {share(hits, predicted), share(hits, support), share(2 * hits, support + predicted),
          support};
}

Confusion::Score Confusion::average(bool weighted) const {
  Score sum;
  const auto whole = static_cast<double>(weighted ? total_ : classes());
  for (std::size_t i = 0; i < classes() && whole > 0; ++i) {
    const auto own = score(i);
    const double part = (weighted ? static_cast<double>(own.support) : 1.0) / whole;
    sum.precision += part * own.precision;
    sum.recall += part * own.recall;
    sum.f1 += part * own.f1;
  }
  sum.support = total_;
  return sum;
}

Confusion::Score Confusion::macro_average() const {
  return average(false);
}

Confusion::Score Confusion::weighted_average() const {
  return average(true);
}

std::vector<Confusion::Pair> Confusion::confused() const {
  std::vector<Pair> pairs;
  for (const auto& [classes, count] : counts_) {
    if (classes.first != classes.second) pairs.push_back({classes.first, classes.second, count});
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.count > b.count; });
  return pairs;
}

}  // namespace dk::submit
