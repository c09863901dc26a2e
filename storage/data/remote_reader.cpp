// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/remote_reader.hpp"

#include "base/check.hpp"
#include "base/checksum.hpp"
#include "base/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <future>
#include <list>
#include <map>
#include <mutex>

namespace dk::storage {
namespace {

/// A block is a header, its labels, and its features as floats or bytes; so it stands in the cache.
using Block = std::shared_ptr<const std::string>;

struct BlockHeader {
  std::uint32_t magic = 0x31424b44;  ///< "DKB1"
  std::uint32_t rows = 0;
  std::uint64_t sum = 0;  ///< of all that follows
};

std::uint64_t sum_of(const std::string& block) {
  return checksum(std::as_bytes(std::span(block)).subspan(sizeof(BlockHeader)));
}

constexpr std::size_t kBlockFloats = std::size_t{1} << 18;
constexpr std::size_t kHeldBlocks = 4;

class RemoteReader final : public Reader {
 public:
  RemoteReader(RemoteSource source, RemoteAccess access)
      : source_(std::move(source)),
        access_(std::move(access)),
        x_size_(source_.schema.feature_size()),
        y_size_(source_.schema.label_size()),
        x_bytes_(x_size_ * (source_.features_are_bytes ? 1 : sizeof(float))),
        block_rows_(choose_block_rows()) {}

  [[nodiscard]] const Schema& schema() const override { return source_.schema; }
  [[nodiscard]] std::uint64_t rows() const override { return source_.rows; }
  [[nodiscard]] std::size_t group_rows() const override { return source_.group_rows; }
  [[nodiscard]] bool features_are_bytes() const override { return source_.features_are_bytes; }
  [[nodiscard]] std::string where(std::uint64_t row) const override {
    return fmt::format("{} (on another node): row {}", source_.files, row);
  }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override;

 private:
  [[nodiscard]] std::size_t choose_block_rows() const;
  [[nodiscard]] std::size_t rows_in(std::uint64_t block) const {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(block_rows_, source_.rows - block * block_rows_));
  }
  [[nodiscard]] std::size_t size_of_block(std::size_t rows) const {
    return sizeof(BlockHeader) + rows * (y_size_ * sizeof(float) + x_bytes_);
  }
  void copy(const std::string& block, std::size_t first, std::size_t count, float* x,
            float* y) const;

  [[nodiscard]] Result<Block> get(std::uint64_t number) const;
  [[nodiscard]] Block held(std::uint64_t number) const;
  [[nodiscard]] Result<Block> load(std::uint64_t number) const;
  [[nodiscard]] Block cached(const std::filesystem::path& entry, std::size_t rows) const;
  [[nodiscard]] Result<Block> fetch(std::uint64_t first, std::size_t rows) const;
  [[nodiscard]] Result<void> check(std::uint64_t first, std::span<const float> x,
                                   std::span<const float> y) const;
  void keep(const std::filesystem::path& entry, const std::string& block) const;

  RemoteSource source_;
  RemoteAccess access_;
  std::size_t x_size_;
  std::size_t y_size_;
  std::size_t x_bytes_;  ///< of a row
  std::size_t block_rows_;
  mutable std::mutex mutex_;
  mutable std::list<std::pair<std::uint64_t, Block>> held_;  ///< the one used last is the first
  mutable std::map<std::uint64_t, std::shared_future<Result<Block>>> loading_;
  mutable std::atomic<bool> warned_ = false;
};

std::size_t RemoteReader::choose_block_rows() const {
  const auto row = x_size_ + y_size_;
  const auto group = std::min<std::uint64_t>(source_.group_rows, source_.rows);
  // A group may be a little larger than a block; one that is much larger is fetched in pieces.
  if (group > 2 * kBlockFloats / row) return std::max<std::size_t>(1, kBlockFloats / row);
  return static_cast<std::size_t>(group * std::max<std::uint64_t>(1, kBlockFloats / (group * row)));
}

Result<void> RemoteReader::read(std::uint64_t first, std::size_t count, std::span<float> x,
                                std::span<float> y) const {
  DK_CHECK(first <= source_.rows && count <= source_.rows - first, "rows of this data set");
  DK_CHECK(x.size() == count * x_size_ && y.size() == count * y_size_, "room for these rows");
  for (std::size_t done = 0; done < count;) {
    const auto number = (first + done) / block_rows_;
    const auto begin = static_cast<std::size_t>((first + done) % block_rows_);
    const auto n = std::min(count - done, block_rows_ - begin);
    DK_TRY_ASSIGN(const auto block, get(number));
    copy(*block, begin, n, x.data() + done * x_size_, y.data() + done * y_size_);
    done += n;
  }
  return {};
}

void RemoteReader::copy(const std::string& block, std::size_t first, std::size_t count, float* x,
                        float* y) const {
  const auto* labels = block.data() + sizeof(BlockHeader);
  const auto rows = (block.size() - sizeof(BlockHeader)) / (y_size_ * sizeof(float) + x_bytes_);
  const auto* features = labels + rows * y_size_ * sizeof(float) + first * x_bytes_;
  if (y_size_ > 0) {
    std::memcpy(y, labels + first * y_size_ * sizeof(float), count * y_size_ * sizeof(float));
  }
  if (!source_.features_are_bytes) {
    std::memcpy(x, features, count * x_bytes_);
    return;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(features);
  for (std::size_t i = 0; i < count * x_size_; ++i) x[i] = static_cast<float>(bytes[i]);
}

Block RemoteReader::held(std::uint64_t number) const {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const auto& entry) { return entry.first == number; });
  if (found == held_.end()) return nullptr;
  held_.splice(held_.begin(), held_, found);
  return found->second;
}

