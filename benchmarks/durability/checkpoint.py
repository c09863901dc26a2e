# SPDX-License-Identifier: GPL-3.0-or-later
"""What checkpoints cost a running job, and how fast one is restored: `./dk bench checkpoint`."""
import argparse
import json
import os
import signal
import sys
import time

from daemons import Daemons, Failure, data_of, descriptor, io_bytes, print_table, quantile, temporary_folder

# Hidden layers, for perceptrons of 1.04 and 99.95 million parameters on 784 pixels.
SIZES = {"1M": (1000, 250), "100M": (10_000, 9_200)}
EVERY = 10.0
STALL_SHARE, LONGEST_STALL, RESTORE = 0.05, 0.2, 5.0
# The supervisor's machine, which gets no executor, and another one: each checkpoint is stored on both.
NODES = ("z", "a")


def make_checkpoints(cluster, size, count, data):
    """The events of so many checkpoints, and the bytes that the daemons had written for them."""
    job = cluster.submit(descriptor("checkpoint " + size, SIZES[size], data, workers={"min": 1, "max": 1},
                                    parameter_servers=1, replicas=1, batch_size=8,
                                    algorithm={"name": "adag", "window": 1},
                                    checkpoint={"every": f"{EVERY:.0f}s", "keep": 2}))
    job.wait_for("checkpoint")
    pids = [process.pid for process in cluster.processes.values()]
    before = sum(io_bytes(pid) for pid in pids)
    known, events = len(job.events), []
    while len(events) < count:
        event = job.wait_for("checkpoint", known)
        known = job.events.index(event) + 1
        events.append(event)
    return job, events, sum(io_bytes(pid) for pid in pids) - before


def restore(job):
    """Seconds that the shards take to load the newest checkpoint, and from the kill to all workers at work."""
    executor = next(e for e in job.status()["executors"] if e["shards"])
    known, begun = len(job.events), time.monotonic()
    os.kill(executor["pid"], signal.SIGKILL)
    event = job.wait("recovery", lambda e: e["event"] == "recovery", known)
    if event["action"] != "rolled_back":
        raise Failure(f"not restored from a checkpoint: {json.dumps(event)}")
    return event["restore_seconds"], time.monotonic() - begun


def measure(binary, size, count):
    with temporary_folder() as folder:
        data, name = data_of(folder, 60_000)
        cluster = Daemons(binary, NODES, folder)
        try:
            job, events, written = make_checkpoints(cluster, size, count, data)
            restored, recovered = restore(job)
            job.cancel()
            weights = sum(event["bytes"] for event in events)
            # The only worker never waits but between the end of its exchange and the cut.
            stalls = [event["still_seconds"] for event in events]
            return {"size": size, "data": name, "checkpoints": len(events), "bytes": events[0]["bytes"],
                    "stall_median": quantile(stalls, 0.5), "stall_longest": max(stalls),
                    "stall_share": sum(stalls) / len(stalls) / EVERY,
                    "held_longest": max(event["held_seconds"] for event in events),
                    "written_seconds": quantile([event["seconds"] for event in events], 0.5),
                    "write_amplification": written / weights, "copies": len(NODES),
                    "restore_seconds": restored, "recovery_seconds": recovered}
        finally:
            cluster.stop()


def report(results):
    rows = [["parameters", "stall median", "longest", "of the time", "longest cut", "stored after", "bytes written / weights",
             "restored in", "training again"]]
    for found in results:
        rows.append([found["size"], f"{found['stall_median'] * 1e3:.0f} ms", f"{found['stall_longest'] * 1e3:.0f} ms",
                     f"{found['stall_share']:.2%}", f"{found['held_longest'] * 1e3:.0f} ms",
                     f"{found['written_seconds']:.2f} s",
                     f"{found['write_amplification']:.2f} for {found['copies']} copies",
                     f"{found['restore_seconds']:.2f} s", f"{found['recovery_seconds']:.2f} s"])
    print_table(rows)
    missed = [found["size"] for found in results if found["stall_share"] > STALL_SHARE
              or found["stall_longest"] > LONGEST_STALL or found["restore_seconds"] > RESTORE]
    print(f"targets (stalls below {STALL_SHARE:.0%} of the time and {LONGEST_STALL * 1e3:.0f} ms, "
          f"restored within {RESTORE:.0f} s): " + (f"missed by {', '.join(missed)}" if missed else "met"))
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dk_node", help="the daemon's binary")
    parser.add_argument("--sizes", default=",".join(SIZES), help="some of " + ", ".join(SIZES))
    parser.add_argument("--checkpoints", type=int, default=6, help="of each size")
    parser.add_argument("--json", metavar="FILE", help="keep the figures there")
    options = parser.parse_args()
    sizes = options.sizes.split(",")
    for size in sizes:
        if size not in SIZES:
            parser.error(f"--sizes: no size '{size}'; there are {', '.join(SIZES)}")
    if options.checkpoints < 1:
        parser.error("--checkpoints: at least 1")
    try:
        results = [measure(options.dk_node, size, options.checkpoints) for size in sizes]
    except Failure as failure:
        print(f"checkpoint: {failure}", file=sys.stderr)
        return 2
    met = report(results)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"every_seconds": EVERY, "results": results}, out, indent=1)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
