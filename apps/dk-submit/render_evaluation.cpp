// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_evaluation.hpp"

#include "actors/logic/job_metrics.hpp"
#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dk::submit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostPairs = 10;
constexpr std::size_t kMostNameWidth = 12;

Json metrics_of(const Evaluation& evaluation) {
  auto metrics = Json::object();
  for (const auto& [name, value] : evaluation.metrics) metrics[name] = value;
  return metrics;
}

std::string number(std::uint64_t value) {
  return count(static_cast<double>(value));
}

std::string first_line(const Evaluation& evaluation) {
  auto line =
      fmt::format("{} samples: loss {}", number(evaluation.samples), decimal(evaluation.loss));
  for (const auto& [name, value] : evaluation.metrics) {
    const bool share = name.ends_with("acc") || name.ends_with("accuracy");
    line += fmt::format(", {} {}", name, share ? percent(value, 2) : decimal(value));
  }
  return line + "\n";
}

/// The class's own, or its number.
std::string name_of(const Evaluation& evaluation, std::size_t which) {
  const auto& names = evaluation.class_names;
  return names.size() == evaluation.classes->classes() ? names[which] : std::to_string(which);
}

/// Of what is printed of the longest name.
std::size_t name_width(const Evaluation& evaluation) {
  std::size_t width = 1;
  for (std::size_t i = 0; i < evaluation.classes->classes(); ++i) {
    width = std::max(width, std::min(kMostNameWidth, name_of(evaluation, i).size()));
  }
  return width;
}

/// Of the longest name and of the largest count.
std::size_t cell_width(const Evaluation& evaluation) {
  const auto& classes = *evaluation.classes;
  std::size_t width = name_width(evaluation);
  for (std::size_t i = 0; i < classes.classes(); ++i) {
    for (std::size_t j = 0; j < classes.classes(); ++j) {
      width = std::max(width, number(classes.count(i, j)).size());
    }
  }
  return width;
}

std::string matrix(const Evaluation& evaluation) {
  const auto& classes = *evaluation.classes;
  const auto width = cell_width(evaluation);
  const auto first = std::max<std::size_t>(5, name_width(evaluation));
  const auto name = [&](std::size_t i, std::size_t room) {
    return fmt::format("{:>{}.{}}", name_of(evaluation, i), room, kMostNameWidth);
  };
  std::string text = "\nclass (down) taken for (across):\n" + std::string(first, ' ');
  for (std::size_t i = 0; i < classes.classes(); ++i) text += "  " + name(i, width);
  text += "\n";
  for (std::size_t i = 0; i < classes.classes(); ++i) {
    text += name(i, first);
    for (std::size_t j = 0; j < classes.classes(); ++j) {
      const auto value = classes.count(i, j);
      text += fmt::format("  {:>{}}", value == 0 ? "." : number(value), width);
    }
    text += "\n";
  }
  return text;
}

std::string pairs(const Evaluation& evaluation) {
  const auto confused = evaluation.classes->confused();
  if (confused.empty()) return "\nno class is taken for another\n";
  std::string text = "\nconfused most often:\n";
  for (std::size_t i = 0; i < std::min(kMostPairs, confused.size()); ++i) {
    text += fmt::format("  class {} taken for {}: {}\n", name_of(evaluation, confused[i].actual),
                        name_of(evaluation, confused[i].predicted), number(confused[i].count));
  }
  return text;
}

std::string score_line(const std::string& name, const Confusion::Score& score) {
  return fmt::format("{:>12.12}  {:>9.4f}  {:>9.4f}  {:>9.4f}  {:>10}\n", name, score.precision,
                     score.recall, score.f1, number(score.support));
}

std::string table(const Evaluation& evaluation) {
  const auto& classes = *evaluation.classes;
  auto text = fmt::format("\n{:>12}  {:>9}  {:>9}  {:>9}  {:>10}\n", "class", "precision", "recall",
                          "F1", "support");
  for (std::size_t i = 0; i < classes.classes(); ++i) {
    text += score_line(name_of(evaluation, i), classes.score(i));
  }
  return text + score_line("mean", classes.macro_average()) +
         score_line("weighted", classes.weighted_average());
}

Json to_json(const Confusion::Score& score) {
  return {{"precision", score.precision},
          {"recall", score.recall},
          {"f1", score.f1},
          {"support", score.support}};
}

Json classes_json(const Evaluation& evaluation) {
  const auto& classes = *evaluation.classes;
  auto each = Json::array();
  for (std::size_t i = 0; i < classes.classes(); ++i) {
    each.push_back(to_json(classes.score(i)));
    each.back()["class"] = i;
    if (evaluation.class_names.size() == classes.classes()) {
      each.back()["name"] = evaluation.class_names[i];
    }
  }
  auto confused = Json::array();
  for (const auto& pair : classes.confused()) {
    confused.push_back(
        {{"class", pair.actual}, {"taken_for", pair.predicted}, {"count", pair.count}});
  }
  Json json = {{"per_class", std::move(each)},
               {"mean", to_json(classes.macro_average())},
               {"weighted", to_json(classes.weighted_average())},
               {"confused", std::move(confused)}};
  if (classes.classes() > kMostMatrixClasses) return json;
  auto rows = Json::array();
  for (std::size_t i = 0; i < classes.classes(); ++i) {
    auto row = Json::array();
    for (std::size_t j = 0; j < classes.classes(); ++j) row.push_back(classes.count(i, j));
    rows.push_back(std::move(row));
  }
  json["matrix"] = std::move(rows);
  return json;
}

}  // namespace

std::string render_evaluation(const Evaluation& evaluation) {
  auto text = first_line(evaluation);
  if (!evaluation.classes) return text;
  const auto& classes = *evaluation.classes;
  return text + (classes.classes() <= kMostMatrixClasses ? matrix(evaluation) : pairs(evaluation)) +
         table(evaluation);
}

Json evaluation_json(const Evaluation& evaluation) {
  const auto metrics = metrics_of(evaluation);
  Json json = {{"samples", evaluation.samples},
               {"loss", evaluation.loss},
               {"accuracy", JobMetrics::accuracy(metrics)},
               {"metrics", metrics}};
  if (evaluation.classes) json["classes"] = classes_json(evaluation);
  return json;
}

}  // namespace dk::submit
