// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/schema.hpp"
#include "storage/data/source_config.hpp"

#include <nlohmann/json_fwd.hpp>

namespace dk::storage {

/// Has a table's columns read as texts where the transforms say so: those that `label_index` acts
/// on first (with its `classes`, where it has them), and those of a categorical `hash`. Names that
/// are no column's mean nothing here; Pipeline::make refuses them. csv only.
void add_text_columns(SourceConfig& config, const nlohmann::json& transforms);

/// What the class numbers of the labels mean behind these fitted transforms, when label_index has
/// made them of texts; empty else.
[[nodiscard]] std::vector<std::string> class_names(const nlohmann::json& transforms,
                                                   const Schema& raw);

}  // namespace dk::storage
