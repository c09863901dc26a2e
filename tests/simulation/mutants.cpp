// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/mutant.hpp"
#include "tests/simulation/runner.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace dk {

Mutant mutants::active_mutant = Mutant::kNone;

namespace simulation {
namespace {

struct Rule {
  Mutant mutant;
  const char* broken;
  std::uint64_t first =
      1;  ///< seed; later for what needs a rare moment, or where another one is found sooner
};
constexpr std::array kRules{
    Rule{Mutant::kSkipDedupe, "skip-dedupe"},
    Rule{Mutant::kTakeFromFenced, "take-from-fenced"},
    Rule{Mutant::kAnswerBeforeBackup, "answer-before-backup"},
    Rule{Mutant::kConfirmUnapplied, "confirm-unapplied"},
    Rule{Mutant::kPromoteUnsynced, "promote-unsynced", 1501},
    Rule{Mutant::kPromoteBeforeDurable, "promote-before-durable"},
    Rule{Mutant::kKeepHalfCommits, "keep-half-commits"},
    Rule{Mutant::kForgetFinishedBlocks, "forget-finished-blocks"},
    Rule{Mutant::kKeepLeases, "keep-leases", 6},
    Rule{Mutant::kKeepLedger, "keep-ledger"},
    Rule{Mutant::kGrantBeforeDurable, "grant-before-durable"},
    Rule{Mutant::kTrustChunks, "trust-chunks", 501},
};

/// The first seed in which something is wrong, and what.
std::optional<std::pair<std::uint64_t, std::string>> find_violation(Mutant mutant,
                                                                    std::uint64_t first,
                                                                    std::uint64_t seeds) {
  active_mutant = mutant;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const auto verdict = play(Schedule::of(seed));
    if (!verdict.violations.empty()) return std::pair(seed, verdict.violations.front());
  }
  return {};
}

}  // namespace
}  // namespace simulation
}  // namespace dk

/// Every broken rule is noticed within so many seeds (the first argument), and none where none is.
int main(int argc, char** argv) {
  using namespace dk::simulation;
  const std::uint64_t seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500;
  bool good = true;
  for (const auto& rule : kRules) {
    const auto found = find_violation(rule.mutant, rule.first, seeds);
    good = good && found;
    std::cout << (found
                      ? fmt::format("{:24} seed {:4}: {}", rule.broken, found->first, found->second)
                      : fmt::format("{:24} NOT NOTICED in {} seeds", rule.broken, seeds))
              << std::endl;
  }
  if (const auto found = find_violation(dk::Mutant::kNone, 1, seeds)) {
    good = false;
    std::cout << fmt::format("as designed, but in seed {}: {}", found->first, found->second)
              << std::endl;
  } else {
    std::cout << fmt::format("{:24} nothing in {} seeds", "as designed", seeds) << std::endl;
  }
  return good ? 0 : 1;
}
