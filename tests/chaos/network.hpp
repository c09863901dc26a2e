// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace dk::test {

/// Machines that can be cut off from each other: a network namespace for each and one that joins
/// them, all our own and gone with this object. Needs `allowed`.
class Network {
 public:
  /// These cross namespaces here (`route_localnet`), so that daemons without certificates serve
  /// them.
  static constexpr auto kLoopback = "127.77.0";
  /// Addresses as any office has them.
  static constexpr auto kPrivate = "10.77.0";

  explicit Network(const std::vector<std::string>& machines, std::string subnet = kLoopback);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  /// Whether this machine lets us make namespaces.
  [[nodiscard]] static bool allowed();

  [[nodiscard]] std::string address(const std::string& machine) const;
  /// What to put in front of a command for it to run on this machine.
  [[nodiscard]] std::vector<std::string> on(const std::string& machine) const;

  /// Nothing leaves the machine and nothing reaches it; what runs there notices nothing.
  void cut(const std::string& machine) const;
  void heal(const std::string& machine) const;
  /// What `from` sends to `to` is lost on its way, silently; the other way all is well.
  void cut_one_way(const std::string& from, const std::string& to) const;
  void heal_one_way(const std::string& from, const std::string& to) const;
  /// Both directions of the machine's wire carry so much from now on; a second of it may queue.
  void narrow(const std::string& machine, unsigned megabits_per_second) const;
  /// Packets of its own that have found its narrow wire busy.
  [[nodiscard]] std::uint64_t held_back(const std::string& machine) const;

 private:
  [[nodiscard]] std::string space(const std::string& machine) const;

  std::string subnet_;                   ///< the first three numbers of all addresses
  std::map<std::string, int> machines_;  ///< the last number of its address
  int home_ = -1;                        ///< the namespace that this thread was in
};

}  // namespace dk::test
