// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/dataset.hpp"
#include "storage/data/transforms/pipeline.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk {

/// Whether the set has labels; one without can be predicted, not evaluated.
[[nodiscard]] bool has_labels(const storage::DataConfig& config);

/// Rows without labels as the job's model takes them. The transforms are fitted and may speak of
/// labels, too; those steps are left out. One thread.
class FeatureRows {
 public:
  /// What to load: the rows as the files have them, because a data set's own transforms want the
  /// labels that they were fitted with.
  [[nodiscard]] static storage::DataConfig raw(storage::DataConfig config);
  /// `data`: what `raw(config)` says. The transforms are `saved` (transforms_to_text), or, if that
  /// is empty, `config`'s. kInvalid when they are not fitted or do not take such rows.
  static Result<FeatureRows> make(const std::string& saved, const storage::DataConfig& config,
                                  std::shared_ptr<const storage::Dataset> data,
                                  std::size_t most_rows);

  /// Floats of a row behind the transforms.
  [[nodiscard]] std::size_t feature_size() const { return pipeline_.schema().feature_size(); }
  /// At most `most_rows`, all of the data set; `x` has room for them. Errors name the row.
  Result<void> read(std::span<const std::uint32_t> rows, std::span<float> x);

 private:
  FeatureRows(std::shared_ptr<const storage::Dataset> data, storage::Pipeline pipeline,
              std::size_t most_rows);

  std::shared_ptr<const storage::Dataset> data_;
  storage::BatchReader reader_;
  storage::Pipeline pipeline_;
  storage::Pipeline::Scratch scratch_;
  std::vector<float> raw_;
};

}  // namespace dk
