# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether anybody is taken for dead on a machine that is as busy as can be: `./dk bench quiet`."""
import argparse
import json
import os
import re
import subprocess
import sys
import time

from daemons import ENDS, Daemons, Failure, data_of, descriptor, print_table, temporary_folder

NODES = ("z", "a", "b", "c")
HIDDEN = (1000, 250)
# What the daemons and executors log when a link or a peer counts as lost.
LOST = re.compile(r"is lost|lost the supervisor|link lost|does not answer", re.IGNORECASE)


def loopback_bytes():
    with open("/proc/net/dev", encoding="ascii") as lines:
        for line in lines:
            if line.strip().startswith("lo:"):
                return int(line.split(":")[1].split()[0])
    return 0


def burn():
    """A process that wants a core all the time, at nice 0."""
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


def watch(cluster, job, minutes):
    """Everything that looks like a loss, until the time is over."""
    alarms, slowest = set(), 0.0
    begun, told = time.monotonic(), time.monotonic()
    while time.monotonic() - begun < 60 * minutes:
        asked = time.monotonic()
        alarms.update(f"node {name} is {state}" for name, state in cluster.nodes().items() if state != "alive")
        slowest = max(slowest, time.monotonic() - asked)
        job.poll()
        if any(event["event"] in ENDS for event in job.events):
            raise Failure(f"job {job.number} has ended: {json.dumps(job.events[-1])}")
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"  {(told - begun) / 60:.0f} of {minutes:g} minutes, {len(alarms)} alarms", file=sys.stderr)
        time.sleep(0.5)
    alarms.update(json.dumps(event) for event in job.events if event["event"] in ("failure", "recovery", "reissued"))
    return sorted(alarms), slowest


def logged(folder):
    """Lines of the daemons' and executors' logs that speak of a loss."""
    found = []
    for name in NODES:
        with open(os.path.join(folder, name, "log"), encoding="utf-8", errors="replace") as lines:
            found += [f"{name}: {line.strip()}" for line in lines if LOST.search(line)]
    return found


def run(binary, minutes, burners):
    with temporary_folder() as folder:
        data, _ = data_of(folder, 60_000)
        cluster = Daemons(binary, NODES, folder)
        busy = []
        try:
            # Each mini-batch is exchanged, so the wire is never idle.
            job = cluster.submit(descriptor("quiet", HIDDEN, data, algorithm={"name": "adag", "window": 1},
                                            workers={"min": 1, "max": 4}, parameter_servers=2))
            job.wait_for("replicated")
            busy = [burn() for _ in range(burners)]
            wire = loopback_bytes()
            alarms, slowest = watch(cluster, job, minutes)
            wire = loopback_bytes() - wire
            alarms += logged(folder)
            samples = [event["samples_per_second"] for event in job.events if event["event"] == "progress"
                       and "samples_per_second" in event]
            job.cancel()
            return {"minutes": minutes, "burners": burners, "alarms": alarms, "slowest_answer_seconds": slowest,
                    "loopback_mb_per_second": wire / 1e6 / (60 * minutes),
                    "samples_per_second": samples[-1] if samples else 0}
        finally:
            for process in busy:
                process.kill()
                process.wait()
            cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dk_node", help="the daemon's binary")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--burners", type=int, default=2 * (os.cpu_count() or 1), help="processes that only burn time")
    parser.add_argument("--json", metavar="FILE", help="keep the result there")
    options = parser.parse_args()
    if options.minutes <= 0 or options.burners < 0:
        parser.error("--minutes: more than 0; --burners: at least 0")
    try:
        result = run(options.dk_node, options.minutes, options.burners)
    except Failure as failure:
        print(f"quiet: {failure}", file=sys.stderr)
        return 2
    print_table([["minutes", "burners", "exchanges", "training", "slowest answer", "taken for dead"],
                 [f"{result['minutes']:g}", str(options.burners), f"{result['loopback_mb_per_second']:.0f} MB/s",
                  f"{result['samples_per_second']:.0f} samples/s", f"{result['slowest_answer_seconds']:.2f} s",
                  str(len(result["alarms"]))]])
    for alarm in result["alarms"]:
        print("  " + alarm)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(result, out, indent=1)
    return 0 if not result["alarms"] else 1


if __name__ == "__main__":
    sys.exit(main())
