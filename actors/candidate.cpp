// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/candidate.hpp"

#include "actors/dial.hpp"
#include "actors/logic/consensus.hpp"

#include <caf/all.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace dk {
namespace {

/// Of candidates that a mail may make known; far more than there will be.
constexpr std::size_t kMostNames = 256;

struct Link {
  Peer door;
  CandidateDoorActor handle;  ///< null while there is none
  bool dialling = false;
  std::vector<CandidateMail> waiting;
};

struct Pending {
  std::uint64_t index = 0;
  std::function<void(const caf::error&)> done;
};

/// What a candidate tells its door.
struct Told {
  bool leads = false;
  std::uint64_t term = 0;
  std::string leader;
  std::vector<Candidate> members;
  bool operator==(const Told&) const = default;
};

struct CandidateState {
  CandidateActor::pointer self = nullptr;
  CandidateConfig config;
  std::unique_ptr<CandidateStore> store;
  std::unique_ptr<storage::StateStore> state;  ///< while it leads
  std::optional<Consensus> consensus;
  LocalDoorActor door;
  std::uint16_t port = 0;
  std::string http;
  std::map<std::string, Link> links;  ///< by name, or by address of those not known by name yet
  std::set<std::string> strangers;    ///< that have been warned of
  std::deque<Pending> pending;
  std::optional<Told> told;
  Consensus::TimePoint next_seek;

