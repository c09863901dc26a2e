// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

/// One change of a KeyValueBatch.
struct KeyValueWrite {
  enum class Kind { kPut, kErase, kEraseRange };
  Kind kind = Kind::kPut;
  std::string key;
  std::string end;  ///< kEraseRange only: keys in [key, end) go, and their space is given back.
  Bytes value;      ///< kPut only.
};

using KeyValueBatch = std::vector<KeyValueWrite>;

/// Ordered bytes under byte-string keys: all that the chunk store and the state store ask of a
/// database, so that both have one logic and two homes (RocksDB, memory), and so that a test can
/// put damaged bytes where a disk would. Thread-safe. Errors: kIo, kCorrupt. A full disk is kIo;
/// what was written before stays readable, and writes go on once there is room again.
/// Writes are refused before the last of it is used up, by the profile for chunks long before the
/// other.
class KeyValueStore {
 public:
  /// Sees one entry of a scan; false ends the scan.
  using Visitor = std::function<bool(std::string_view key, std::span<const std::byte> value)>;

  virtual ~KeyValueStore() = default;

  /// Applies all of the batch or none of it. Durable as promised by how the store was opened.
  [[nodiscard]] virtual Result<void> write(const KeyValueBatch& batch) = 0;
  /// Makes all earlier writes survive a power loss.
  [[nodiscard]] virtual Result<void> sync() = 0;
  /// kNotFound when there is no such key.
  [[nodiscard]] virtual Result<Bytes> get(std::string_view key) = 0;
  /// Visits the entries with keys in [from, end) in ascending order. `visit` must not call the
  /// store.
  [[nodiscard]] virtual Result<void> scan(std::string_view from, std::string_view end,
                                          const Visitor& visit) = 0;
};

enum class KeyValueProfile {
  /// Small records; each write is on the disk when it returns (write-ahead log, fsynced).
  kState,
  /// Values of about a megabyte that are written once, read rarely and dropped together; a write is
  /// on the disk after the next sync(). No write-ahead log: every byte goes to the disk once.
  kChunks,
};

/// RocksDB in `directory`, which is created if missing. kCorrupt when what is there cannot be
/// trusted, kIo when it cannot be opened, for instance because it is open elsewhere. Writes that
/// would make it larger than `limit` bytes are refused with kIo; 0: no limit.
Result<std::shared_ptr<KeyValueStore>> open_rocksdb_key_value_store(
    const std::filesystem::path& directory, KeyValueProfile profile, std::uint64_t limit = 0);

std::shared_ptr<KeyValueStore> make_memory_key_value_store();

/// Appends `number` big endian, so that keys sort by number.
void append_ordered(std::string& key, std::uint64_t number);
/// What append_ordered wrote at `position`; 0 if the key is too short.
[[nodiscard]] std::uint64_t read_ordered(std::string_view key, std::size_t position);
/// The smallest key above every key that starts with `prefix`, which has a byte other than 0xff.
[[nodiscard]] std::string after_prefix(std::string prefix);

}  // namespace dk::storage
