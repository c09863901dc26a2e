// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/journal.hpp"

#include "actors/error.hpp"

#include <caf/all.hpp>

namespace dk {

JournalActor::behavior_type journal_actor(JournalActor::pointer,
                                          std::shared_ptr<storage::StateStore> store,
                                          std::shared_ptr<EventLog> log) {
  return {
      [store, log](put_atom, const JournalEntryPtr& entry) -> caf::result<bool> {
        if (auto committed = store->commit(entry->batch); !committed)
          return to_caf(committed.error());
        if (entry->job) log->publish(entry->job, entry->events);
        return true;
      },
      [store](get_atom, std::uint64_t count) { return answer(store->reserve_incarnations(count)); },
      [store](get_atom) { return answer(store->next_job_id()); },
  };
}

}  // namespace dk
