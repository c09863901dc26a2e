// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/key_value_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

namespace dk::storage {
namespace {

constexpr int kMaxOpenFiles = 128;
constexpr std::size_t kMebibyte = std::size_t{1} << 20;
/// So much of the disk, or this share of a small one, stays free.
struct Reserve {
  std::uintmax_t bytes;
  std::uintmax_t share;
};
/// For the state beside them, and for the writes that it takes to drop a checkpoint.
constexpr Reserve kChunksReserve{64 * kMebibyte, 8};
/// Debian's RocksDB ends the process when it goes on behind a log that found no room: so it never
/// gets that far.
constexpr Reserve kStateReserve{8 * kMebibyte, 64};

constexpr std::uintmax_t kReclaimBytes = 2 * kMebibyte;

/// The only place where RocksDB's errors become ours.
tl::unexpected<Error> translate(const rocksdb::Status& status) {
  if (status.IsNotFound()) return fail(Errc::kNotFound, "not found");
  if (status.IsCorruption()) return fail(Errc::kCorrupt, "{}", status.ToString());
  if (status.IsIOError() || status.IsIncomplete() || status.IsBusy() || status.IsTimedOut()) {
    return fail(Errc::kIo, "{}", status.ToString());
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return fail(Errc::kInvalid, "{}", status.ToString());
  }
  return fail(Errc::kInternal, "{}", status.ToString());
}

Result<void> check(const rocksdb::Status& status) {
  if (!status.ok()) return translate(status);
  return {};
}

rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}

rocksdb::Slice slice_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::byte*>(slice.data()), slice.size()};
}

rocksdb::Options options_for(KeyValueProfile profile) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 4 * kMebibyte;
  // Every job leaves files of its own, and a process has 1024 files by default.
  options.max_open_files = kMaxOpenFiles;
  if (profile == KeyValueProfile::kState) {
    // A torn last record was never acknowledged. Damage before it would silently undo what was, so
    // it has to stop the opening (the default would cut the log there).
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.write_buffer_size = 16 * kMebibyte;
  } else {
    // Values beside the tree: a compaction moves keys only, so that every value is written once.
    // A file of values goes when the last of its values was dropped; none is ever copied to free
    // another's space, because checkpoints are dropped in the order in which they were written.
    options.enable_blob_files = true;
    options.min_blob_size = 4096;
    options.write_buffer_size = 64 * kMebibyte;
  }
  return options;
}

class RocksdbKeyValueStore final : public KeyValueStore {
 public:
  RocksdbKeyValueStore(std::unique_ptr<rocksdb::DB> db, std::filesystem::path directory,
                       KeyValueProfile profile, std::uint64_t limit)
      : db_(std::move(db)), directory_(std::move(directory)), profile_(profile), limit_(limit) {
    const bool logged = profile_ == KeyValueProfile::kState;
    write_options_.sync = logged;
    write_options_.disableWAL = !logged;
    read_options_.fill_cache = logged;
  }

  Result<void> write(const KeyValueBatch& batch) override {
    rocksdb::WriteBatch changes;
    for (const auto& change : batch) DK_TRY(check(add(changes, change)));
    std::uintmax_t bytes = 0;
    for (const auto& change : batch) bytes += change.value.size();
    if (bytes > 0) {
      DK_TRY(expect_room(bytes));
      DK_TRY(expect_within_limit(bytes));
    }
    DK_TRY(check(db_->Write(write_options_, &changes)));
    for (const auto& change : batch) {
      if (change.kind == KeyValueWrite::Kind::kEraseRange) DK_TRY(reclaim(change));
    }
    return {};
  }

  Result<void> sync() override {
    if (profile_ == KeyValueProfile::kState) return check(db_->SyncWAL());
    DK_TRY(expect_room(0));
    return check(db_->Flush(rocksdb::FlushOptions()));
  }

  Result<Bytes> get(std::string_view key) override {
    rocksdb::PinnableSlice value;
    const auto status = db_->Get(read_options_, db_->DefaultColumnFamily(), slice_of(key), &value);
    if (!status.ok()) return translate(status);
    const auto bytes = bytes_of(value);
    return Bytes(bytes.begin(), bytes.end());
  }

