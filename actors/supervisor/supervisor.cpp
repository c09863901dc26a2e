// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/supervisor/supervisor_state.hpp"

#include <caf/all.hpp>

#include <utility>

namespace dk {

LeadingSupervisorActor::behavior_type supervisor_actor(LeadingSupervisorActor::pointer self,
                                                       SupervisorConfig config) {
  auto state = std::make_shared<SupervisorState>();
  state->self = self;
  state->config = std::move(config);
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->down(message); });
  // A job does not outlive its supervisor: its next life begins from the store.
  self->attach_functor([state] {
    for (const auto& job : state->queue.running())
      caf::anon_send_exit(job, caf::exit_reason::user_shutdown);
  });
  state->end_foreign_jobs();
  for (auto& job : std::exchange(state->config.jobs, {})) state->queue.add(std::move(job));
  state->queue.advance(state->told);
  return {
      [state](join_atom, const NodeInfo& info) { return state->join(info); },
      [state](put_atom, const NodeInfo& info) { state->news_of(info); },
      [state](attach_atom, const ExecutorHello& hello) -> caf::result<Attached> {
        if (const auto job = state->queue.running(hello.job))
          return state->self->delegate(job, attach_atom_v, hello);
        return to_caf(
            {Errc::kStaleIncarnation, fmt::format("job {} does not run", hello.job.value)});
      },
      [state](exited_atom, const ExecutorExit& exit) {
        if (const auto job = state->queue.running(exit.job))
          state->self->send(job, exited_atom_v, exit);
      },
      [state](put_atom, const JobUse& use) {
        if (state->queue.heard(use)) state->queue.advance(state->told);
      },
      [state](put_atom, const SubmittedJobPtr& job) { return state->submit(job); },
      [state](put_atom, const Supervisors& supervisors) { state->tell(supervisors); },
      [state](get_atom, JobId job) { return state->status(job); },
      [state](get_atom) { return state->list_nodes(); },
      [state](stop_atom, JobId job) { return state->cancel(job); },
      [state](resume_atom, const StoredJobPtr& job) { return state->resume(job); },
      [state](drain_atom, const std::string& node) { return state->leave(node); },
      [state](drain_atom, const std::string& node, bool on) { return state->drain(node, on); },
      [state](store_atom) {
        return std::make_shared<const std::vector<ClusterNode>>(state->nodes);
      },
      [state](drop_atom, const StoredJobPtr& job) { return state->forget(job); },
      [state](drop_atom, JobId job, const std::vector<CheckpointId>& ids) {
        return state->drop_checkpoints(job, ids);
      },
  };
}

}  // namespace dk
