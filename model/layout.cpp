// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layout.hpp"

#include "base/bytes.hpp"
#include "base/checksum.hpp"

#include <algorithm>

namespace dk::model {

std::string Variable::path() const {
  std::string path = layer;
  for (const std::string* part : {&scope, &name}) {
    if (!path.empty() && !part->empty()) path += '/';
    path += *part;
  }
  return path;
}

Result<Layout> Layout::make(std::vector<Variable> variables) {
  std::stable_partition(variables.begin(), variables.end(),
                        [](const Variable& variable) { return variable.trainable; });
  Layout layout;
  for (Variable& variable : variables) {
    DK_TRY_ASSIGN(variable.size, element_count(variable.shape));
    variable.offset = layout.total_count_;
    layout.total_count_ += variable.size;
    if (variable.trainable) layout.trainable_count_ = layout.total_count_;
    if (layout.total_count_ > kMaxElements) {
      return fail(Errc::kInvalid, "the model has more than {} parameters (at {} {})", kMaxElements,
                  variable.path(), to_string(variable.shape));
    }
  }
  layout.variables_ = std::move(variables);
  return layout;
}

std::uint64_t Layout::hash() const {
  ByteWriter writer;
  for (const Variable& variable : variables_) {
    writer.put(std::string_view(variable.path()));
    writer.put(static_cast<std::uint32_t>(variable.shape.size()));
    for (const std::size_t axis : variable.shape) writer.put(std::uint64_t{axis});
    writer.put(std::uint64_t{variable.offset});
    writer.put(std::uint8_t{variable.trainable});
  }
  return checksum(writer.bytes());
}

}  // namespace dk::model
