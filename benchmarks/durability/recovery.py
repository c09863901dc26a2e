# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss of each kind of process costs a running job: `./dk bench recovery`."""
import argparse
import json
import os
import signal
import sys
import time

from daemons import Daemons, Failure, data_of, descriptor, print_table, quantile, temporary_folder, wall

# 784-1000-250-10: 1.04 million parameters.
HIDDEN = (1000, 250)
# The last letter comes last when workers and shards are placed: the supervisor's machine gets none of them.
NODES = ("z", "a", "b", "c")
# Seconds, 95 % of the repetitions, until training runs at full strength again; and updates lost.
TARGETS = {"worker": (1.0, None), "shard": (2.0, 0), "supervisor": (3.0, 0)}
SETTLE = 1.0


def workers_of(status):
    return sum(len(executor["workers"]) for executor in status["executors"])


def settled(cluster):
    """A job whose shards have their copies, all of whose workers train."""
    job = cluster.submit(descriptor("recovery", HIDDEN, DATA, workers={"min": 1, "max": 3}, parameter_servers=1))
    job.wait_for("replicated")
    job.wait("progress of all workers", lambda event: event["event"] == "progress" and event["workers"] >= 3)
    time.sleep(SETTLE)
    job.poll()
    return job


def executor_with(job, wanted):
    for executor in job.status()["executors"]:
        if wanted(executor):
            return executor
    raise Failure(f"job {job.number} has no such executor: {json.dumps(job.status()['executors'])}")


def kill(executor):
    begun = time.time()
    os.kill(executor["pid"], signal.SIGKILL)
    return begun


def kill_worker(_, job):
    return kill(executor_with(job, lambda e: e["workers"] and not e["shards"] and not e["backups"]
                              and e["node"] != NODES[0]))


def kill_shard(_, job):
    return kill(executor_with(job, lambda e: e["shards"]))


def kill_backup(_, job):
    return kill(executor_with(job, lambda e: e["backups"]))


def kill_node(cluster, job):
    lost = executor_with(job, lambda e: e["node"] != NODES[0] and not e["shards"])["node"]
    begun = time.time()
    cluster.kill(lost)
    cluster.start(lost)
    return begun


def kill_supervisor(cluster, _):
    begun = time.time()
    cluster.kill(NODES[0])
    cluster.start(NODES[0])
    return begun


ROWS = {"worker": kill_worker, "shard": kill_shard, "backup": kill_backup, "node": kill_node,
        "supervisor": kill_supervisor}
WHAT = {"worker": "executor with workers only", "shard": "executor with a primary shard",
        "backup": "executor with a backup", "node": "node's daemon, started again at once",
        "supervisor": "supervisor's daemon, started again at once"}


def repeated_of(status):
    return sum(epoch["repeated"] for epoch in status["account"])


def repetition(cluster, row):
    job = settled(cluster)
    before = job.status()
    known = len(job.events)
    begun = ROWS[row](cluster, job)
    noticed = job.wait("word of the loss", lambda e: e["event"] in ("failure", "recovery"), known)
    # Every place is filled, and all workers train.
    back = job.wait("recovery", lambda e: e["event"] == "recovery", known)
    full = job.wait("progress of all workers", lambda e: e["event"] == "progress" and e["workers"] >= workers_of(before)
                    and wall(e) >= wall(back), known)
    after = job.status()
    figures = {
        "detected": wall(noticed) - begun,
        "recovered": wall(back) - begun,
        "action": back["action"],
        "rate": full["samples_per_second"],
        "updates_lost": after["updates"]["lost"] - before["updates"]["lost"],
        "examples_repeated": repeated_of(after) - repeated_of(before),
    }
    copies = [e for e in job.events[known:] if e["event"] == "replicated"]
    if copies:
        figures["copies"] = wall(copies[-1]) - begun
    job.cancel()
    return figures


def run_row(binary, row, repetitions):
    with temporary_folder() as folder:
        global DATA
        DATA, name = data_of(folder, 60_000)
        cluster = Daemons(binary, NODES, folder)
        try:
            runs = []
            for number in range(repetitions):
                runs.append(repetition(cluster, row))
                print(f"  {row} {number + 1}/{repetitions}: {json.dumps(runs[-1])}", file=sys.stderr)
            return {"row": row, "data": name, "runs": runs}
        finally:
            cluster.stop()


def summary(result):
    runs = result["runs"]
    detected = [run["detected"] for run in runs]
    recovered = [run["recovered"] for run in runs]
    return {"detected_p50": quantile(detected, 0.5), "detected_p95": quantile(detected, 0.95),
            "recovered_p50": quantile(recovered, 0.5), "recovered_p95": quantile(recovered, 0.95),
            "updates_lost": max(run["updates_lost"] for run in runs),
            "examples_repeated": max(run["examples_repeated"] for run in runs)}


def report(results):
    rows = [["what dies", "noticed p50", "p95", "full strength p50", "p95", "updates lost", "repeated", "target"]]
    reached = True
    for result in results:
        figures = result["summary"] = summary(result)
        target = "-"
        if result["row"] in TARGETS:
            seconds, lost = TARGETS[result["row"]]
            met = figures["recovered_p95"] <= seconds and (lost is None or figures["updates_lost"] <= lost)
            target = f"{seconds:.0f} s" + ("" if lost is None else f", {lost} lost") + (": met" if met else ": missed")
            reached = reached and met
        rows.append([WHAT[result["row"]]] + [f"{figures[key]:.2f} s" for key in
                    ("detected_p50", "detected_p95", "recovered_p50", "recovered_p95")] +
                    [f"<= {figures['updates_lost']}", f"<= {figures['examples_repeated']}", target])
    print_table(rows)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dk_node", help="the daemon's binary")
    parser.add_argument("--rows", default=",".join(ROWS), help="some of " + ", ".join(ROWS))
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--json", metavar="FILE", help="keep every repetition there")
    options = parser.parse_args()
    rows = options.rows.split(",")
    for row in rows:
        if row not in ROWS:
            parser.error(f"--rows: no row '{row}'; there are {', '.join(ROWS)}")
    if options.repetitions < 1:
        parser.error("--repetitions: at least 1")
    try:
        results = [run_row(options.dk_node, row, options.repetitions) for row in rows]
    except Failure as failure:
        print(f"recovery: {failure}", file=sys.stderr)
        return 2
    reached = report(results)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"nodes": len(NODES), "results": results}, out, indent=1)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
