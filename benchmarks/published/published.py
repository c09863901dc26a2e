#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs again what dist-keras published about MNIST, and prints both side by side.

Every run is a job of its own, in one process with as many workers as the original had. Without a switch the main rows
are run; --sweep and --grid add to them. Jobs that two tables share are run once.
"""
import argparse
import json
import os
import re
import sys
import time

import figures
import job
import plot
import report


def listed(allowed, convert=str):
    def read(text):
        try:
            values = [convert(item) for item in text.split(",") if item]
        except ValueError:
            values = [None]
        wrong = [item for item in values if item not in allowed]
        if wrong or not values:
            raise argparse.ArgumentTypeError(f"'{text}'; allowed, with commas: {', '.join(map(str, allowed))}")
        return values
    return read


def whole_number(least):
    def read(text):
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text}'; allowed: a whole number from {least}")
        return int(text)
    return read


from_zero, from_one = whole_number(0), whole_number(1)


def arguments(given=None):
    windows = sorted(set(figures.SWEEP_WINDOWS + figures.GRID_WINDOWS))
    parser = argparse.ArgumentParser(prog="./dk bench published", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("submit", metavar="DK_SUBMIT", help="the built program; ./dk gives it")
    parser.add_argument("--data", metavar="DIR", help="MNIST in IDX files, plain or .gz, named as usual")
    parser.add_argument("--rows", type=listed(figures.ROWS), default=list(figures.ROWS), metavar="NAME,...",
                        help="only these trainers: %(default)s")
    parser.add_argument("--sweep", action="store_true", help="windows from 5 to 50, 40 jobs")
    parser.add_argument("--grid", action="store_true", help="the thesis' AGN runs with 10, 20 and 40 workers, 21 jobs")
    parser.add_argument("--windows", type=listed(windows, int), default=windows, metavar="N,...",
                        help="only these windows of --sweep and --grid")
    parser.add_argument("--epochs", type=from_one, metavar="N",
                        help="fewer than the original's 40 in --grid: the table says so")
    parser.add_argument("--seeds", type=from_one, default=1, metavar="N", help="runs of each case, with seeds 1 to N")
    parser.add_argument("--staleness", type=from_zero, metavar="N",
                        help="simulate in one thread, with every contribution exactly N contributions late")
    parser.add_argument("--json", metavar="FILE", help="every run with its descriptor and outcome, and the tables")
    parser.add_argument("--resume", action="store_true", help="keep the runs that are in the --json file")
    parser.add_argument("--svg", metavar="FILE", help="accuracy over the window")
    options = parser.parse_args(given)
    if options.data is None:
        parser.error("--data DIR is needed: MNIST as train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                     "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz")
    if options.epochs and not options.grid:
        parser.error("--epochs goes with --grid")
    if options.staleness is not None and "single" in options.rows:
        parser.error("--staleness goes with workers that exchange: --rows downpour,aeasgd,adag or some of these")
    if options.resume and not options.json:
        parser.error("--resume goes with --json")
    return options


def wanted(options):
    cases = list(figures.main_cases(options.rows))
    if options.sweep:
        cases += figures.sweep_cases(options.rows, options.windows)
    if options.grid:
        cases += figures.grid_cases(options.windows)
    return cases


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        model = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    return {"processor": model.group(1) if model else os.uname().machine, "cores": os.cpu_count(),
            "load": os.getloadavg()[0]}


def progress(name):
    """Shows how far a job is, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda event: None

    def show(event):
        if event.get("event") == "progress" and event["samples_total"]:
            share = 100 * event["samples_done"] / event["samples_total"]
            rate = event["samples_per_second"]
            print(f"\r{name:<32}{share:4.0f} % {rate:8.0f} samples/s", end="\033[K", file=sys.stderr, flush=True)
    return show


class Results:
    """The runs so far, in the --json file after every one of them."""

    def __init__(self, options):
        self.options = options
        self.runs = []
        if options.resume and os.path.exists(options.json):
            with open(options.json, encoding="utf-8") as file:
                self.runs = json.load(file)["runs"]
        self.known = len(self.runs)

    def run(self, case, data, seed):
        epochs = self.options.epochs if case.table == figures.GRID else None
        descriptor = job.descriptor(case, data, seed, epochs)
        for run in self.runs:
            if run.get("staleness") == self.options.staleness and job.same_job(run["descriptor"], descriptor):
                return run
        name = f"{descriptor['name']}, {case.workers} workers, seed {seed}"
        load = os.getloadavg()[0]
        outcome = job.run(self.options.submit, descriptor, progress(name), self.options.staleness)
        run = {"descriptor": descriptor, "staleness": self.options.staleness, "load": load, "outcome": outcome}
        self.runs.append(run)
        accuracy = outcome["reason"] if outcome["accuracy"] is None else f"{outcome['accuracy']:.4f}"
        print(f"{name:<46}{accuracy:>8}{outcome['updates']:>7} updates {outcome['seconds']:7.1f} s", flush=True)
        self.write([])
        return run

    def write(self, tables):
        if not self.options.json:
            return
        replaced = self.options.json + ".new"
        with open(replaced, "w", encoding="utf-8") as file:
            json.dump({"benchmark": "published", "machine": machine(), "runs": self.runs, "tables": tables}, file,
                      indent=1)
            file.write("\n")
        os.replace(replaced, self.options.json)


def main():
    options = arguments()
    started = time.monotonic()
    try:
        data = job.find_data(options.data)
        results = Results(options)
        if results.known:
            print(f"{results.known} runs are in {options.json}")
        tables = [report.result_of(case, [results.run(case, data, seed + 1) for seed in range(options.seeds)])
                  for case in wanted(options)]
        results.write(tables)
        if options.svg:
            with open(options.svg, "w", encoding="utf-8") as file:
                file.write(plot.svg(tables))
    except (job.Failure, OSError) as failure:
        sys.exit(f"published: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    print()
    if options.staleness is not None:
        print(f"Simulated in one thread, every contribution {options.staleness} contributions late\n")
    report.print_tables(tables)
    print(f"{time.monotonic() - started:.0f} s in all")
    sys.exit(1 if any(result["verdict"] == "below" for result in tables) else 0)


if __name__ == "__main__":
    main()