Result<Block> RemoteReader::get(std::uint64_t number) const {
  std::promise<Result<Block>> promise;
  {
    std::unique_lock lock(mutex_);
    if (auto block = held(number)) return block;
    if (const auto found = loading_.find(number); found != loading_.end()) {
      const auto other = found->second;
      lock.unlock();
      return other.get();
    }
    loading_[number] = promise.get_future().share();
  }
  auto loaded = load(number);
  promise.set_value(loaded);
  const std::lock_guard lock(mutex_);
  loading_.erase(number);
  if (loaded) held_.emplace_front(number, *loaded);
  if (held_.size() > kHeldBlocks) held_.pop_back();
  return loaded;
}

Result<Block> RemoteReader::load(std::uint64_t number) const {
  const auto rows = rows_in(number);
  const auto entry =
      access_.cache.entry_named(fmt::format("remote rows 1\n{}\n{:016x}\n{} {}\n{}", source_.source,
                                            source_.fingerprint, x_bytes_, block_rows_, number));
  if (auto block = cached(entry, rows)) return block;
  DK_TRY_ASSIGN(auto block, fetch(number * block_rows_, rows));
  keep(entry, *block);
  return block;
}

/// Null when the entry is not there or not whole.
Block RemoteReader::cached(const std::filesystem::path& entry, std::size_t rows) const {
  if (!access_.cache.use(entry)) return nullptr;
  auto text = read_file(entry, size_of_block(rows));
  if (!text || text->size() != size_of_block(rows)) return nullptr;
  auto block = std::make_shared<const std::string>(std::move(*text));
  BlockHeader header;
  std::memcpy(&header, block->data(), sizeof header);
  const bool whole =
      header.magic == BlockHeader{}.magic && header.rows == rows && header.sum == sum_of(*block);
  return whole ? block : nullptr;
}

Result<Block> RemoteReader::fetch(std::uint64_t first, std::size_t rows) const {
  std::vector<float> x(rows * x_size_);
  std::vector<float> y(rows * y_size_);
  DK_TRY(access_.fetch(first, rows, x, y));
  DK_TRY(check(first, x, y));
  auto block = std::make_shared<std::string>(size_of_block(rows), char{});
  auto* labels = block->data() + sizeof(BlockHeader);
  if (!y.empty()) std::memcpy(labels, y.data(), y.size() * sizeof(float));
  auto* features = labels + y.size() * sizeof(float);
  if (source_.features_are_bytes) {
    std::transform(x.begin(), x.end(), features,
                   [](float value) { return static_cast<char>(static_cast<std::uint8_t>(value)); });
  } else {
    std::memcpy(features, x.data(), x.size() * sizeof(float));
  }
  BlockHeader header;
  header.rows = static_cast<std::uint32_t>(rows);
  header.sum = sum_of(*block);
  std::memcpy(block->data(), &header, sizeof header);
  return block;
}

Result<void> RemoteReader::check(std::uint64_t first, std::span<const float> x,
                                 std::span<const float> y) const {
  const auto fault = [&](std::size_t row, float value, std::string_view what) {
    return fail(Errc::kCorrupt, "{}: another node sent {}, which is {}", where(first + row), value,
                what);
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto value = x[i];
    if (source_.features_are_bytes) {
      const bool byte = value >= 0 && value <= 255 && value == std::floor(value);
      if (!byte) return fault(i / x_size_, value, "no byte");
    } else if (!std::isfinite(value) && !(source_.may_miss && std::isnan(value))) {
      return fault(i / x_size_, value, "no number");
    }
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) return fault(i / y_size_, y[i], "no label");
  }
  return {};
}

void RemoteReader::keep(const std::filesystem::path& entry, const std::string& block) const {
  const auto write = [&](const std::filesystem::path& part) -> Result<void> {
    // Not made durable: the checksum tells a torn entry.
    std::ofstream file(part, std::ios::binary);
    if (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) return {};
    return fail(Errc::kIo, "{}: cannot write: {}", part.string(), std::strerror(errno));
  };
  const auto kept = access_.cache.put(entry, write);
  if (!kept && access_.warn && !warned_.exchange(true)) access_.warn(kept.error());
}

}  // namespace

Result<std::shared_ptr<const Reader>> make_remote_reader(RemoteSource source, RemoteAccess access) {
  const auto x = source.schema.feature_size();
  const auto y = source.schema.label_size();
  if (source.rows == 0 || source.group_rows == 0 || x == 0) {
    return fail(Errc::kInvalid, "{}: another node has {} rows of {} features in groups of {}",
                source.files, source.rows, x, source.group_rows);
  }
  if (std::max(x, y) > kMostFetchedFloats) {
    return fail(Errc::kInvalid, "{}: a row has {} numbers; at most 2^20 can be fetched at a time",
                source.files, std::max(x, y));
  }
  return std::make_shared<const RemoteReader>(std::move(source), std::move(access));
}

}  // namespace dk::storage
