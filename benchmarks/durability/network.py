# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that can be cut off from each other: a network namespace for each and one that joins them, as in
tests/chaos/network.hpp."""
import ctypes
import os
import subprocess

from daemons import Failure

IP = "/usr/sbin/ip"
HUB = "hub"
CLONE_NEWNET = 0x40000000


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)


def must(*words):
    done = run(*words)
    if done.returncode != 0:
        raise Failure(f"{' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")


def allowed():
    """Whether this machine lets us make namespaces."""
    name = f"dk-bench-{os.getpid()}-probe"
    made = os.access(IP, os.X_OK) and run(IP, "netns", "add", name).returncode == 0
    if made:
        run(IP, "netns", "del", name)
    return made


class Network:
    """All our own, and gone at the end; meanwhile this process stands between the machines. The addresses are
    127.77.0.x, which cross namespaces here (route_localnet), so that daemons without certificates serve them."""

    def __init__(self, machines):
        self.numbers = {name: number + 1 for number, name in enumerate([HUB, *machines])}
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self):
        try:
            self.build()
        except Failure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.enter(self.home)
        os.close(self.home)
        for machine in self.numbers:
            run(IP, "netns", "del", self.space(machine))

    def build(self):
        hub = self.space(HUB)
        for machine in self.numbers:
            space = self.space(machine)
            must(IP, "netns", "add", space)
            must(IP, "-n", space, "link", "set", "lo", "up")
            # Only 127.0.0.1 itself stays inside.
            must(IP, "-n", space, "route", "del", "local", "127.0.0.0/8", "dev", "lo", "table", "local")
            must(IP, "netns", "exec", space, "/usr/sbin/sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
            if machine == HUB:
                must(IP, "-n", hub, "link", "add", "wire", "type", "bridge")
            else:
                must(IP, "-n", space, "link", "add", "wire", "type", "veth", "peer", "name", machine, "netns", hub)
                must(IP, "-n", hub, "link", "set", "dev", machine, "master", "wire", "up")
            must(IP, "-n", space, "addr", "add", f"{self.address(machine)}/24", "dev", "wire")
            must(IP, "-n", space, "link", "set", "wire", "up")
        between = os.open(f"/run/netns/{hub}", os.O_RDONLY | os.O_CLOEXEC)
        self.enter(between)
        os.close(between)

    @staticmethod
    def enter(space):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(space, CLONE_NEWNET) != 0:
            raise Failure(f"setns: {os.strerror(ctypes.get_errno())}")

    @staticmethod
    def space(machine):
        return f"dk-bench-{os.getpid()}-{machine}"

    def address(self, machine):
        return f"127.77.0.{self.numbers[machine]}"

    def on(self, machine):
        """What to put in front of a command for it to run on this machine."""
        return ["/usr/bin/nsenter", f"--net=/run/netns/{self.space(machine)}"]

    def cut(self, machine):
        """Nothing leaves the machine and nothing reaches it; what runs there notices nothing."""
        must(IP, "-n", self.space(HUB), "link", "set", "dev", machine, "nomaster")

    def heal(self, machine):
        must(IP, "-n", self.space(HUB), "link", "set", "dev", machine, "master", "wire")
