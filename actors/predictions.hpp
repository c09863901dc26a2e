// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "actors/protocol.hpp"
#include "model/model.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk {

/// A model's outputs for a data set, whose rows come in any order and more than once. They wait in
/// a file beside the one that is wanted, so the set may be larger than memory. `finish` makes the
/// files under their final names, whole: `y.csv` or `y.npy` as `dk-submit predict` writes them, of
/// several outputs `y.0.csv`, `y.1.csv` ... Nothing is left behind an error.
class PredictionSpool {
 public:
  /// Makes the directory, too. kIo when that, or the file, cannot be made.
  static Result<std::unique_ptr<PredictionSpool>> create(const std::filesystem::path& path,
                                                         const model::Model& model,
                                                         std::uint64_t rows);
  PredictionSpool(const PredictionSpool&) = delete;
  PredictionSpool& operator=(const PredictionSpool&) = delete;
  ~PredictionSpool();

  /// Whole rows from `first` on. kInvalid when they lie outside, kIo when the disk does not take
  /// them.
  Result<void> write(std::uint64_t first, std::span<const float> outputs);
  /// Every row has been written. The names of the files, which are there now. The last call.
  Result<std::vector<std::string>> finish();

 private:
  struct Output {
    std::filesystem::path path;
    std::vector<std::size_t> shape;  ///< the rows first
    std::vector<std::string> columns;
  };

  PredictionSpool() = default;
  void close();

  std::filesystem::path temporary_;
  int file_ = -1;
  std::uint64_t rows_ = 0;
  std::size_t width_ = 0;  ///< floats of a row, all outputs together
  std::vector<Output> outputs_;
};

/// The spool behind messages. A repeated message is as good as one.
using PredictionsActor = caf::typed_actor<
    // Outputs of the rows from this one on; answers when they are written.
    caf::replies_to<put_atom, std::uint64_t, Tensor>::with<bool>,
    // All are there: makes the files and answers with their names, a line each.
    caf::replies_to<sync_atom>::with<std::string>>;

/// Writes `spec.output_predictions`. Blocks on the disk: spawn it with `spawn_blocking`.
PredictionsActor::behavior_type predictions_actor(PredictionsActor::pointer self,
                                                  std::shared_ptr<const JobSpec> spec,
                                                  std::uint64_t rows);

}  // namespace dk
