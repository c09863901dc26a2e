// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/byte_file.hpp"
#include "storage/data/data_config.hpp"
#include "storage/data/open_reader.hpp"
#include "storage/data/reader.hpp"
#include "storage/data/row_store.hpp"
#include "storage/data/transforms/pipeline.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dk::storage {

/// A data set: its rows in memory as the files have them (bytes stay bytes), or read from there as
/// they are needed; the transforms are applied when a batch is read. Immutable, so all workers of a
/// process share one.
class Dataset {
 public:
  /// Opens and checks the files, chooses the rows, and fits the transforms on them unless they are
  /// fitted. Errors name the file, the row and the value: kNotFound, kIo, kInvalid (what the
  /// configuration asks for does not fit the data), kCorrupt (damaged files).
  static Result<std::shared_ptr<const Dataset>> load(
      const DataConfig& config, CacheDirectory cache = CacheDirectory::standard(),
      const OpenReader& open = open_reader);

  /// Samples, at least 1 and below 2^32.
  [[nodiscard]] std::size_t size() const { return rows_.empty() ? all_rows_ : rows_.size(); }
  /// Of a sample behind the transforms.
  [[nodiscard]] const Schema& schema() const { return pipeline_.schema(); }
  /// Floats per sample in x.
  [[nodiscard]] std::size_t feature_size() const { return feature_size_; }
  /// The shape of one sample with one input, for instance {28, 28}; else one number.
  [[nodiscard]] std::vector<std::size_t> feature_shape() const;
  /// Floats per sample in y.
  [[nodiscard]] std::size_t target_size() const { return target_size_; }

  /// Fitted.
  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  [[nodiscard]] const SkippedRows& skipped() const { return skipped_; }
  /// Where a sample stands, for messages.
  [[nodiscard]] std::string where(std::size_t sample) const;

  /// Samples that are cheap to read together, and how many such groups a shuffle may mix; 0 and 0
  /// when everything is in memory. Functions of the files and the configuration alone.
  [[nodiscard]] std::uint32_t group_size() const;
  [[nodiscard]] std::uint32_t window_groups() const;
  /// Bytes of raw rows in memory.
  [[nodiscard]] std::uint64_t held_bytes() const { return store_->held_bytes(); }

 private:
  friend class BatchReader;
  Dataset() = default;
  [[nodiscard]] std::uint32_t row(std::uint32_t sample) const {
    return rows_.empty() ? sample : rows_[sample];
  }

  std::shared_ptr<const Reader> reader_;
  std::shared_ptr<const RowStore> store_;
  SkippedRows skipped_;
  std::size_t all_rows_ = 0;
  std::vector<std::uint32_t> rows_;  ///< Empty: all.
  Pipeline pipeline_;
  std::size_t feature_size_ = 0;
  std::size_t target_size_ = 0;
};

/// One thread's way into a data set. A read whose rows are in memory allocates nothing.
class BatchReader {
 public:
  /// `data` must outlive it.
  BatchReader(const Dataset& data, std::size_t most_rows);

  /// Writes the samples one after the other: x has samples.size() * feature_size() floats, y
  /// samples.size() * target_size(). At most `most_rows`, all below size(). The same floats on
  /// every machine. Errors name the place of the row; memory never fails.
  Result<void> read(std::span<const std::uint32_t> samples, std::span<float> x, std::span<float> y);
  /// Says which samples will be read soon, in this order. Only for rows that stay on the disk.
  void prefetch(std::span<const std::uint32_t> samples);

  /// Changes images that were just read, as the transforms' `augment` says; for training.
  void augment(std::span<const std::uint32_t> samples, std::span<float> x, std::uint64_t seed,
               std::uint64_t epoch);

 private:
  const Dataset* data_;
  std::vector<std::uint32_t> rows_;
  std::vector<float> x_;
  std::vector<float> y_;
  bool plain_;
  Pipeline::Scratch scratch_;
  Augment::Scratch augment_scratch_;
};

}  // namespace dk::storage
