// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"

#include "actors/descriptor/overrides.hpp"
#include "actors/descriptor/sections.hpp"
#include "actors/descriptor/yaml_tree.hpp"

namespace dk {

Result<JobSpec> read_descriptor(std::string_view text, std::string_view source,
                                const std::filesystem::path& base_directory,
                                const std::vector<std::string>& overrides) {
  descriptor::Faults faults;
  auto root = descriptor::parse_yaml(text, std::string(source), true, faults);
  if (!root) return fail(faults.to_error());
  descriptor::apply_overrides(overrides, *root, faults);
  auto spec = descriptor::read_job(*root, base_directory, faults);
  if (!faults.empty()) return fail(faults.to_error());
  return spec;
}

}  // namespace dk
