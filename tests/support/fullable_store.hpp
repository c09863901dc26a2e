// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/key_value_store.hpp"

#include <algorithm>
#include <memory>

namespace dk::test {

/// Bytes in memory, on a disk that may be full: then nothing is put, while what is there stays
/// readable and can be erased.
class FullableStore : public storage::KeyValueStore {
 public:
  bool full = false;

  Result<void> write(const storage::KeyValueBatch& batch) override {
    const bool puts = std::ranges::any_of(batch, [](const storage::KeyValueWrite& change) {
      return change.kind == storage::KeyValueWrite::Kind::kPut;
    });
    if (full && puts) return fail(Errc::kIo, "no space left");
    return entries_->write(batch);
  }
  Result<void> sync() override { return entries_->sync(); }
  Result<Bytes> get(std::string_view key) override { return entries_->get(key); }
  Result<void> scan(std::string_view from, std::string_view end, const Visitor& visit) override {
    return entries_->scan(from, end, visit);
  }

 private:
  std::shared_ptr<storage::KeyValueStore> entries_ = storage::make_memory_key_value_store();
};

}  // namespace dk::test
