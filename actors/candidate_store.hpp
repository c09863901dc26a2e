// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/consensus_types.hpp"
#include "storage/key_value_store.hpp"

#include <memory>
#include <string>

namespace dk {

/// The supervisor's state as candidates replicate it: the key-value store under a
/// storage::StateStore, with the candidate's facts in the same writes under a key of their own.
/// What belongs to one machine alone (the facts, the ports it listens on) is not in images.
class CandidateStore final : public ConsensusStore {
 public:
  /// Reads the facts, and the seat, which is made at the first opening. kCorrupt, kIo.
  static Result<std::unique_ptr<CandidateStore>> open(
      std::shared_ptr<storage::KeyValueStore> entries, std::uint64_t first_seat = random_seat());

  [[nodiscard]] const ConsensusFacts& facts() const { return facts_; }
  [[nodiscard]] std::uint64_t seat() const { return seat_; }

  [[nodiscard]] Result<void> write(std::span<const ConsensusEntry> entries,
                                   const ConsensusFacts& facts) override;
  [[nodiscard]] Result<std::string> image() override;
  [[nodiscard]] Result<void> replace(const std::string& image,
                                     const ConsensusFacts& facts) override;

 private:
  static std::uint64_t random_seat();
  explicit CandidateStore(std::shared_ptr<storage::KeyValueStore> entries)
      : entries_(std::move(entries)) {}
  Result<void> read_facts();
  [[nodiscard]] storage::KeyValueWrite facts_write(const ConsensusFacts& facts) const;

  std::shared_ptr<storage::KeyValueStore> entries_;
  ConsensusFacts facts_;
  std::uint64_t seat_ = 0;
};

/// A batch as the bytes of a ConsensusEntry: number of changes (32 bits), then for each its kind (8
/// bits), key, end and value, each with a 32-bit length in front; little endian.
[[nodiscard]] std::string encode_changes(const storage::KeyValueBatch& batch);
/// kCorrupt; a change of what belongs to one machine alone is none.
[[nodiscard]] Result<storage::KeyValueBatch> decode_changes(std::string_view bytes);

}  // namespace dk