  [[nodiscard]] Consensus::TimePoint now() const { return self->clock().now(); }
  void begin(const LocalDoorActor& own_one, std::uint16_t at, const std::string& http_at);
  void tick();
  void receive(const CandidateMail& mail);
  void propose(const storage::StateBatch& batch, std::function<void(const caf::error&)> done);
  [[nodiscard]] caf::error fence(std::uint64_t term) const;
  void hand_over(const Error& why);
  void settle();
  void tell_door(Told now_is);
  [[nodiscard]] Leadership leadership() const;
  /// What is to be gone on with.
  Result<void> take_up(Leadership& news);
  void refuse(const Error& why);
  void seek();
  void send(const std::string& to, const ConsensusMessage& message);
  void connect(const std::string& name);
  [[nodiscard]] Candidate own() const;
  [[nodiscard]] Peer own_door() const;
  [[nodiscard]] std::string json() const;
};

Candidate CandidateState::own() const {
  return {config.name, store->seat(), config.host, port, http};
}

Peer CandidateState::own_door() const {
  return {config.host, port, caf::actor_cast<caf::strong_actor_ptr>(door)};
}

void CandidateState::begin(const LocalDoorActor& own_one, std::uint16_t at,
                           const std::string& http_at) {
  door = own_one;
  port = at;
  http = http_at;
  Consensus::Config rules;
  rules.self = own();
  rules.heartbeat = defaults::kLeaderHeartbeat;
  rules.election = defaults::kElection;
  rules.seed = config.seed;
  consensus.emplace(std::move(rules), *store, store->facts(), now());
  if (config.founds && consensus->facts().members.empty()) {
    if (auto founded = consensus->found(now()); !founded)
      spdlog::error("cannot found a cluster: {}", founded.error().message);
  }
  tick();
}

void CandidateState::tick() {
  consensus->tick(now());
  if (now() >= next_seek && (consensus->leader() == nullptr || !consensus->member())) seek();
  settle();
  self->delayed_send(self, defaults::kCandidateTick, tick_atom_v);
}

void CandidateState::receive(const CandidateMail& mail) {
  if (!consensus) return;
  if (!check_protocol("", mail.protocol) ||
      (!mail.cluster.empty() && !config.cluster.empty() && mail.cluster != config.cluster)) {
    if (strangers.size() < kMostNames && strangers.insert(mail.from.name).second) {
      spdlog::warn("candidate {} at {}:{} is of another cluster or version", mail.from.name,
                   mail.door.host, mail.door.port);
    }
    return;
  }
  if (links.size() >= kMostNames && !links.contains(mail.from.name)) return;
  auto& link = links[mail.from.name];
  if (link.door.host != mail.door.host || link.door.port != mail.door.port ||
      (mail.door.host.empty() && link.door.handle != mail.door.handle)) {
    link.door = mail.door;
    link.handle = nullptr;
  }
  consensus->receive(mail.from, mail.message, now());
  if (!consensus->refusal().empty()) return refuse({Errc::kInvalid, consensus->refusal()});
  settle();
}

// -- the journal ------------------------------------------------------------------------

caf::error CandidateState::fence(std::uint64_t term) const {
  if (consensus && state && consensus->leads() && consensus->term() == term) return {};
  return to_caf(
      {Errc::kStaleIncarnation, fmt::format("the supervisor of term {} leads no more", term)});
}

void CandidateState::propose(const storage::StateBatch& batch,
                             std::function<void(const caf::error&)> done) {
  if (!batch.valid()) return done(to_caf(batch.valid().error()));
  if (batch.empty()) return done({});
  const auto position = consensus->propose(encode_changes(batch.changes()), now());
  if (!position) {
    done(to_caf(position.error()));
    return hand_over(position.error());
  }
  pending.push_back({position->index, std::move(done)});
  settle();
}

/// A leader that cannot write is of less use than one that can.
void CandidateState::hand_over(const Error& why) {
  const auto followers = consensus->followers(now());
  const auto fit = std::ranges::count_if(followers, [](const auto& entry) {
    return entry.second.voter && entry.second.alive && entry.second.in_sync;
  });
  if (static_cast<std::size_t>(fit) < consensus->facts().members.size() / 2 + 1) return;
  spdlog::error("{}; another candidate is to lead", why.message);
  consensus->resign(now());
  settle();
}

void CandidateState::settle() {
  for (const auto& [to, message] : consensus->take_messages()) send(to, message);
  const bool leads = consensus->leads();
  if (!leads || (told && told->term != consensus->term())) {
    const auto lost = to_caf({Errc::kStaleIncarnation, "another supervisor leads"});
    for (const auto& waiting : std::exchange(pending, {})) waiting.done(lost);
  }
  while (!pending.empty() && pending.front().index <= consensus->committed()) {
    const auto ready = std::move(pending.front());
    pending.pop_front();
    ready.done({});
  }
  const auto* leader = consensus->leader();
  Told now_is{leads, consensus->term(), leader != nullptr ? leader->name : "",
              consensus->facts().members};
  if (told != now_is) tell_door(std::move(now_is));
}

void CandidateState::tell_door(Told now_is) {
  const bool begins = now_is.leads && (!told || !told->leads || told->term != now_is.term);
  if (!now_is.leads) state = nullptr;
  told = std::move(now_is);
  auto news = leadership();
  if (begins) {
    if (auto read = take_up(news); !read) {
      state = nullptr;
      news.leads = told->leads = false;
      consensus->resign(now());
      refuse(read.error());
    }
  }
  self->send(door, elect_atom_v, std::make_shared<const Leadership>(std::move(news)));
}

/// Somebody who can read his state has to lead.
void CandidateState::refuse(const Error& why) {
  spdlog::error("{}", why.message);
  if (config.on_refused) config.on_refused(why);
  self->quit();
}

Leadership CandidateState::leadership() const {
  Leadership news;
  news.leads = told->leads;
  if (const auto* leader = consensus->leader()) news.leader = *leader;
  news.supervisors.term = consensus->term();
  for (const auto& member : consensus->facts().members) {
    if (member.name == config.name) {
      news.supervisors.doors.push_back(own_door());
    } else if (!member.host.empty()) {
      news.supervisors.doors.push_back({member.host, member.port, {}});
    } else if (const auto link = links.find(member.name); link != links.end()) {
      news.supervisors.doors.push_back(link->second.door);
    }
  }
  return news;
}

Result<void> CandidateState::take_up(Leadership& news) {
  DK_TRY_ASSIGN(state, storage::make_state_store(config.entries));
  DK_TRY_ASSIGN(news.jobs, unfinished_jobs(*state, *config.log));
  DK_TRY_ASSIGN(news.drained, drained_nodes(*state));
  return {};
}

// -- other candidates ---------------------------------------------------------------------

void CandidateState::seek() {
  next_seek = now() + defaults::kSeekEvery;
  for (const auto& contact : config.contacts) {
    if (contact.host == config.host && contact.port == port &&
        (!contact.host.empty() || caf::actor_cast<caf::strong_actor_ptr>(door) == contact.handle))
      continue;
    const auto id = contact.handle ? std::to_string(contact.handle->id()) : "";
    links[fmt::format("{}:{}{}", contact.host, contact.port, id)].door = contact;
  }
  for (const auto& member : consensus->facts().members) {
    if (member.name != config.name && !member.host.empty() && !links.contains(member.name))
      links[member.name].door = {member.host, member.port, {}};
  }
  std::vector<std::string> names;
  for (const auto& [name, link] : links) names.push_back(name);
  for (const auto& name : names) send(name, ConsensusMessage{});
}

void CandidateState::send(const std::string& to, const ConsensusMessage& message) {
  auto link = links.find(to);
  if (link == links.end()) {
    const auto& members = consensus->facts().members;
    const auto member = std::ranges::find(members, to, &Candidate::name);
    if (member == members.end() || member->host.empty()) return;
    link = links.try_emplace(to).first;
    link->second.door = {member->host, member->port, {}};
  }
  const CandidateMail mail{protocol_version(), config.cluster, own_door(), own(), message};
  if (link->second.handle) return self->send(link->second.handle, elect_atom_v, mail);
  auto& waiting = link->second.waiting;
  if (waiting.size() < defaults::kCandidateBacklog) waiting.push_back(mail);
  connect(to);
}

void CandidateState::connect(const std::string& name) {
  auto& link = links.at(name);
  if (std::exchange(link.dialling, true)) return;
  dial<CandidateDoorActor>(
      self, link.door,
      [this, name](const CandidateDoorActor& handle) {
        auto& reached = links.at(name);
        reached.dialling = false;
        reached.handle = handle;
        self->monitor(handle);
        for (const auto& mail : std::exchange(reached.waiting, {}))
          self->send(handle, elect_atom_v, mail);
      },
      [this, name](const Error& why) {
        spdlog::debug("candidate {}: {}", name, why.message);
        links.at(name).dialling = false;
        links.at(name).waiting.clear();
      });
}

std::string CandidateState::json() const {
  auto list = nlohmann::json::array();
  if (!consensus) return list.dump();
  const auto followers = consensus->followers(now());
  list.push_back(
      {{"name", config.name}, {"role", "supervisor"}, {"copy", "in_sync"}, {"votes", true}});
  for (const auto& [name, follower] : followers) {
    const auto* copy = !follower.alive ? "lost" : follower.in_sync ? "in_sync" : "behind";
    list.push_back(
        {{"name", name}, {"role", "standby"}, {"copy", copy}, {"votes", follower.voter}});
  }
  return list.dump();
}

}  // namespace