  Result<void> scan(std::string_view from, std::string_view end, const Visitor& visit) override {
    auto options = read_options_;
    const auto upper_bound = slice_of(end);
    options.iterate_upper_bound = &upper_bound;
    const std::unique_ptr<rocksdb::Iterator> entry(db_->NewIterator(options));
    for (entry->Seek(slice_of(from)); entry->Valid(); entry->Next()) {
      if (!visit(entry->key().ToStringView(), bytes_of(entry->value()))) break;
    }
    return check(entry->status());
  }

 private:
  static rocksdb::Status add(rocksdb::WriteBatch& changes, const KeyValueWrite& change) {
    switch (change.kind) {
      case KeyValueWrite::Kind::kPut:
        return changes.Put(slice_of(change.key), slice_of(change.value));
      case KeyValueWrite::Kind::kErase:
        return changes.Delete(slice_of(change.key));
      case KeyValueWrite::Kind::kEraseRange:
        return changes.DeleteRange(slice_of(change.key), slice_of(change.end));
    }
    return rocksdb::Status::InvalidArgument("unknown kind of change");
  }

  /// RocksDB does not come back from a flush that found no room, so that none is begun.
  Result<void> expect_room(std::uintmax_t wanted) const {
    std::error_code unknown;
    const auto disk = std::filesystem::space(directory_, unknown);
    if (unknown) return {};
    std::uint64_t in_memory = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &in_memory);
    const auto& kept = profile_ == KeyValueProfile::kState ? kStateReserve : kChunksReserve;
    const auto reserve = std::min(kept.bytes, disk.capacity / kept.share);
    if (wanted + in_memory + reserve <= disk.available) return {};
    return fail(Errc::kIo,
                "no space left in {}: {} MiB are free on its disk, of which {} stay free",
                directory_.string(), disk.available / kMebibyte, reserve / kMebibyte);
  }

  Result<void> expect_within_limit(std::uint64_t wanted) const {
    if (limit_ == 0) return {};
    std::uint64_t used = 0;
    for (const auto* part : {&rocksdb::DB::Properties::kCurSizeAllMemTables,
                             &rocksdb::DB::Properties::kTotalSstFilesSize,
                             &rocksdb::DB::Properties::kTotalBlobFileSize}) {
      std::uint64_t bytes = 0;
      if (db_->GetIntProperty(*part, &bytes)) used += bytes;
    }
    if (used + wanted <= limit_) return {};
    return fail(Errc::kIo, "no space left in {}: {} of at most {} MiB (limits.disk) are used",
                directory_.string(), used / kMebibyte, limit_ / kMebibyte);
  }

  /// Gives an erased range's space back now; of large values it touches the keys alone.
  Result<void> reclaim(const KeyValueWrite& erased) {
    // Little of what is in memory is not erased by now.
    std::error_code unknown;
    const auto disk = std::filesystem::space(directory_, unknown);
    if (!unknown && disk.available < kReclaimBytes) return {};
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    const auto begin = slice_of(erased.key);
    const auto end = slice_of(erased.end);
    return check(db_->CompactRange(options, &begin, &end));
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::filesystem::path directory_;
  KeyValueProfile profile_;
  std::uint64_t limit_;
  rocksdb::WriteOptions write_options_;
  rocksdb::ReadOptions read_options_;
};

}  // namespace

Result<std::shared_ptr<KeyValueStore>> open_rocksdb_key_value_store(
    const std::filesystem::path& directory, KeyValueProfile profile, std::uint64_t limit) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return fail(Errc::kIo, "{}: cannot create: {}", directory.string(), code.message());
  rocksdb::DB* db = nullptr;
  const auto opened = check(rocksdb::DB::Open(options_for(profile), directory.string(), &db));
  if (!opened) return fail_in(directory.string(), opened.error());
  return std::make_shared<RocksdbKeyValueStore>(std::unique_ptr<rocksdb::DB>(db), directory,
                                                profile, limit);
}

}  // namespace dk::storage
