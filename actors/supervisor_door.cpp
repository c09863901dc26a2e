// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/candidate.hpp"
#include "actors/error.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace dk {
namespace {

struct DoorState {
  LocalDoorActor::pointer self = nullptr;
  DoorConfig config;
  LocalSupervisorActor supervisor;  ///< null while another candidate leads
  JournalActor desk;
  LeadershipPtr known = std::make_shared<const Leadership>();

  void take(const LeadershipPtr& news);
  void end();
  [[nodiscard]] Elsewhere elsewhere() const;
  [[nodiscard]] caf::error refusal() const { return to_caf({Errc::kUnavailable, elsewhere().why}); }
  /// Where else to ask; nobody is known: no doors.
  [[nodiscard]] Supervisors others() const;
  /// `redirect` makes the answer of one that does not lead, from `others`.
  template <class T, class Redirect, class... Args>
  caf::result<T> lead_on(Redirect redirect, Args... args) {
    if (supervisor) return self->delegate(supervisor, std::move(args)...);
    auto doors = others();
    if (doors.doors.empty()) return refusal();
    return redirect(std::move(doors));
  }
  template <class T, class... Args>
  caf::result<T> pass(Args... args) {
    if (!supervisor) return refusal();
    return self->delegate(supervisor, std::move(args)...);
  }
};

Elsewhere DoorState::elsewhere() const {
  const auto& leader = known->leader;
  if (!leader || leader->name == config.own_node)
    return {fmt::format("{} is a standby, and no supervisor is elected yet", config.own_node), {}};
  const auto where = leader->http.empty() ? "" : fmt::format(" at http://{}", leader->http);
  return {
      fmt::format("{} is a standby; the supervisor is {}{}", config.own_node, leader->name, where),
      leader->http};
}

Supervisors DoorState::others() const {
  auto others = known->supervisors;
  std::erase_if(others.doors, [&](const Peer& door) { return door.handle == self->ctrl(); });
  if (const auto& leader = known->leader; leader && leader->name != config.own_node)
    others.doors.push_back({leader->host, leader->port, {}});
  return others;
}

void DoorState::end() {
  if (!supervisor) return;
  spdlog::warn("{} is the supervisor no more", config.own_node);
  self->send_exit(supervisor, caf::exit_reason::user_shutdown);
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  supervisor = nullptr;
  desk = nullptr;
}

void DoorState::take(const LeadershipPtr& news) {
  const auto before = std::exchange(known, news);
  const auto term = news->supervisors.term;
  config.standing->set(news->leads ? std::nullopt : std::optional(elsewhere()));
  if (!news->leads || (supervisor && before->supervisors.term != term)) end();
  if (!news->leads) return;
  if (supervisor) return self->send(supervisor, put_atom_v, news->supervisors);
  spdlog::info("{} is the supervisor from term {} on", config.own_node, term);
  desk = self->spawn(journal_desk, config.candidate, term);
  SupervisorConfig next{config.cluster(), config.own_node, desk, news->jobs, news->drained};
  next.supervisors = news->supervisors;
  next.candidate = config.candidate;
  supervisor = self->spawn(supervisor_actor, std::move(next));
}

}  // namespace

LocalDoorActor::behavior_type supervisor_door(LocalDoorActor::pointer self, DoorConfig config) {
  auto state = std::make_shared<DoorState>();
  state->self = self;
  state->config = std::move(config);
  self->attach_functor([state] {
    if (state->supervisor) caf::anon_send_exit(state->supervisor, caf::exit_reason::user_shutdown);
    if (state->desk) caf::anon_send_exit(state->desk, caf::exit_reason::user_shutdown);
  });
  return {
      [state](join_atom, const NodeInfo& info) {
        const auto redirect = [](Supervisors doors) {
          return Joined{{}, {}, {}, std::move(doors)};
        };
        return state->lead_on<Joined>(redirect, join_atom_v, info);
      },
      [state](put_atom, const NodeInfo& info) {
        if (state->supervisor) state->self->send(state->supervisor, put_atom_v, info);
      },
      [state](attach_atom, const ExecutorHello& hello) {
        const auto redirect = [](Supervisors doors) {
          return Attached{{}, {}, 0, 0, {}, std::move(doors)};
        };
        return state->lead_on<Attached>(redirect, attach_atom_v, hello);
      },
      [state](exited_atom, const ExecutorExit& exit) {
        if (state->supervisor) state->self->send(state->supervisor, exited_atom_v, exit);
      },
      [state](put_atom, const SubmittedJobPtr& job) { return state->pass<JobId>(put_atom_v, job); },
      [state](get_atom, JobId job) { return state->pass<std::string>(get_atom_v, job); },
      [state](get_atom) { return state->pass<std::string>(get_atom_v); },
      [state](stop_atom, JobId job) { return state->pass<bool>(stop_atom_v, job); },
      [state](drain_atom, const std::string& node) {
        return state->pass<bool>(drain_atom_v, node);
      },
      [state](drain_atom, const std::string& node, bool on) {
        return state->pass<bool>(drain_atom_v, node, on);
      },
      [state](resume_atom, const StoredJobPtr& job) {
        return state->pass<bool>(resume_atom_v, job);
      },
      [state](drop_atom, const StoredJobPtr& job) { return state->pass<bool>(drop_atom_v, job); },
      [state](drop_atom, JobId job, const std::vector<CheckpointId>& ids) {
        return state->pass<bool>(drop_atom_v, job, ids);
      },
      [state](store_atom) { return state->pass<ClusterNodes>(store_atom_v); },
      [state](put_atom, const Supervisors&) {},
      [state](elect_atom, const CandidateMail& mail) {
        state->self->send(state->config.candidate, elect_atom_v, mail);
      },
      [state](elect_atom, const LeadershipPtr& news) { state->take(news); },
  };
}

}  // namespace dk
