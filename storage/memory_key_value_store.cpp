// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/key_value_store.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>

namespace dk::storage {
namespace {

class MemoryKeyValueStore final : public KeyValueStore {
 public:
  Result<void> write(const KeyValueBatch& batch) override {
    const std::unique_lock lock(mutex_);
    for (const auto& change : batch) apply(change);
    return {};
  }

  Result<void> sync() override { return {}; }

  Result<Bytes> get(std::string_view key) override {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return fail(Errc::kNotFound, "not found");
    return found->second;
  }

  Result<void> scan(std::string_view from, std::string_view end, const Visitor& visit) override {
    const std::shared_lock lock(mutex_);
    for (auto entry = entries_.lower_bound(from); entry != entries_.end() && entry->first < end;
         ++entry) {
      if (!visit(entry->first, entry->second)) break;
    }
    return {};
  }

 private:
  void apply(const KeyValueWrite& change) {
    switch (change.kind) {
      case KeyValueWrite::Kind::kPut:
        entries_.insert_or_assign(change.key, change.value);
        return;
      case KeyValueWrite::Kind::kErase:
        entries_.erase(change.key);
        return;
      case KeyValueWrite::Kind::kEraseRange:
        entries_.erase(entries_.lower_bound(change.key), entries_.lower_bound(change.end));
        return;
    }
  }

  std::shared_mutex mutex_;
  std::map<std::string, Bytes, std::less<>> entries_;
};

}  // namespace

std::shared_ptr<KeyValueStore> make_memory_key_value_store() {
  return std::make_shared<MemoryKeyValueStore>();
}

}  // namespace dk::storage
