// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/select_rows.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace dk::storage {
namespace {

constexpr std::size_t kStepRows = 1024;
constexpr std::size_t kMostClasses = 1'000'000;
constexpr std::uint64_t kPartPurpose = 0x70617274;     // part
constexpr std::uint64_t kBalancePurpose = 0x62616c61;  // bala

using Rows = std::vector<std::uint32_t>;
using Classes = std::map<float, Rows>;

float class_of(std::span<const float> label) {
  if (label.size() == 1) return label[0];
  return static_cast<float>(std::max_element(label.begin(), label.end()) - label.begin());
}

Result<Classes> classes_of(const RowStore& store, const Schema& schema, const Rows& rows) {
  const auto y_size = schema.label_size();
  if (y_size == 0) return fail(Errc::kInvalid, "classes are needed, and there are no labels");
  const auto first_size = schema.labels.front().size();
  Classes classes;
  std::vector<float> x(kStepRows * schema.feature_size());
  std::vector<float> y(kStepRows * y_size);
  for (std::size_t begin = 0; begin < rows.size(); begin += kStepRows) {
    const auto step = std::span(rows).subspan(begin, std::min(kStepRows, rows.size() - begin));
    DK_TRY(store.gather(step, x, y));
    for (std::size_t i = 0; i < step.size(); ++i) {
      classes[class_of(std::span(y).subspan(i * y_size, first_size))].push_back(step[i]);
    }
    if (classes.size() > kMostClasses) {
      return fail(Errc::kInvalid, "more than {} classes: is the label a class?", kMostClasses);
    }
  }
  return classes;
}

std::size_t place(double fraction, std::size_t count) {
  return static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
}

/// Every class must be able to have a row in this part and in those beside it; two of each class
/// is what scikit-learn's train_test_split asks for, too.
Result<void> check_classes(const Classes& classes, const Schema& schema, const Part& part) {
  const std::size_t parts = part.begin > 0 && part.end < 1 ? 3 : 2;
  for (const auto& [label, members] : classes) {
    if (members.size() >= parts) continue;
    const auto& field = schema.labels.front();
    const auto texts = field.texts.find(field.name);
    const auto own = texts == field.texts.end() ? fmt::format("{}", label)
                                                : texts->second[static_cast<std::size_t>(label)];
    return fail(Errc::kInvalid,
                "{} is {} in {} rows alone; a stratified split needs at least {} rows of each "
                "class",
                field.name, own, members.size(), parts);
  }
  return {};
}

/// Shuffles `rows` and appends the part to `out`.
void take_part(Rows& rows, const Part& part, std::uint64_t seed, Rows& out) {
  Random(seed).shuffle(std::span(rows));
  for (auto i = place(part.begin, rows.size()); i < place(part.end, rows.size()); ++i) {
    out.push_back(rows[i]);
  }
}

}  // namespace

Result<Rows> select_part(const RowStore& store, const Schema& schema, std::uint32_t rows,
                         const Part& part) {
  Rows all(rows);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  if (part.is_all()) return all;
  const auto seed = seed_for(part.seed, kPartPurpose);
  Rows chosen;
  if (part.stratified) {
    DK_TRY_ASSIGN(auto classes, classes_of(store, schema, all));
    DK_TRY(check_classes(classes, schema, part));
    std::uint64_t number = 0;
    for (auto& [label, members] : classes) {
      take_part(members, part, seed_for(seed, number++), chosen);
    }
  } else {
    take_part(all, part, seed, chosen);
  }
  if (chosen.empty()) {
    return fail(Errc::kInvalid, "no row is left of {} in the part from {} to {}", rows, part.begin,
                part.end);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Result<Rows> balance_classes(const RowStore& store, const Schema& schema, Rows rows,
                             ClassBalance balance, std::uint64_t seed) {
  if (balance == ClassBalance::kNone) return rows;
  DK_TRY_ASSIGN(auto classes, classes_of(store, schema, rows));
  std::size_t count = classes.begin()->second.size();
  for (const auto& [label, members] : classes) {
    count = balance == ClassBalance::kOversample ? std::max(count, members.size())
                                                 : std::min(count, members.size());
  }
  if (count > std::numeric_limits<std::uint32_t>::max() / classes.size()) {
    return fail(Errc::kInvalid, "class_balance would make {} rows of each of {} classes", count,
                classes.size());
  }
  Rows chosen;
  std::uint64_t number = 0;
  for (auto& [label, members] : classes) {
    Random(seed_for(seed, kBalancePurpose, number++)).shuffle(std::span(members));
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(members[i % members.size()]);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace dk::storage
