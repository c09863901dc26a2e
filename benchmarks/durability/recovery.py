# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss of each kind of process costs a running job: `./dk bench recovery`."""
import argparse
import contextlib
import json
import os
import signal
import sys
import time

import network
from daemons import Daemons, Failure, data_of, descriptor, print_table, quantile, temporary_folder, wall

# 784-1000-250-10: 1.04 million parameters.
HIDDEN = (1000, 250)
# The last letter comes last when workers and shards are placed: the supervisor's machine gets none of them.
NODES = ("z", "a", "b", "c")
# Seconds, 95 % of the repetitions, until it is noticed or training runs at full strength again; and updates lost.
TARGETS = {"worker": ("recovered", 1.0, None), "shard": ("recovered", 2.0, 0), "supervisor": ("recovered", 3.0, 0),
           "takeover": ("recovered", 8.0, 0), "partition": ("detected", 3.0, None)}
SETTLE = 1.0
# Runs that nobody disturbs, for their accuracy.
UNDISTURBED = 5


def workers_of(status):
    return sum(len(executor["workers"]) for executor in status["executors"])


def settled(cluster, data, epochs):
    """A job whose shards have their copies, all of whose workers train."""
    job = cluster.submit(descriptor("recovery", HIDDEN, data, workers={"min": 1, "max": 3}, parameter_servers=1,
                                    epochs=epochs))
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


def lose_supervisor(cluster, _):
    begun = time.time()
    cluster.kill(NODES[0])
    return begun


def cut_off(cluster, job):
    """The machine of the primary shard; it comes back when the job has recovered."""
    cluster.lost = executor_with(job, lambda e: e["shards"])["node"]
    begun = time.time()
    cluster.network.cut(cluster.lost)
    return begun


ROWS = {"worker": kill_worker, "shard": kill_shard, "backup": kill_backup, "node": kill_node,
        "supervisor": kill_supervisor, "takeover": lose_supervisor, "partition": cut_off}
WHAT = {"worker": "executor with workers only", "shard": "executor with a primary shard",
        "backup": "executor with a backup", "node": "node's daemon, started again at once",
        "supervisor": "supervisor's daemon, started again at once",
        "takeover": "supervisor's daemon for good: a standby takes over",
        "partition": "a primary shard's machine is cut off"}


def ended(job):
    """How the job ends."""
    outcome = job.wait_for("finished")
    return {"updates_lost": outcome["updates"]["lost"],
            "examples_repeated": sum(epoch["repeated"] for epoch in outcome["account"]),
            "accuracy": outcome["test"]["accuracy"]}


def undisturbed(cluster, data, epochs):
    return ended(settled(cluster, data, epochs))


def rejoin(cluster):
    """Seconds until the machine that was cut off belongs to the cluster again."""
    begun = time.time()
    cluster.network.heal(cluster.lost)
    while cluster.nodes()[cluster.lost] != "alive":
        if time.time() - begun > 60:
            raise Failure(f"{cluster.lost} does not come back")
        time.sleep(0.05)
    return time.time() - begun


def repetition(cluster, row, data, epochs):
    job = settled(cluster, data, epochs)
    wanted = workers_of(job.status())
    known = len(job.events)
    begun = ROWS[row](cluster, job)
    noticed = job.wait("word of the loss", lambda e: e["event"] in ("failure", "recovery", "supervisor_changed"), known)
    # Every place is filled, and all workers train.
    back = job.wait("recovery", lambda e: e["event"] == "recovery", known)
    full = job.wait("progress of all workers", lambda e: e["event"] == "progress" and e["workers"] >= wanted
                    and wall(e) >= wall(back), known)
    figures = {"detected": wall(noticed) - begun, "recovered": wall(back) - begun, "action": back["action"],
               "rate": full["samples_per_second"]}
    if row == "partition":
        figures["rejoined"] = rejoin(cluster)
    figures.update(ended(job))
    copies = [e for e in job.events[known:] if e["event"] == "replicated"]
    if copies:
        figures["copies"] = wall(copies[-1]) - begun
    return figures


def together(cluster, count):
    """Waits until so many candidates vote."""
    begun = time.time()
    while len(cluster.voters()) < count:
        if time.time() - begun > 60:
            raise Failure(f"only {cluster.voters()} vote")
        time.sleep(0.05)


