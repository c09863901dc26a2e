// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace dk {

/// Rules that the fault model rests on, each broken on purpose in one build (DK_MUTANTS) of the
/// sources concerned, to show that the simulation notices (tests/simulation/mutants.cpp). In every
/// other build all of this is `false` at compile time.
enum class Mutant : std::uint8_t {
  kNone,
  kSkipDedupe,            ///< a part that is in already is applied again
  kTakeFromFenced,        ///< a replaced worker's part is applied
  kAnswerBeforeBackup,    ///< a worker is answered before the backup has its part
  kConfirmUnapplied,      ///< a backup confirms what it does not apply
  kPromoteUnsynced,       ///< a backup takes over that does not have all
  kPromoteBeforeDurable,  ///< a backup takes over under an incarnation that is not durable
  kKeepHalfCommits,       ///< a dead worker's unfinished commit stays in some shards
  kForgetFinishedBlocks,  ///< a dead worker's whole commits do not count
  kKeepLeases,            ///< a dead worker's leases stay its own
  kKeepLedger,            ///< the ledger does not go back with the weights
  kGrantBeforeDurable,    ///< leases are handed out before they are durable
  kTrustChunks,           ///< chunks are restored whatever their checksum in the manifest
};

#ifdef DK_MUTANTS
inline namespace mutants {
/// The rule that is broken now.
extern Mutant active_mutant;
inline bool mutated(Mutant mutant) {
  return mutant == active_mutant;
}
}  // namespace mutants
#else
inline namespace as_designed {
constexpr bool mutated(Mutant) {
  return false;
}
}  // namespace as_designed
#endif

}  // namespace dk