Result<void> check_candidate_state(std::shared_ptr<storage::KeyValueStore> entries) {
  DK_TRY(CandidateStore::open(entries));
  DK_TRY_ASSIGN(const auto state, storage::make_state_store(std::move(entries)));
  EventLog nobody_listens;
  DK_TRY(unfinished_jobs(*state, nobody_listens));
  DK_TRY(drained_nodes(*state));
  return {};
}

CandidateActor::behavior_type candidate_actor(CandidateActor::pointer self,
                                              CandidateConfig config) {
  auto state = std::make_shared<CandidateState>();
  state->self = self;
  state->config = std::move(config);
  auto store = CandidateStore::open(state->config.entries);
  if (!store) {
    state->refuse(store.error());
    return CandidateActor::behavior_type::make_empty_behavior();
  }
  state->store = std::move(*store);
  self->set_down_handler([state = state.get()](const caf::down_msg& message) {
    for (auto& [name, link] : state->links) {
      if (link.handle && message.source == link.handle.address()) link.handle = nullptr;
    }
  });
  return {
      [state](elect_atom, const CandidateMail& mail) { state->receive(mail); },
      [state](put_atom, std::uint64_t term, const JournalEntryPtr& entry) -> caf::result<bool> {
        if (auto stale = state->fence(term)) return stale;
        auto promise = state->self->make_response_promise<bool>();
        state->propose(entry->batch,
                       [state = state.get(), entry, promise](const caf::error& why) mutable {
                         if (why) {
                           promise.deliver(why);
                           return;
                         }
                         if (entry->job) state->config.log->publish(entry->job, entry->events);
                         promise.deliver(true);
                       });
        return promise;
      },
      [state](get_atom, std::uint64_t term, std::uint64_t count) -> caf::result<Incarnation> {
        if (auto stale = state->fence(term)) return stale;
        storage::StateBatch batch;
        const auto first = state->state->reserve_incarnations(count, batch);
        auto promise = state->self->make_response_promise<Incarnation>();
        state->propose(batch, [first, promise](const caf::error& why) mutable {
          if (why) {
            promise.deliver(why);
          } else {
            promise.deliver(first);
          }
        });
        return promise;
      },
      [state](get_atom, std::uint64_t term) -> caf::result<JobId> {
        if (auto stale = state->fence(term)) return stale;
        storage::StateBatch batch;
        const auto id = state->state->next_job_id(batch);
        auto promise = state->self->make_response_promise<JobId>();
        state->propose(batch, [id, promise](const caf::error& why) mutable {
          if (why) {
            promise.deliver(why);
          } else {
            promise.deliver(id);
          }
        });
        return promise;
      },
      [state](get_atom) { return state->json(); },
      [state](join_atom, const LocalDoorActor& door, std::uint16_t port, const std::string& http) {
        state->begin(door, port, http);
        return true;
      },
      [state](tick_atom) { state->tick(); },
  };
}

JournalActor::behavior_type journal_desk(JournalActor::pointer self, CandidateActor candidate,
                                         std::uint64_t term) {
  return {
      [=](put_atom, const JournalEntryPtr& entry) {
        return self->delegate(candidate, put_atom_v, term, entry);
      },
      [=](get_atom, std::uint64_t count) {
        return self->delegate(candidate, get_atom_v, term, count);
      },
      [=](get_atom) { return self->delegate(candidate, get_atom_v, term); },
  };
}

}  // namespace dk