@contextlib.contextmanager
def daemons_for(binary, row):
    with temporary_folder() as folder, contextlib.ExitStack() as machines:
        wires = machines.enter_context(network.Network(NODES)) if row == "partition" else None
        cluster = Daemons(binary, NODES, folder, network=wires, standbys=NODES[1:3] if row == "takeover" else ())
        try:
            if row == "takeover":
                together(cluster, 3)
            yield cluster
        finally:
            cluster.stop()


def run_row(binary, row, repetitions, epochs):
    runs, name = [], None
    # A supervisor that is gone for good is so for all jobs that follow.
    for count in [1] * repetitions if row == "takeover" else [repetitions]:
        with daemons_for(binary, row) as cluster:
            data, name = data_of(cluster.folder, 60_000)
            for _ in range(count):
                run = repetition(cluster, row, data, epochs) if row else undisturbed(cluster, data, epochs)
                runs.append(run)
                print(f"  {row or 'undisturbed'} {len(runs)}/{repetitions}: {json.dumps(run)}", file=sys.stderr)
    return {"row": row, "data": name, "runs": runs}


def spread(runs):
    """Smallest and largest test accuracy."""
    return [min(run["accuracy"] for run in runs), max(run["accuracy"] for run in runs)]


def in_percent(accuracies):
    return f"{100 * accuracies[0]:.1f}-{100 * accuracies[1]:.1f} %"


def summary(result):
    runs = result["runs"]
    detected = [run["detected"] for run in runs]
    recovered = [run["recovered"] for run in runs]
    return {"detected_p50": quantile(detected, 0.5), "detected_p95": quantile(detected, 0.95),
            "recovered_p50": quantile(recovered, 0.5), "recovered_p95": quantile(recovered, 0.95),
            "updates_lost": max(run["updates_lost"] for run in runs),
            "examples_repeated": max(run["examples_repeated"] for run in runs),
            "accuracy": spread(runs)}


def report(results, usual):
    rows = [["what dies", "noticed p50", "p95", "full strength p50", "p95", "updates lost", "repeated", "accuracy",
             "target"]]
    reached = True
    for result in results:
        figures = result["summary"] = summary(result)
        target = "-"
        if result["row"] in TARGETS:
            what, seconds, lost = TARGETS[result["row"]]
            met = figures[what + "_p95"] <= seconds and (lost is None or figures["updates_lost"] <= lost)
            target = ("noticed " if what == "detected" else "") + f"{seconds:.0f} s" + ("" if lost is None else f", {lost} lost") + (": met" if met else ": missed")
            reached = reached and met
        rows.append([WHAT[result["row"]]] + [f"{figures[key]:.2f} s" for key in
                    ("detected_p50", "detected_p95", "recovered_p50", "recovered_p95")] +
                    [f"<= {figures['updates_lost']}", f"<= {figures['examples_repeated']}",
                     in_percent(figures["accuracy"]), target])
    rows.append(["nothing"] + ["-"] * 4 + ["0", "0", in_percent(spread(usual["runs"])), "-"])
    print_table(rows)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dk_node", help="the daemon's binary")
    parser.add_argument("--rows", default=",".join(ROWS), help="some of " + ", ".join(ROWS))
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=2, help="of each job, which is seen to its end")
    parser.add_argument("--json", metavar="FILE", help="keep every repetition there")
    options = parser.parse_args()
    rows = options.rows.split(",")
    for row in rows:
        if row not in ROWS:
            parser.error(f"--rows: no row '{row}'; there are {', '.join(ROWS)}")
    if options.repetitions < 1 or options.epochs < 1:
        parser.error("--repetitions and --epochs: at least 1")
    if "partition" in rows and not network.allowed():
        print("recovery: no network namespaces can be made here (as root they can); without the row 'partition'",
              file=sys.stderr)
        rows.remove("partition")
    try:
        usual = run_row(options.dk_node, None, min(UNDISTURBED, options.repetitions), options.epochs)
        results = [run_row(options.dk_node, row, options.repetitions, options.epochs) for row in rows]
    except Failure as failure:
        print(f"recovery: {failure}", file=sys.stderr)
        return 2
    reached = report(results, usual)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"nodes": len(NODES), "undisturbed": usual, "results": results}, out, indent=1)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
