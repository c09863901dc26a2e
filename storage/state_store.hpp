// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/key_value_store.hpp"
#include "storage/manifest.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dk::storage {

/// Changes of the supervisor's state that become durable together or not at all. Not thread-safe.
class StateBatch {
 public:
  /// A job's record, in place of an earlier one; opaque here.
  void put_job(JobId job, std::span<const std::byte> record);
  /// A job's data ledger, in place of an earlier one; opaque here.
  void put_ledger(JobId job, std::span<const std::byte> ledger);
  /// Event `number` of a job; one line of JSON without its newline.
  void append_event(JobId job, std::uint64_t number, std::string_view json_line);
  /// A manifest that fails check() makes the commit of the whole batch fail with kInvalid.
  void put_manifest(const Manifest& manifest);
  void erase_manifest(JobId job, CheckpointId checkpoint);
  /// A job's record, ledger and its first `events` events.
  void erase_job(JobId job, std::uint64_t events);
  /// Anything else, by name.
  void put_value(std::string_view name, std::span<const std::byte> value);
  void erase_value(std::string_view name);

  /// What a counter hands out next; StateStore fills it in.
  void put_counter(std::string_view name, std::uint64_t next);

  [[nodiscard]] bool empty() const { return changes_.empty(); }
  [[nodiscard]] const Result<void>& valid() const { return valid_; }
  [[nodiscard]] const KeyValueBatch& changes() const { return changes_; }

 private:
  void put_record(std::string key, std::span<const std::byte> payload);
  void erase(std::string key);

  KeyValueBatch changes_;
  Result<void> valid_;
};

/// The supervisor's durable memory: jobs, ledgers, events, manifests and the two counters that must
/// never go back. What was acknowledged survives kill -9 and power loss. Thread-safe; calls block
/// on the disk (a commit waits for an fsync), so they do not belong on an actor's thread. Errors:
/// kIo; kCorrupt names the record.
class StateStore {
 public:
  virtual ~StateStore() = default;

  /// Applies the batch whole; on the disk when it returns. An empty batch is nothing.
  [[nodiscard]] virtual Result<void> commit(const StateBatch& batch) = 0;

  /// The first of `count` (at least 1) consecutive numbers that were never handed out before and
  /// never will be again, whatever happens to this process. The first ever is 1.
  [[nodiscard]] virtual Result<Incarnation> reserve_incarnations(std::uint64_t count) = 0;
  /// 1, 2, ...: durable likewise, never used again.
  [[nodiscard]] virtual Result<JobId> next_job_id() = 0;
  /// The same, for whoever makes `into` durable before he uses the numbers.
  [[nodiscard]] virtual Incarnation reserve_incarnations(std::uint64_t count, StateBatch& into) = 0;
  [[nodiscard]] virtual JobId next_job_id(StateBatch& into) = 0;

  /// All job records, by ascending id.
  [[nodiscard]] virtual Result<std::vector<std::pair<JobId, Bytes>>> jobs() = 0;
  /// One of them.
  [[nodiscard]] virtual Result<std::optional<Bytes>> job(JobId job) = 0;
  [[nodiscard]] virtual Result<std::optional<Bytes>> ledger(JobId job) = 0;
  /// At most `limit` of the events numbered `from` and above, in order.
  [[nodiscard]] virtual Result<std::vector<std::string>> events(JobId job, std::uint64_t from,
                                                                std::size_t limit) = 0;

  struct ManifestScan {
    std::vector<Manifest> good;        ///< Newest first.
    std::vector<std::string> refused;  ///< One line each: which manifest, what is wrong.
  };
  /// All manifests of a job. A damaged one is refused by name and does not hide the others; where
  /// the disk itself cannot be read on, the line says after which checkpoint.
  [[nodiscard]] virtual Result<ManifestScan> manifests(JobId job) = 0;
  [[nodiscard]] virtual Result<std::optional<Bytes>> value(std::string_view name) = 0;
};

/// RocksDB in `directory`, created if missing. kCorrupt when its counters or its log are damaged: a
/// supervisor must not go on from less than it has acknowledged.
Result<std::unique_ptr<StateStore>> open_state_store(const std::filesystem::path& directory);
/// For tests and for jobs inside one process: gone with the process.
std::unique_ptr<StateStore> make_memory_state_store();
/// Over any store of bytes; for tests that damage what is stored.
Result<std::unique_ptr<StateStore>> make_state_store(std::shared_ptr<KeyValueStore> entries);

}  // namespace dk::storage
