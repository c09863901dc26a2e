// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/dataset.hpp"

#include "base/check.hpp"
#include "storage/data/select_rows.hpp"
#include "storage/data/text_columns.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace dk::storage {
namespace {

/// Chosen rows as a reader of their own: what transforms are fitted on.
class ChosenRows final : public Reader {
 public:
  ChosenRows(const Reader& reader, const RowStore& store, std::span<const std::uint32_t> rows)
      : reader_(reader), store_(store), rows_(rows) {}

  [[nodiscard]] const Schema& schema() const override { return reader_.schema(); }
  [[nodiscard]] std::uint64_t rows() const override { return rows_.size(); }
  [[nodiscard]] std::size_t group_rows() const override { return reader_.group_rows(); }
  [[nodiscard]] std::string where(std::uint64_t row) const override {
    return reader_.where(rows_[row]);
  }
  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    return store_.gather(rows_.subspan(first, count), x, y);
  }

 private:
  const Reader& reader_;
  const RowStore& store_;
  std::span<const std::uint32_t> rows_;
};

bool has_transform(const nlohmann::json& transforms, const char* name) {
  return std::any_of(transforms.begin(), transforms.end(), [&](const auto& transform) {
    return transform == name || (transform.is_object() && transform.contains(name));
  });
}

}  // namespace

Result<std::shared_ptr<const Dataset>> Dataset::load(const DataConfig& config, CacheDirectory cache,
                                                     const OpenReader& open) {
  const std::shared_ptr<Dataset> data(new Dataset);
  auto source = config.source;
  source.allow_missing |= has_transform(config.transforms, "impute");
  add_text_columns(source, config.transforms);
  DK_TRY_ASSIGN(data->reader_, open(source, FileAccess{std::move(cache), config.memory_bytes / 4}));
  if (data->reader_->rows() >= std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::kInvalid, "{}: {} samples; fewer than 2^32 - 1 are allowed", describe(source),
                data->reader_->rows());
  }
  const auto& schema = data->reader_->schema();
  data->all_rows_ = static_cast<std::size_t>(data->reader_->rows());
  data->skipped_ = data->reader_->skipped();
  DK_TRY_ASSIGN(data->pipeline_, Pipeline::make(config.transforms, schema));
  DK_TRY_ASSIGN(data->store_, make_row_store(data->reader_, config.memory_bytes));
  const auto all = static_cast<std::uint32_t>(data->all_rows_);
  const bool chooses = !config.part.is_all() || config.balance != ClassBalance::kNone;
  std::vector<std::uint32_t> rows;
  if (chooses || !data->pipeline_.fitted()) {
    DK_TRY_ASSIGN(rows, select_part(*data->store_, schema, all, config.part));
  }
  if (!data->pipeline_.fitted()) {
    DK_TRY(data->pipeline_.fit(ChosenRows(*data->reader_, *data->store_, rows)));
  }
  if (chooses) {
    DK_TRY_ASSIGN(data->rows_, balance_classes(*data->store_, schema, std::move(rows),
                                               config.balance, config.part.seed));
  }
  data->feature_size_ = data->pipeline_.schema().feature_size();
  data->target_size_ = data->pipeline_.schema().label_size();
  return data;
}

std::vector<std::size_t> Dataset::feature_shape() const {
  const auto& features = schema().features;
  if (features.size() != 1 || features[0].shape.empty()) return {feature_size_};
  return features[0].shape;
}

std::string Dataset::where(std::size_t sample) const {
  return reader_->where(row(static_cast<std::uint32_t>(sample)));
}

std::uint32_t Dataset::group_size() const {
  const auto page = static_cast<double>(store_->page_rows());
  if (page == 0) return 0;
  const auto share = static_cast<double>(size()) / static_cast<double>(all_rows_);
  return static_cast<std::uint32_t>(std::max(1.0, page * share));
}

std::uint32_t Dataset::window_groups() const {
  return static_cast<std::uint32_t>(store_->window_pages());
}

BatchReader::BatchReader(const Dataset& data, std::size_t most_rows)
    : data_(&data),
      rows_(most_rows),
      plain_(data_->pipeline_.config().empty()),
      scratch_(data_->pipeline_.scratch(most_rows)) {
  if (plain_) return;
  const auto& raw = data_->pipeline_.raw();
  x_.resize(most_rows * raw.feature_size());
  y_.resize(most_rows * raw.label_size());
}

Result<void> BatchReader::read(std::span<const std::uint32_t> samples, std::span<float> x,
                               std::span<float> y) {
  DK_CHECK(samples.size() <= rows_.size(), "no more rows than were announced");
  DK_CHECK(x.size() == samples.size() * data_->feature_size(), "x has room for exactly these rows");
  DK_CHECK(y.size() == samples.size() * data_->target_size(), "y has room for exactly these rows");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    DK_CHECK(samples[i] < data_->size(), "a row of this data set");
    rows_[i] = data_->row(samples[i]);
  }
  const auto rows = std::span<const std::uint32_t>(rows_).first(samples.size());
  if (plain_) return data_->store_->gather(rows, x, y);
  const auto& raw = data_->pipeline_.raw();
  const auto x_raw = std::span(x_).first(samples.size() * raw.feature_size());
  const auto y_raw = std::span(y_).first(samples.size() * raw.label_size());
  DK_TRY(data_->store_->gather(rows, x_raw, y_raw));
  auto applied = data_->pipeline_.apply(samples.size(), x_raw, y_raw, x, y, scratch_);
  if (applied || samples.empty()) return applied;
  return fail_in(fmt::format("the batch that begins with {}", data_->where(samples[0])),
                 std::move(applied).error());
}

void BatchReader::prefetch(std::span<const std::uint32_t> samples) {
  if (data_->store_->page_rows() == 0) return;
  if (data_->rows_.empty()) return data_->store_->prefetch(samples);
  std::vector<std::uint32_t> rows(samples.size());
  std::transform(samples.begin(), samples.end(), rows.begin(),
                 [this](std::uint32_t sample) { return data_->row(sample); });
  data_->store_->prefetch(rows);
}

void BatchReader::augment(std::span<const std::uint32_t> samples, std::span<float> x,
                          std::uint64_t seed, std::uint64_t epoch) {
  const auto& augment = data_->pipeline_.augment();
  if (!augment) return;
  const auto size = data_->feature_size();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    augment->apply(seed, epoch, samples[i], x.subspan(i * size, size), augment_scratch_);
  }
}

}  // namespace dk::storage
