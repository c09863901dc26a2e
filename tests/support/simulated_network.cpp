// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_network.hpp"

#include "actors/defaults.hpp"

#include <caf/all.hpp>
#include <caf/default_attachable.hpp>

namespace dk::test {
namespace {

/// Who would watch a handle of a dead process, has begun by then.
constexpr auto kRemembered = 60s;

using Process = DeterministicSystem::Process;

/// Whose senders repeat them until they are answered, and whose receivers know repeats.
bool is_repeated(const caf::mailbox_element& message) {
  const auto& content = message.content();
  return content.match_elements<exchange_atom, ExchangePart>() ||
         content.match_elements<ExchangedPart>() ||
         content.match_elements<replicate_atom, ReplicaOperation>() ||
         content.match_elements<fill_atom, ReplicaPiece>() ||
         content.match_elements<report_atom, WorkReport>() ||
         content.match_elements<shard_atom, ShardMoved>() ||
         content.match_elements<promote_atom, Promote>();
}

/// A wire copies what it carries: the sender uses its buffers again.
void copy_floats(caf::mailbox_element& message) {
  auto& content = message.content();
  if (content.match_elements<exchange_atom, ExchangePart>()) {
    auto& values = content.get_mutable_as<ExchangePart>(1).values;
    values = own_copy(values);
  } else if (content.match_elements<ExchangedPart>()) {
    auto& values = content.get_mutable_as<ExchangedPart>(0).values;
    values = own_copy(values);
  } else if (content.match_elements<replicate_atom, ReplicaOperation>()) {
    auto& what = content.get_mutable_as<ReplicaOperation>(1).operation.what;
    if (auto* part = std::get_if<ExchangePart>(&what)) part->values = own_copy(part->values);
  } else if (content.match_elements<fill_atom, ReplicaPiece>()) {
    auto& floats = content.get_mutable_as<ReplicaPiece>(1).floats;
    floats = own_copy(floats);
  } else if (content.match_elements<put_atom, Chunk>()) {
    auto& values = content.get_mutable_as<Chunk>(1).values;
    values = own_copy(values);
  }
}

caf::behavior dialer(
    caf::event_based_actor* self,
    std::function<void(const caf::mailbox_element&, const std::string&, std::uint16_t)> dial) {
  return {[self, dial](caf::connect_atom, const std::string& host, std::uint16_t port) {
    dial(*self->current_mailbox_element(), host, port);
    // Is answered later, by hand.
    return self->make_response_promise();
  }};
}

}  // namespace

SimulatedNetwork::SimulatedNetwork(DeterministicSystem& system, std::uint64_t seed)
    : system_(system), random_(seed) {
  dialer_ = system_->spawn(dialer, [this](const caf::mailbox_element& request,
                                          const std::string& host, std::uint16_t port) {
    dials_.push_back(
        {system_.now() + latency() + latency(), request.sender, request.mid, host, port});
  });
  system_.set_transport(this, dialer_);
}

// -- who is there --------------------------------------------------------------------

void SimulatedNetwork::add_process(Process process, const std::string& machine,
                                   const std::string& name) {
  names_[process] = {machine, name};
}

std::uint16_t SimulatedNetwork::listen(const caf::strong_actor_ptr& actor, const std::string& host,
                                       std::uint16_t port) {
  if (port == 0) port = next_port_++;
  listeners_[port] = {host, actor};
  return port;
}

const std::string& SimulatedNetwork::machine_of(Process process) const {
  static const std::string nowhere;
  const auto found = names_.find(process);
  return found == names_.end() ? nowhere : found->second.first;
}

std::string SimulatedNetwork::name_of(Process process) const {
  const auto found = names_.find(process);
  return found == names_.end() ? "test" : found->second.second;
}

bool SimulatedNetwork::passes(Process from, Process to) const {
  return !vanished_.contains(from) && !vanished_.contains(to) &&
         !blocked_.contains({machine_of(from), machine_of(to)});
}

SimulatedNetwork::Link* SimulatedNetwork::find(Process one, Process other) {
  const auto found = links_.find(std::minmax(one, other));
  return found == links_.end() ? nullptr : &found->second;
}

std::chrono::nanoseconds SimulatedNetwork::latency() {
  const auto range =
      static_cast<std::uint64_t>((weather.max_latency - weather.min_latency).count());
  return weather.min_latency + std::chrono::nanoseconds(range == 0 ? 0 : random_() % range);
}

bool SimulatedNetwork::chance(double probability) {
  return probability > 0 && static_cast<double>(random_() % 1'000'000) < probability * 1'000'000;
}

void SimulatedNetwork::tell(const Way& way, const caf::strong_actor_ptr& receiver,
                            const caf::mailbox_element* message, std::string_view fate) {
  observe({way.from, way.to, receiver ? receiver->id() : 0, message, fate});
}

// -- messages ------------------------------------------------------------------------

bool SimulatedNetwork::intercept(caf::mailbox_element_ptr& message,
                                 const caf::strong_actor_ptr& receiver) {
  const auto& content = message->content();
  auto from = message->sender ? system_.process_of(message->sender->id()) : 0;
  if (content.match_elements<caf::down_msg>())
    from = system_.process_of(content.get_as<caf::down_msg>(0).source.id());
  const auto to = system_.process_of(receiver->id());
  observe({from, to, receiver->id(), message.get(), from == to ? "here" : "sent"});
  if (from == to || !names_.contains(from) || !names_.contains(to)) return false;
  auto* link = find(from, to);
  if (link == nullptr || !way(*link, from).sends) {
    observe({from, to, receiver->id(), message.get(), "lost: no link"});
    owe(from, to, {{}, receiver, std::move(message)});
    if (link == nullptr) down(to, from);
    return true;
  }
  copy_floats(*message);
  const auto id = message->mid.request_id().integer_value();
  if (message->mid.is_request()) {
    requests_[{message->sender->id(), id}] = link->epoch;
  } else if (message->mid.is_response()) {
    const auto asked = requests_.extract({receiver->id(), id});
    if (!asked.empty() && asked.mapped() != link->epoch) {
      observe({from, to, receiver->id(), message.get(), "lost: of an earlier link"});
      message.reset();
      return true;
    }
  }
  send(way(*link, from), receiver, std::move(message));
  return true;
}

void SimulatedNetwork::send(Way& there, const caf::strong_actor_ptr& receiver,
                            caf::mailbox_element_ptr message) {
  const bool may = weather.drop + weather.duplicate + weather.reorder > 0 && is_repeated(*message);
  if (may && chance(weather.drop)) return tell(there, receiver, message.get(), "lost: dropped");
  const auto stray = [&](caf::mailbox_element_ptr item, std::string_view fate) {
    tell(there, receiver, item.get(), fate);
    const auto extra = std::chrono::nanoseconds(random_() % 2'000'000'000);
    there.strays.push_back({system_.now() + latency() + extra, receiver, std::move(item)});
  };
  if (may && message->mid.is_request() && chance(weather.duplicate)) {
    stray(caf::make_mailbox_element(message->sender, message->mid, {},
                                    message->copy_content_to_message()),
          "comes twice");
  }
  if (may && chance(weather.reorder)) return stray(std::move(message), "overtaken");
  auto due = system_.now() + latency();
  if (!there.queue.empty()) due = std::max(due, there.queue.back().due);
  there.queue.push_back({due, receiver, std::move(message)});
}

void SimulatedNetwork::advance() {
  const auto now = system_.now();
  for (std::size_t i = 0; i < dials_.size();) {
    if (dials_[i].due > now) {
      ++i;
      continue;
    }
    auto dial = std::move(dials_[i]);
    dials_.erase(dials_.begin() + static_cast<std::ptrdiff_t>(i));
    answer(dial);
  }
  for (auto& [processes, link] : links_) {
    for (auto& there : link.ways) {
      if (!there.queue.empty() || !there.strays.empty()) arrive(link, there);
    }
  }
  if (now < next_watch_) return;
  next_watch_ = now + 100ms;
  watch_silence();
}

void SimulatedNetwork::arrive(Link& link, Way& there) {
  if (!passes(there.from, there.to)) return;
  const auto now = system_.now();
  const bool open = there.listens;
  const auto hand_over = [&](Item item) {
    if (open && system_.deliver(item.receiver, item.message)) return;
    tell(there, item.receiver, item.message.get(), "lost: nobody is there");
    if (!open || !item.message->mid.is_request()) return;
    send(back(link, there), item.message->sender,
         caf::make_mailbox_element(item.receiver, item.message->mid.response_id(), {},
                                   caf::make_error(caf::sec::request_receiver_down)));
  };
  for (std::size_t i = 0; i < there.strays.size();) {
    if (there.strays[i].due > now) {
      ++i;
      continue;
    }
    auto item = std::move(there.strays[i]);
    there.strays.erase(there.strays.begin() + static_cast<std::ptrdiff_t>(i));
    hand_over(std::move(item));
  }
  while (!there.queue.empty() && there.queue.front().due <= now) {
    auto item = std::move(there.queue.front());
    there.queue.pop_front();
    if (!item.message) {
      forget(there, 0);
      if (open && !system_.frozen(there.to)) close_end(link, there.to, false);
      // A process that stands still learns of it when it goes on.
      if (open && system_.frozen(there.to)) there.ended = true;
      return;
    }
    hand_over(std::move(item));
  }
}

// -- the end of a link -----------------------------------------------------------------

void SimulatedNetwork::close_end(Link& link, Process process, bool say) {
  auto& mine = way(link, process);
  auto& theirs = back(link, mine);
  const bool could_say = std::exchange(mine.sends, false);
  theirs.listens = false;
  theirs.closed = system_.now();
  forget(theirs, 0);
  tell(theirs, nullptr, nullptr, "the link is closed");
  if (say && could_say) end(mine);
  down(process, mine.to);
}

void SimulatedNetwork::forget(Way& there, std::size_t but) {
  for (auto& item : there.strays) owe(there.from, there.to, std::move(item));
  there.strays.clear();
  for (; there.queue.size() > but; there.queue.pop_back())
    owe(there.from, there.to, std::move(there.queue.back()));
}

void SimulatedNetwork::owe(Process from, Process to, Item item) {
  if (item.message && item.message->content().match_elements<caf::down_msg>())
    owed_[{to, from}].push_back(std::move(item));
}

void SimulatedNetwork::end(Way& there) {
  auto due = system_.now() + latency();
  if (!there.queue.empty()) due = std::max(due, there.queue.back().due);
  there.queue.push_back({due, nullptr, nullptr});
}

void SimulatedNetwork::down(Process observer, Process observed) {
  if (system_.abandoned(observer)) return;
  auto owed = owed_.extract({observer, observed});
  if (!owed.empty()) {
    for (auto& item : owed.mapped()) system_.deliver(item.receiver, item.message);
  }
  const auto watchers = system_.actors_of(observer);
  for (const auto& there : system_.actors_of(observed)) {
    for (const auto& watcher : watchers) {
      const caf::default_attachable::observe_token token{caf::actor_cast<caf::actor_addr>(watcher),
                                                         caf::default_attachable::monitor};
      while (there->get()->detach(token) > 0) {
        observe({observed, observer, watcher->id(), nullptr, "DOWN"});
        auto message =
            caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                      caf::down_msg{caf::actor_cast<caf::actor_addr>(there),
                                                    caf::exit_reason::remote_link_unreachable});
        system_.deliver(watcher, message);
      }
    }
  }
}

void SimulatedNetwork::forget_old_links() {
  const auto now = system_.now();
  std::erase_if(links_, [&](const auto& entry) {
    const auto& [processes, link] = entry;
    const bool first = system_.abandoned(processes.first);
    const bool second = system_.abandoned(processes.second);
    if (!first && !second) return false;
    const auto over = [&](const Way& there) {
      return !there.sends && !there.listens && there.queue.empty() && there.strays.empty() &&
             now - there.closed > kRemembered;
    };
    return over(link.ways[0]) && over(link.ways[1]);
  });
}

void SimulatedNetwork::watch_silence() {
  forget_old_links();
  const auto now = system_.now();
  for (auto& [processes, link] : links_) {
    for (auto& there : link.ways) {
      if (system_.abandoned(there.to) || system_.frozen(there.to)) {
        there.silent_since.reset();
        continue;
      }
      if (!there.listens) {
        // Whoever has begun to watch a handle that leads nowhere.
        if (now - there.closed < 1s || now.time_since_epoch() % 1s < 100ms)
          down(there.to, there.from);
        continue;
      }
      if (std::exchange(there.ended, false)) {
        close_end(link, there.to, false);
        continue;
      }
      const bool silent = !passes(there.from, there.to) || system_.frozen(there.from) ||
                          (system_.abandoned(there.from) && there.queue.empty());
      if (!silent) {
        there.silent_since.reset();
      } else if (!there.silent_since) {
        there.silent_since = now;
      } else if (now - *there.silent_since >= link.patience) {
        close_end(link, there.to, true);
      }
    }
  }
}

void SimulatedNetwork::answer(Dial& dial) {
  const auto found = listeners_.find(dial.port);
  const auto to = found == listeners_.end() || found->second.host != dial.host
                      ? Process{0}
                      : system_.process_of(found->second.actor->id());
  const auto from = system_.process_of(dial.from->id());
  const auto say = [&](auto&&... what) {
    dial.from->enqueue(caf::make_mailbox_element(caf::actor_cast<caf::strong_actor_ptr>(dialer_),
                                                 dial.id.response_id(), {}, std::move(what)...),
                       nullptr);
  };
  const auto refuse = [&](caf::sec why) { say(caf::make_error(why)); };
  if (system_.abandoned(from)) return;
  // Nobody answers: whoever dials gives up by itself.
  if (to != 0 && to != from && (!passes(from, to) || !passes(to, from) || system_.frozen(to))) {
    return;
  }
  if (to == 0 || system_.abandoned(to)) return refuse(caf::sec::cannot_connect_to_node);
  if (to != from) {
    auto* known = find(from, to);
    const auto open = [&](const Way& there) { return there.sends && there.listens; };
    const auto shut = [&](const Way& there) { return !there.sends && !there.listens; };
    const bool is_shut = known == nullptr || (shut(known->ways[0]) && shut(known->ways[1]));
    const bool half_shut = !is_shut && !(open(known->ways[0]) && open(known->ways[1]));
    if (half_shut && random_() % 2 == 0) return refuse(caf::sec::disconnect_during_handshake);
    if (half_shut) {
      // The new link takes the place of the old one, of whose end one side has not heard.
      for (auto& there : known->ways) forget(there, 0);
    }
    if (is_shut || half_shut) {
      auto& link = links_[std::minmax(from, to)];
      link = {};
      link.ways[0].from = link.ways[1].to = from;
      link.ways[0].to = link.ways[1].from = to;
      link.epoch = ++epochs_;
      link.patience = defaults::kSilence + std::chrono::milliseconds(random_() % 1000);
      tell(link.ways[0], nullptr, nullptr, "connected");
    }
  }
  say(caf::node_id{}, caf::strong_actor_ptr(found->second.actor), std::set<std::string>{});
}

// -- what goes wrong -----------------------------------------------------------------

void SimulatedNetwork::kill(Process process) {
  if (system_.abandoned(process)) return;
  system_.thaw(process);
  system_.abandon(process);
  for (auto& [processes, link] : links_) {
    if (processes.first != process && processes.second != process) continue;
    auto& mine = way(link, process);
    back(link, mine).listens = false;
    if (std::exchange(mine.sends, false)) end(mine);
  }
}

void SimulatedNetwork::vanish(Process process) {
  vanished_.insert(process);
  kill(process);
}

void SimulatedNetwork::relink(Process hears, Process other) {
  auto* link = find(hears, other);
  if (link == nullptr) return;
  for (auto& there : link->ways) forget(there, 0);
  link->epoch = ++epochs_;
  down(hears, other);
}

void SimulatedNetwork::cut(const std::string& one, const std::string& other) {
  for (auto& [processes, link] : links_) {
    const std::pair machines(machine_of(processes.first), machine_of(processes.second));
    if (machines != std::pair(one, other) && machines != std::pair(other, one)) continue;
    for (auto& there : link.ways) {
      if (!there.sends) continue;
      there.sends = false;
      const auto arrives = random_() % (there.queue.size() + 1);
      forget(there, arrives);
      end(there);
    }
  }
}

}  // namespace dk::test
