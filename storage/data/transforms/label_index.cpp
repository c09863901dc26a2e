// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/label_index.hpp"

#include "storage/data/transforms/selection.hpp"
#include "storage/data/vocabulary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::storage {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

class LabelIndex : public FieldTransform {
 public:
  LabelIndex(Selection selection, Layout layout, double threshold, std::int64_t default_index)
      : FieldTransform(std::move(selection), layout),
        layout_(std::move(layout)),
        threshold_(threshold),
        default_index_(default_index) {}

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    for (std::size_t i = 0; i < selection_.blocks.size(); ++i) {
      const auto& block = selection_.blocks[i];
      for (std::size_t row = 0; row < rows; ++row) {
        out[row * layout_.width + layout_.to[i]] =
            index_of(in.subspan(row * selection_.width + block.begin, block.size));
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["activation_threshold"] = threshold_;
    arguments["default_index"] = default_index_;
    return {{"label_index", std::move(arguments)}};
  }

 private:
  float index_of(std::span<const float> values) const {
    const auto threshold = static_cast<float>(threshold_);
    float largest = -std::numeric_limits<float>::infinity();
    auto index = static_cast<float>(default_index_);
    bool found = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] >= threshold) return static_cast<float>(i);
      if (values[i] > largest || (!found && values[i] == largest)) {
        largest = values[i];
        index = static_cast<float>(i);
        found = true;
      }
    }
    return index;
  }

  Layout layout_;
  double threshold_;
  std::int64_t default_index_;
};

/// Texts are numbers already when they were read; what is left is to know their classes, and to
/// refuse numbers that are none.
class TextIndex : public FieldTransform {
 public:
  TextIndex(Selection selection, std::vector<std::vector<std::string>> classes)
      : FieldTransform(std::move(selection)), classes_(std::move(classes)) {
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      const auto& block = selection_.blocks[i];
      fields_[block.field].texts.erase(selection_.name(block));
      fields_[block.field].texts[name_behind(block)] = classes_[i];
    }
  }

  [[nodiscard]] bool elementwise() const override { return true; }

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    std::copy(in.begin(), in.end(), out.begin());
    for (std::size_t i = 0; i < selection_.blocks.size(); ++i) {
      const auto at = selection_.blocks[i].begin;
      const auto count = classes_[i].size();
      for (std::size_t row = 0; row < rows; ++row) {
        const float value = in[row * selection_.width + at];
        const bool is_class =
            value >= 0 && value < static_cast<float>(count) && value == std::floor(value);
        if (is_class || std::isnan(value)) continue;
        return fail(Errc::kInvalid, "row {}: {} is {}; label_index has the classes 0 to {}", row,
                    selection_.name(at), value, count - 1);
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    if (classes_.size() == 1) {
      arguments["classes"] = classes_.front();
    } else {
      for (std::size_t i = 0; i < classes_.size(); ++i) {
        arguments["classes"][selection_.name(selection_.blocks[i])] = classes_[i];
      }
    }
    return {{"label_index", std::move(arguments)}};
  }

 private:
  std::vector<std::vector<std::string>> classes_;
};

/// What `classes` says of one of the columns, a problem when that is no list of different texts.
std::vector<std::string> given_classes(Arguments& arguments, const Selection& selection,
                                       const Selection::Block& block) {
  const auto* json = arguments.find("classes");
  if (json == nullptr) return {};
  const auto& name = selection.name(block);
  if (json->is_object() && json->contains(name)) json = &(*json)[name];
  std::vector<std::string> texts;
  bool fine = json->is_array() && !json->empty() && json->size() <= Vocabulary::kMostTexts;
  for (std::size_t i = 0; fine && i < json->size(); ++i) {
    const auto& item = (*json)[i];
    fine = item.is_string() || item.is_number();
    texts.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  const Vocabulary classes(texts);
  if (fine && classes.texts().size() == texts.size()) return classes.texts();
  arguments.problem(
      fmt::format("classes of '{}'; allowed: a list of up to {} different texts, or one for each "
                  "column by its name",
                  name, Vocabulary::kMostTexts));
  return {};
}

/// The classes of each column of texts, in the order of `selection.blocks`; as given, else as the
/// file's reader has found them.
std::vector<std::vector<std::string>> classes_of(Arguments& arguments, const Selection& selection) {
  std::vector<std::vector<std::string>> classes;
  for (const auto& block : selection.blocks) {
    classes.push_back(given_classes(arguments, selection, block));
    if (!classes.back().empty() || !arguments.ok()) continue;
    const auto& texts = selection.all[block.field].texts;
    if (const auto found = texts.find(selection.name(block)); found != texts.end()) {
      classes.back() = found->second;
    } else {
      arguments.problem(
          fmt::format("'{}' is one number; allowed: a vector, or a column of texts "
                      "of a csv file",
                      selection.name(block)));
    }
  }
  return classes;
}

}  // namespace

Result<std::unique_ptr<Transform>> make_label_index(const nlohmann::json& json,
                                                    const Schema& schema) {
  constexpr double kThreshold = 0.55;
  Arguments arguments("label_index", json);
  auto selection = select(arguments, schema, Side::kLabels);
  const double threshold = arguments.number("activation_threshold", kThreshold);
  const auto default_index = arguments.whole("default_index", 0, 0, kMostClasses - 1);
  const auto size = arguments.whole("output_dim", 0, 1, kMostClasses);
  const bool texts =
      std::all_of(selection.blocks.begin(), selection.blocks.end(), [&](const auto& block) {
        return block.size == 1 && !(block.whole && !selection.all[block.field].shape.empty());
      });
  if (texts) {
    auto classes = classes_of(arguments, selection);
    for (const auto& own : classes) {
      if (size == 0 || own.size() == static_cast<std::size_t>(size) || !arguments.ok()) continue;
      arguments.problem(
          fmt::format("output_dim is {}, but there are {} classes", size, own.size()));
    }
    DK_TRY(arguments.finish());
    return std::make_unique<TextIndex>(std::move(selection), std::move(classes));
  }
  for (const auto& block : selection.blocks) {
    if (size == 0 || block.size == static_cast<std::size_t>(size)) continue;
    arguments.problem(fmt::format("output_dim is {}, but '{}' has {} numbers", size,
                                  selection.name(block), block.size));
  }
  DK_TRY(arguments.finish());
  const std::vector<std::vector<std::size_t>> shapes(selection.blocks.size());
  auto layout = replace_each(selection, shapes);
  return std::make_unique<LabelIndex>(std::move(selection), std::move(layout), threshold,
                                      default_index);
}

}  // namespace dk::storage
