// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/stored_weights.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace dk::model {
namespace {

/// The variables that learn, in flat order.
std::span<const Variable> trainable(const Layout& layout) {
  const auto all = layout.variables();
  const auto end = std::find_if(all.begin(), all.end(),
                                [](const Variable& variable) { return !variable.trainable; });
  return all.first(static_cast<std::size_t>(end - all.begin()));
}

bool has_part(std::string_view name, std::string_view part) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find_first_of("/:", begin), name.size());
    if (name.substr(begin, end - begin) == part) return true;
    begin = end + 1;
  }
  return false;
}

class OptimizerLoader {
 public:
  OptimizerLoader(const StoredOptimizer& stored, const Layout& layout, Optimizer& optimizer)
      : stored_(stored), variables_(trainable(layout)), optimizer_(optimizer) {}

  Result<void> load();

 private:
  void sort_out_numbers();
  [[nodiscard]] std::optional<std::size_t> slot_in(const std::string& name) const;
  [[nodiscard]] std::vector<SlotPlace> by_names() const;
  [[nodiscard]] std::vector<SlotPlace> in_turn() const;
  Result<void> check(const std::vector<SlotPlace>& places) const;
  [[nodiscard]] bool fits(const std::vector<SlotPlace>& places) const;
  Result<std::vector<SlotPlace>> places() const;

  const StoredOptimizer& stored_;
  std::span<const Variable> variables_;
  Optimizer& optimizer_;
  std::vector<const Weight*> tensors_;
  std::optional<double> steps_;
  std::optional<double> rate_;
};

/// Steps come first and the learning rate, where it is a variable, second; other single numbers
/// follow from them.
void OptimizerLoader::sort_out_numbers() {
  for (const auto& variable : stored_.variables) {
    if (!variable.weight.shape.empty()) {
      tensors_.push_back(&variable.weight);
    } else if (variable.weight.name.find("learning_rate") != std::string::npos) {
      rate_ = variable.number;
    } else if (!steps_) {
      steps_ = variable.number;
    } else if (stored_.by_path && !rate_) {
      rate_ = variable.number;
    }
  }
  // Multi-backend Keras wrote one number for every variable where amsgrad was off.
  const std::size_t wanted = optimizer_.slot_names().size() * variables_.size();
  const bool dummies =
      tensors_.size() == wanted + variables_.size() &&
      std::all_of(tensors_.end() - static_cast<std::ptrdiff_t>(variables_.size()), tensors_.end(),
                  [](const Weight* weight) { return weight->shape == Shape{1}; });
  if (dummies) tensors_.resize(wanted);
}

std::optional<std::size_t> OptimizerLoader::slot_in(const std::string& name) const {
  const auto slots = optimizer_.slot_names();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::string_view old = slots[i].before_2_11;
    const auto last = std::string_view(name).substr(name.rfind('/') + 1);
    if (last.substr(0, last.find(':')) == old) return i;
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto keras_3 = fmt::format("_{}", slots[i].keras3);
    if (has_part(name.substr(0, name.find('/', name.find('/') + 1)), slots[i].keras2) ||
        name.ends_with(keras_3)) {
      return i;
    }
  }
  return std::nullopt;
}

/// Where the names say which slot a tensor is of; empty when they do not.
std::vector<SlotPlace> OptimizerLoader::by_names() const {
  std::vector<std::size_t> next(optimizer_.slot_names().size());
  std::vector<SlotPlace> places;
  for (const Weight* weight : tensors_) {
    const auto slot = slot_in(weight->name);
    if (!slot || next[*slot] >= variables_.size()) return {};
    places.push_back({*slot, next[*slot]++});
  }
  return places;
}

/// One slot after the other, as Keras did before 2.11.
std::vector<SlotPlace> OptimizerLoader::in_turn() const {
  std::vector<SlotPlace> places;
  for (std::size_t slot = 0; slot < optimizer_.slot_names().size(); ++slot) {
    for (std::size_t i = 0; i < variables_.size(); ++i) places.push_back({slot, i});
  }
  return places;
}

Result<void> OptimizerLoader::check(const std::vector<SlotPlace>& places) const {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Variable& variable = variables_[places[i].variable];
    if (tensors_[i]->shape == variable.shape) continue;
    return fail(Errc::kInvalid, "{}: the optimizer's '{}' has shape {}; {} of {} has {}",
                stored_.source, tensors_[i]->name, to_string(tensors_[i]->shape),
                optimizer_.slot_names()[places[i].slot].keras2, variable.path(),
                to_string(variable.shape));
  }
  return {};
}

bool OptimizerLoader::fits(const std::vector<SlotPlace>& places) const {
  return places.size() == tensors_.size() && check(places).has_value();
}

Result<std::vector<SlotPlace>> OptimizerLoader::places() const {
  const std::size_t slots = optimizer_.slot_names().size();
  if (tensors_.size() != slots * variables_.size()) {
    return fail(
        Errc::kInvalid, "{}: the optimizer has {} tensors; {} slots of {} variables make {}",
        stored_.source, tensors_.size(), slots, variables_.size(), slots * variables_.size());
  }
  const auto class_name = optimizer_.config().value("class_name", "");
  const auto side_by_side = keras_slot_order(class_name, slots, variables_.size());
  if (!stored_.by_path) {
    if (auto named = by_names(); !named.empty() && fits(named)) return named;
  }
  const auto& usual = stored_.by_path ? side_by_side : in_turn();
  const auto& other = stored_.by_path ? in_turn() : side_by_side;
  if (!fits(usual) && fits(other)) return other;
  DK_TRY(check(usual));
  return usual;
}

Result<void> OptimizerLoader::load() {
  constexpr double kMostSteps = 281'474'976'710'656.0;
  sort_out_numbers();
  const double steps = steps_.value_or(0);
  if (!(steps >= 0 && steps <= kMostSteps) || steps != std::floor(steps)) {
    return fail(Errc::kInvalid, "{}: the optimizer has made {} steps", stored_.source, steps);
  }
  std::vector<SlotPlace> found;
  // An optimizer that was never used has no slots in the file.
  if (!tensors_.empty()) {
    DK_TRY_ASSIGN(found, places());
  }
  DK_TRY(optimizer_.set_steps(static_cast<std::uint64_t>(steps)));
  if (rate_ && !optimizer_.has_schedule()) DK_TRY(optimizer_.set_learning_rate(*rate_));
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto offset = variables_[found[i].variable].offset;
    std::copy(tensors_[i]->values.begin(), tensors_[i]->values.end(),
              optimizer_.slot(found[i].slot).begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return {};
}

}  // namespace

Result<void> load_optimizer(const StoredOptimizer& stored, const Layout& layout,
                            Optimizer& optimizer) {
  return OptimizerLoader(stored, layout, optimizer).load();
}

}  // namespace dk::model
