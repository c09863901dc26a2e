#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole steps of the same models here and in PyTorch, in turns on the same machine.

Two processes stay alive, so that starting them is not measured. Case after case they take turns,
round after round; who begins alternates. What counts is the ratio of a round: both sides of it met
the same load. The ratio in CPU time says the same on a busy machine, with one thread. Both have as many threads, from OpenMP's OpenBLAS where that is installed.
"""
import argparse
import glob
import json
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Side:
    """A process that measures steps on request (benchmarks/model/step_server.hpp)."""

    def __init__(self, command, environment):
        self.command = command
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare: {' '.join(self.command)} ended with code {self.process.wait()}")
        return json.loads(line)

    def measure(self, case, seconds):
        self.process.stdin.write(f"{case} {seconds}\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def environment_with(threads):
    """Each of the variables binds a library that the others do not."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    folders = glob.glob("/usr/lib/*/openblas-openmp")
    if folders:
        known = environment.get("LD_LIBRARY_PATH")
        environment["LD_LIBRARY_PATH"] = ":".join(folders + ([known] if known else []))
    return environment


def refuse_reference_blas(libraries):
    slow = [file for file in libraries if "/blas/" in file]
    if slow:
        sys.exit(f"compare: PyTorch multiplies with {slow[0]}, the reference BLAS, some 20 times slower than "
                 "OpenBLAS; the comparison would be worthless: apt-get install libopenblas0-openmp")


def compare_case(case, ours, theirs, options):
    slices = {ours: [], theirs: []}
    for number in range(options.rounds):
        for side in (ours, theirs) if number % 2 == 0 else (theirs, ours):
            slices[side].append(side.measure(case, options.seconds))
    counts = [slices[side][0]["parameters"] for side in (ours, theirs)]
    if counts[0] != counts[1]:
        sys.exit(f"compare: {case} learns {counts[0]} numbers here and {counts[1]} there: not the same model")
    result = {"case": case, "parameters": counts[0]}
    for ratio, per in (("ratio", "seconds"), ("cpu_ratio", "cpu_seconds")):
        rates = [[each["samples"] / each[per] for each in slices[side]] for side in (ours, theirs)]
        ratios = [mine / other for mine, other in zip(*rates)]
        result[ratio] = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
        if per == "seconds":
            result["ours"], result["peer"] = rates
    return result


def row(result):
    ratio = result["ratio"]
    span = f"[{ratio['min']:.2f}, {ratio['max']:.2f}]"
    return (f"{result['case']:<20}{statistics.median(result['ours']):>12.0f}"
            f"{statistics.median(result['peer']):>12.0f}"
            f"{ratio['median']:>8.2f}  {span:<15}"
            f"{result['cpu_ratio']['median']:>9.2f}")


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        model = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    return {"processor": model.group(1) if model else os.uname().machine, "cores": os.cpu_count()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", metavar="DK_COMPUTE_BENCH", help="the built program")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, help="5, or 2 with --quick")
    parser.add_argument("--seconds", type=float, help="of each measurement; 0.5, or 0.1 with --quick")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only cases like this: '^cnn/adam'")
    parser.add_argument("--quick", action="store_true", help="a short run, for a first look")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (0.1 if options.quick else 0.5)
    if options.threads < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--threads, --rounds and --seconds are above 0")

    environment = environment_with(options.threads)
    theirs = Side([sys.executable, os.path.join(HERE, "torch_steps.py"), str(options.threads)], environment)
    refuse_reference_blas(theirs.facts["blas"])
    ours = Side([options.ours, "--serve", "--threads", str(options.threads)], environment)
    cases = [case for case in ours.facts["cases"] if re.search(options.filter, case)]
    if not cases:
        sys.exit(f"compare: no case like '{options.filter}'; there are {', '.join(ours.facts['cases'])}")

    load_before = os.getloadavg()
    print(f"{theirs.facts['name']} with {', '.join(theirs.facts['blas']) or 'a BLAS of its own'}; "
          f"threads: {options.threads}; rounds: {options.rounds}; load: {load_before[0]:.1f}")
    print("samples/s, medians of the rounds; a ratio above 1: ours is faster")
    print(f"{'model/step/batch':<20}{'ours':>12}{'PyTorch':>12}{'ratio':>8}  {'[min, max]':<15}{'CPU time':>9}",
          flush=True)
    results = []
    for case in cases:
        results.append(compare_case(case, ours, theirs, options))
        print(row(results[-1]), flush=True)
    ours.end()
    theirs.end()
    if options.json:
        figures = {
            "benchmark": "compute", "machine": machine(), "peer": theirs.facts, "threads": options.threads,
            "rounds": options.rounds, "seconds": options.seconds,
            "load": {"before": load_before[0], "after": os.getloadavg()[0]}, "cases": results,
        }
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
