# SPDX-License-Identifier: GPL-3.0-or-later
"""Real dk-node daemons on loopback, and jobs on them, seen through the HTTP API."""
import datetime
import json
import os
import signal
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
CLASSES = 10
PIXELS = 784
PATIENCE = 120
ENDS = ("finished", "failed", "cancelled")


class Away(OSError):
    """No supervisor is elected."""


class Failure(Exception):
    """The benchmark cannot go on; the message says why."""


def data_of(folder, samples):
    """The data section of a descriptor: Fashion-MNIST where it is installed, else noise of the same shape."""
    names = {"features": "images-idx3-ubyte.gz", "labels": "labels-idx1-ubyte.gz"}
    parts = {part: {kind: os.path.join(FASHION_MNIST, f"{prefix}-{name}") for kind, name in names.items()}
             for part, prefix in (("train", "train"), ("test", "t10k"))}
    if all(os.path.isfile(file) for files in parts.values() for file in files.values()):
        return {part: {"format": "idx", **files} for part, files in parts.items()}, "Fashion-MNIST"
    files = {kind: os.path.join(folder, kind) for kind in names}
    with open(files["features"], "wb") as out:
        out.write(struct.pack(">IIII", 0x803, samples, 28, 28) + os.urandom(samples * PIXELS))
    with open(files["labels"], "wb") as out:
        out.write(struct.pack(">II", 0x801, samples) + bytes(byte % CLASSES for byte in os.urandom(samples)))
    return {part: {"format": "idx", **files} for part in ("train", "test")}, "noise of Fashion-MNIST's shape"


def descriptor(name, hidden, data, **training):
    """A perceptron with these hidden layers that trains for longer than anybody looks at it."""
    layers = [{"Flatten": {"input_shape": [28, 28]}}]
    layers += [{"Dense": {"units": units, "activation": "relu"}} for units in hidden]
    layers += [{"Dense": {"units": CLASSES, "activation": "softmax"}}]
    checkpoint = training.pop("checkpoint", {"every": "1s", "keep": 2})
    return {
        "name": name,
        "model": layers,
        "data": {**data, "transform": [{"min_max": {"from": [0, 255], "to": [0, 1]}}]},
        "training": {
            "algorithm": {"name": "adag", "window": 5},
            "optimizer": {"name": "sgd", "learning_rate": 0.01},
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "batch_size": 32,
            "epochs": 1000,
            **training,
        },
        "checkpoint": checkpoint,
        "seed": 1,
    }


def wall(event):
    """Seconds since 1970 of an event's time stamp."""
    text = event["time"].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(text).timestamp()


def io_bytes(pid):
    """What a process has had written to the disk, as the kernel counts it; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as lines:
            return int(dict(line.split(": ") for line in lines)["write_bytes"])
    except (OSError, KeyError):
        return 0


class Daemons:
    """Each has a directory of its own, and with a network.Network a machine; the first one is the supervisor."""

    def __init__(self, binary, names, folder, cores=None, network=None, standbys=()):
        self.binary, self.folder, self.cores, self.network = binary, folder, cores or {}, network
        self.names, self.processes, self.standbys = list(names), {}, standbys
        self.listen, self.urls, self.asked = None, {}, None
        for name in self.names:
            self.start(name)

    def start(self, name):
        """Returns when it serves."""
        data = os.path.join(self.folder, name)
        os.makedirs(data, exist_ok=True)
        ready = os.path.join(data, "ready.json")
        if os.path.exists(ready):
            os.remove(ready)
        host = self.network.address(name) if self.network else "127.0.0.1"
        command = self.network.on(name) if self.network else []
        command += [self.binary, "--name", name, "--data", data, "--ready-file", ready]
        command += ["--cores", str(self.cores.get(name, 1))]
        if name == self.names[0]:
            command += ["--supervisor", "--listen", self.listen or f"{host}:0",
                        "--http", self.urls[name][len("http://"):] if name in self.urls else f"{host}:0"]
        else:
            command += ["--join", self.listen, "--listen", f"{host}:0"]
        if name in self.standbys:
            command += ["--standby", "--http", f"{host}:0"]
        with open(os.path.join(data, "log"), "ab") as log:
            self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(ready):
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{name} did not start; see {data}/log")
            time.sleep(0.005)
        with open(ready, encoding="utf-8") as line:
            facts = json.load(line)
        if name == self.names[0]:
            self.listen, self.asked = facts["listen"], name
        if "http" in facts:
            self.urls[name] = "http://" + facts["http"]

    def kill(self, name):
        """As a loss of power: its executors end with it."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def nodes(self):
        """The state of each machine by its name."""
        return {node["name"]: node["state"] for node in json.loads(self.get("/nodes")[0])}

    def voters(self):
        return [node["name"] for node in json.loads(self.get("/nodes")[0])
                if node.get("votes") and node.get("copy") == "in_sync"]

    def ask_another(self):
        candidates = sorted(self.urls)
        self.asked = candidates[(candidates.index(self.asked) + 1) % len(candidates)]

    def get(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.urls[self.asked] + "/api/v1" + path, data=data)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.read(), response.headers
        except urllib.error.HTTPError as error:
            if error.code == 503 and self.standbys:
                self.ask_another()
                raise Away(path) from error
            raise Failure(f"{path}: {error.read().decode(errors='replace')}") from error
        except OSError:
            self.ask_another()
            raise

    def submit(self, job):
        body = {"descriptor": json.dumps(job), "source": "benchmark", "base_directory": self.folder, "overrides": []}
        return Job(self, json.loads(self.get("/jobs", body)[0])["id"])


class Job:
    """A job's events, one after the other."""

    def __init__(self, daemons, number):
        self.daemons, self.number = daemons, number
        self.events, self.next = [], 0

    def status(self):
        return json.loads(self.daemons.get(f"/jobs/{self.number}")[0])

    def cancel(self):
        self.daemons.get(f"/jobs/{self.number}/cancel", {})

    def poll(self):
        """New events are taken in; those that come within a moment count as well."""
        try:
            body, headers = self.daemons.get(f"/jobs/{self.number}/events?follow=false&wait_ms=200&from={self.next}")
        except OSError:  # the supervisor is away
            time.sleep(0.02)
            return
        self.next = int(headers["DK-Next-Event"])
        self.events += [json.loads(line) for line in body.decode().splitlines()]

    def wait(self, what, wanted, since=0):
        """The first event from number `since` on that is wanted."""
        deadline = time.monotonic() + PATIENCE
        looked_at = since
        while True:
            for event in self.events[looked_at:]:
                if wanted(event):
                    return event
                if event["event"] in ENDS:
                    raise Failure(f"job {self.number} ended while {what} was waited for: {json.dumps(event)}")
            looked_at = max(looked_at, len(self.events))
            if time.monotonic() > deadline:
                raise Failure(f"job {self.number}: no {what} within {PATIENCE} s")
            self.poll()

    def wait_for(self, kind, since=0):
        return self.wait(kind, lambda event: event["event"] == kind, since)


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="dk-bench-")


def quantile(values, share):
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 1).__int__() - 1))]


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
