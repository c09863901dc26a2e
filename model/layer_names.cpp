// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layer_names.hpp"

#include <fmt/format.h>

#include <cctype>

namespace dk::model {

std::string snake_case(std::string_view class_name) {
  // Keras: an underscore between a letter or digit and a capital with small letters behind it, and
  // between a small letter or digit and a capital.
  const auto upper = [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; };
  const auto lower = [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; };
  std::string first;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const bool word =
        i > 0 && upper(class_name[i]) && i + 1 < class_name.size() && lower(class_name[i + 1]);
    if (word) first += '_';
    first += class_name[i];
  }
  std::string name;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i > 0 && upper(first[i]) && lower(first[i - 1])) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(first[i])));
  }
  return name;
}

std::string LayerNames::automatic(std::string_view class_name) {
  const std::string base = snake_case(class_name);
  for (;;) {
    const std::size_t index = next_[base]++;
    auto name = index == 0 ? base : fmt::format("{}_{}", base, index);
    if (!taken_.contains(name)) return name;
  }
}

}  // namespace dk::model
