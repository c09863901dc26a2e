// SPDX-License-Identifier: GPL-3.0-or-later
// commit_loop DIRECTORY: commits to a state store until it is killed. After each commit it writes
// one line "NUMBER INCARNATION" to its standard output: event NUMBER is acknowledged, INCARNATION
// handed out.
#include "storage/state_store.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
  using namespace dk::storage;
  if (argc != 2) return 2;
  auto store = open_state_store(argv[1]);
  if (!store) return 1;
  for (std::uint64_t number = 0;; ++number) {
    StateBatch batch;
    batch.append_event(dk::JobId(1), number, fmt::format("event {}", number));
    batch.put_ledger(dk::JobId(1), std::as_bytes(std::span(&number, 1)));
    if (!(*store)->commit(batch)) return 1;
    const auto incarnation = (*store)->reserve_incarnations(3);
    if (!incarnation) return 1;
    const auto line = fmt::format("{} {}\n", number, incarnation->value);
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
}
