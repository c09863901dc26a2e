// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/network.hpp"

#include "tests/chaos/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <charconv>

namespace dk::test {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr auto kIp = "/usr/sbin/ip";
constexpr auto kTc = "/usr/sbin/tc";
const std::string kHub = "hub";

/// A command line whose words have no spaces.
int run(const std::string& line) {
  std::vector<std::string> command;
  for (std::size_t from = 0; from < line.size();) {
    const auto to = std::min(line.find(' ', from), line.size());
    command.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return run_program(command, kPatience).code;
}

void must(const std::string& line) {
  ASSERT_EQ(run(line), 0) << line;
}

std::string name_of(const std::string& machine) {
  return fmt::format("dk-{}-{}", ::getpid(), machine);
}

void enter(int space) {
  ASSERT_EQ(::setns(space, CLONE_NEWNET), 0);
}

}  // namespace

bool Network::allowed() {
  const auto name = name_of("probe");
  if (::access(kIp, X_OK) != 0 || run(fmt::format("{} netns add {}", kIp, name)) != 0) return false;
  // It mounts things, which fails in a chroot that is no mount point.
  const bool usable = run(fmt::format("{} -n {} link set lo up", kIp, name)) == 0;
  run(fmt::format("{} netns del {}", kIp, name));
  return usable;
}

Network::Network(const std::vector<std::string>& machines, std::string subnet)
    : subnet_(std::move(subnet)) {
  const auto add = [&](const std::string& machine) {
    machines_[machine] = static_cast<int>(machines_.size() + 1);
    const auto name = space(machine);
    must(fmt::format("{} netns add {}", kIp, name));
    must(fmt::format("{} -n {} link set lo up", kIp, name));
    // Only 127.0.0.1 itself stays inside.
    must(fmt::format("{} -n {} route del local 127.0.0.0/8 dev lo table local", kIp, name));
    must(fmt::format("{} netns exec {} /usr/sbin/sysctl -qw net.ipv4.conf.all.route_localnet=1",
                     kIp, name));
  };
  const auto hub = space(kHub);
  add(kHub);
  must(fmt::format("{} -n {} link add wire type bridge", kIp, hub));
  must(fmt::format("{} -n {} addr add {}/24 dev wire", kIp, hub, address(kHub)));
  must(fmt::format("{} -n {} link set wire up", kIp, hub));
  for (const auto& machine : machines) {
    add(machine);
    must(fmt::format("{} -n {} link add wire type veth peer name {} netns {}", kIp, space(machine),
                     machine, hub));
    must(fmt::format("{} -n {} link set dev {} master wire up", kIp, hub, machine));
    must(fmt::format("{} -n {} addr add {}/24 dev wire", kIp, space(machine), address(machine)));
    must(fmt::format("{} -n {} link set wire up", kIp, space(machine)));
  }
  // This thread, and all that it starts without `on`, stands between them.
  home_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  const int between = ::open(fmt::format("/run/netns/{}", hub).c_str(), O_RDONLY | O_CLOEXEC);
  enter(between);
  ::close(between);
}

Network::~Network() {
  if (home_ >= 0) enter(home_);
  if (home_ >= 0) ::close(home_);
  for (const auto& [machine, number] : machines_)
    run(fmt::format("{} netns del {}", kIp, space(machine)));
}

std::string Network::space(const std::string& machine) const {
  return name_of(machine);
}

std::string Network::address(const std::string& machine) const {
  return fmt::format("{}.{}", subnet_, machines_.at(machine));
}

std::vector<std::string> Network::on(const std::string& machine) const {
  return {"/usr/bin/nsenter", fmt::format("--net=/run/netns/{}", space(machine))};
}

void Network::cut(const std::string& machine) const {
  must(fmt::format("{} -n {} link set dev {} nomaster", kIp, space(kHub), machine));
}

void Network::heal(const std::string& machine) const {
  must(fmt::format("{} -n {} link set dev {} master wire", kIp, space(kHub), machine));
}

void Network::cut_one_way(const std::string& from, const std::string& to) const {
  must(fmt::format("{} -n {} route add blackhole {}/32", kIp, space(from), address(to)));
}

void Network::heal_one_way(const std::string& from, const std::string& to) const {
  must(fmt::format("{} -n {} route del blackhole {}/32", kIp, space(from), address(to)));
}

void Network::narrow(const std::string& machine, unsigned megabits_per_second) const {
  const auto shape = fmt::format("tbf rate {}mbit burst 128kb latency 1s", megabits_per_second);
  must(fmt::format("{} -n {} qdisc add dev wire root {}", kTc, space(machine), shape));
  must(fmt::format("{} -n {} qdisc add dev {} root {}", kTc, space(kHub), machine, shape));
}

std::uint64_t Network::held_back(const std::string& machine) const {
  const auto told =
      run_program({kTc, "-n", space(machine), "-s", "qdisc", "show", "dev", "wire"}, kPatience)
          .output;
  const std::string word = "overlimits ";
  const auto at = told.find(word);
  std::uint64_t packets = 0;
  if (at != std::string::npos) {
    const auto* number = told.data() + at + word.size();
    std::from_chars(number, told.data() + told.size(), packets);
  }
  return packets;
}

}  // namespace dk::test
