// SPDX-License-Identifier: GPL-3.0-or-later
// commit_loop DIRECTORY: commits to a state store and a chunk store until it is killed. After each
// commit it writes one line "NUMBER INCARNATION" to its standard output: chunk NUMBER is synced,
// event NUMBER is acknowledged, INCARNATION is handed out.
#include "storage/chunk_store.hpp"
#include "storage/state_store.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
  using namespace dk::storage;
  if (argc != 2) return 2;
  const std::filesystem::path directory = argv[1];
  auto store = open_state_store(directory / "state");
  auto chunks = open_chunk_store(directory / "chunks");
  if (!store || !chunks) return 1;
  for (std::uint64_t number = 0;; ++number) {
    const auto data = std::as_bytes(std::span(&number, 1));
    if (!(*chunks)->put({dk::JobId(1), dk::CheckpointId(1), number}, data)) return 1;
    if (!(*chunks)->sync()) return 1;
    StateBatch batch;
    batch.append_event(dk::JobId(1), number, fmt::format("event {}", number));
    batch.put_ledger(dk::JobId(1), data);
    if (!(*store)->commit(batch)) return 1;
    const auto incarnation = (*store)->reserve_incarnations(3);
    if (!incarnation) return 1;
    const auto line = fmt::format("{} {}\n", number, incarnation->value);
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
}
