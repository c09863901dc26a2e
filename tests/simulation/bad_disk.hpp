// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/key_value_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dk::simulation {

/// A store whose disk is full now and then (reads work, writes fail whole), and loses bits.
class BadDisk : public storage::KeyValueStore {
 public:
  explicit BadDisk(std::shared_ptr<storage::KeyValueStore> disk) : disk_(std::move(disk)) {}

  bool full = false;

  struct Flipped {
    std::string key;
    Bytes before;
  };
  /// Flips a bit of one in `every` values under keys in [from, end). Every second one is sealed
  /// again if it is a chunk: then only its manifest knows that it is not what it was.
  std::vector<Flipped> flip(std::string_view from, std::string_view end, std::uint64_t every,
                            std::uint64_t pick);
  void put_back(const Flipped& value);

  [[nodiscard]] Result<void> write(const storage::KeyValueBatch& batch) override {
    if (full) return fail(Errc::kIo, "no space left on device");
    return disk_->write(batch);
  }
  [[nodiscard]] Result<void> sync() override {
    if (full) return fail(Errc::kIo, "no space left on device");
    return disk_->sync();
  }
  [[nodiscard]] Result<Bytes> get(std::string_view key) override { return disk_->get(key); }
  [[nodiscard]] Result<void> scan(std::string_view from, std::string_view end,
                                  const Visitor& visit) override {
    return disk_->scan(from, end, visit);
  }

 private:
  std::shared_ptr<storage::KeyValueStore> disk_;
};

}  // namespace dk::simulation
