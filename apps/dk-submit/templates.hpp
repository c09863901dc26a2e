// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace dk::submit {

/// A job descriptor to begin with: valid but for its data files, which are its user's.
struct Template {
  std::string_view name;
  std::string_view about;
  std::string_view text;
};

/// mlp, cnn, text, tabular.
[[nodiscard]] std::span<const Template> templates();

}  // namespace dk::submit
