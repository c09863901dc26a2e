// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/deterministic_system.hpp"

#include <caf/message_id.hpp>

#include <deque>
#include <string>
#include <string_view>

namespace dk::test {

/// How the weather is on the wire.
struct NetworkWeather {
  std::chrono::nanoseconds min_latency = 100us;
  std::chrono::nanoseconds max_latency = 3ms;
  /// Harsher than TCP, for messages that their senders repeat: one is lost, comes a second time, or
  /// is overtaken by those behind it.
  double drop = 0;
  double duplicate = 0;
  double reorder = 0;
};

/// One message on its way, or what became of it.
struct Passage {
  DeterministicSystem::Process from = 0;
  DeterministicSystem::Process to = 0;
  caf::actor_id receiver = 0;
  const caf::mailbox_element* message = nullptr;
  std::string_view fate;  ///< "sent", "lost", "twice", ...
};

/// Connections between simulated processes as CAF has them over TCP. Between two processes that
/// have dialled there is one link: what is sent arrives in order, after a random latency, and
/// nothing is lost while the link lives. A peer that is silent for kSilence (partition, SIGSTOP,
/// loss of power) is given up: its link is closed on this side, what was on its way is lost, and
/// whoever monitors an actor beyond it gets DOWN. The other side learns of that by the link, or by
/// silence of its own, or not at all: when the first one dials again before. Nothing reconnects but
/// by dialling; an answer to a request of an earlier connection is lost. Messages within a process
/// are none of its business.
class SimulatedNetwork : public Transport {
 public:
  using Process = DeterministicSystem::Process;

  SimulatedNetwork(DeterministicSystem& system, std::uint64_t seed);
  ~SimulatedNetwork() override { system_.end_all(); }

  // -- who is there ----------------------------------------------------------------

  void add_process(Process process, const std::string& machine, const std::string& name);
  /// Publishes an actor; a free port if `port` is 0.
  std::uint16_t listen(const caf::strong_actor_ptr& actor, const std::string& host,
                       std::uint16_t port = 0);
  [[nodiscard]] const std::string& machine_of(Process process) const;
  [[nodiscard]] std::string name_of(Process process) const;

  // -- what goes wrong -------------------------------------------------------------

  /// kill -9: what was sent arrives, and then the end of the link.
  void kill(Process process);
  /// Loss of power: what was on its way is lost, and nobody says a word.
  void vanish(Process process);
  void freeze(Process process) { system_.freeze(process); }
  void thaw(Process process) { system_.thaw(process); }
  /// The link of two processes is lost and at once replaced by another, and only one of them hears
  /// of it.
  void relink(Process hears, Process other);
  /// Nothing passes from one machine to the other until `heal`.
  void block(const std::string& from, const std::string& to) { blocked_.insert({from, to}); }
  void heal(const std::string& from, const std::string& to) { blocked_.erase({from, to}); }
  /// Every connection between them breaks; of what is on its way, a part still arrives.
  void cut(const std::string& one, const std::string& other);

  NetworkWeather weather;
  /// Sees all that is sent, within processes too, and what becomes of it.
  std::function<void(const Passage&)> observe = [](const Passage&) {};

  // -- Transport -------------------------------------------------------------------

  bool intercept(caf::mailbox_element_ptr& message, const caf::strong_actor_ptr& receiver) override;
  void advance() override;
  void process_ended(std::uint64_t process) override { kill(process); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// A message, or (without one) the end of the link.
  struct Item {
    Time due;
    caf::strong_actor_ptr receiver;
    caf::mailbox_element_ptr message;
  };
  /// One direction of a link.
  struct Way {
    Process from = 0;
    Process to = 0;
    bool sends = true;    ///< `from` can send
    bool listens = true;  ///< `to` has not given the link up
    bool ended = false;   ///< closed while `to` stood still
    Time closed{};        ///< since `listens` is false
    std::deque<Item> queue;
    std::vector<Item> strays;  ///< keep to no order
    std::optional<Time> silent_since;
  };
  struct Link {
    Way ways[2];
    std::uint64_t epoch = 0;
    std::chrono::nanoseconds patience{};  ///< kSilence, and a bit
  };
  struct Dial {
    Time due;
    caf::strong_actor_ptr from;
    caf::message_id id;
    std::string host;
    std::uint16_t port = 0;
  };
  struct Listener {
    std::string host;
    caf::strong_actor_ptr actor;
  };

  [[nodiscard]] bool passes(Process from, Process to) const;
  [[nodiscard]] Link* find(Process one, Process other);
  static Way& way(Link& link, Process from) { return link.ways[link.ways[0].from == from ? 0 : 1]; }
  static Way& back(Link& link, const Way& there) {
    return link.ways[&there == &link.ways[0] ? 1 : 0];
  }
  void send(Way& way, const caf::strong_actor_ptr& receiver, caf::mailbox_element_ptr message);
  void arrive(Link& link, Way& way);
  /// `process` gives the link up: DOWN for its monitors.
  void close_end(Link& link, Process process, bool tell);
  void down(Process observer, Process observed);
  void watch_silence();
  void forget_old_links();
  void answer(Dial& dial);
  /// What is on its way is lost, but for the first so many.
  void forget(Way& way, std::size_t but);
  /// Whoever is told of an end by a link that breaks, hears it when the link is given up.
  void owe(Process from, Process to, Item item);
  /// The end of the link, behind what is on its way.
  void end(Way& way);
  void tell(const Way& way, const caf::strong_actor_ptr& receiver,
            const caf::mailbox_element* message, std::string_view fate);
  [[nodiscard]] std::chrono::nanoseconds latency();
  [[nodiscard]] bool chance(double probability);

  DeterministicSystem& system_;
  std::mt19937_64 random_;
  caf::actor dialer_;
  std::map<Process, std::pair<std::string, std::string>> names_;  ///< machine, name
  std::map<std::uint16_t, Listener> listeners_;
  std::uint16_t next_port_ = 1000;
  std::map<std::pair<Process, Process>, Link> links_;
  std::uint64_t epochs_ = 0;
  /// Requests under way by (sender, id), and the epoch of their link.
  std::map<std::pair<caf::actor_id, std::uint64_t>, std::uint64_t> requests_;
  std::map<std::pair<Process, Process>, std::vector<Item>> owed_;  ///< to, from
  std::vector<Dial> dials_;
  std::set<std::pair<std::string, std::string>> blocked_;
  std::set<Process> vanished_;
  Time next_watch_{};
};

}  // namespace dk::test
