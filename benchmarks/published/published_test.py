#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs no data and no built program."""
import contextlib
import io
import json
import os
import stat
import tempfile
import unittest
import xml.etree.ElementTree

import figures
import job
import plot
import published
import report

DATA = {"train": {"format": "idx"}, "test": {"format": "idx"}}
FINISHED = {
    "event": "finished", "seconds": 12.5, "restarts": 0, "account": [],
    "updates": {"applied": 6000, "duplicates_dropped": 0, "lost": 0},
    "train": {"accuracy": 0.95, "loss": 0.1}, "test": {"accuracy": 0.96, "loss": 0.2},
}
FAILED = {"event": "failed", "reason": "the loss became inf", "seconds": 3, "restarts": 0, "account": [],
          "updates": {"applied": 10, "duplicates_dropped": 0, "lost": 0}, "train": None, "test": None}


def runs_of(case, *accuracies, epochs=None):
    events = [FAILED if each is None else {**FINISHED, "test": {"accuracy": each, "loss": 0.2}} for each in accuracies]
    return [{"descriptor": job.descriptor(case, DATA, seed, epochs),
             "outcome": {**job.outcome_of(event), "wall_seconds": 14, "cpu_seconds": 20}}
            for seed, event in enumerate(events, 1)]


def every_case():
    every = list(figures.main_cases(figures.ROWS)) + list(figures.sweep_cases(figures.ROWS, figures.SWEEP_WINDOWS))
    return every + list(figures.grid_cases(figures.GRID_WINDOWS))


def main_case(name):
    return next(figures.main_cases([name]))


class Cases(unittest.TestCase):
    def test_are_four_rows_forty_windows_and_a_grid_of_twentyone(self):
        tables = [case.table for case in every_case()]
        self.assertEqual([tables.count(name) for name in (figures.MAIN, figures.SWEEP, figures.GRID)], [4, 40, 21])

    def test_mark_is_two_deviations_below_the_mean(self):
        self.assertAlmostEqual(main_case("adag").mark, 0.97392 - 2 * 0.0009)

    def test_what_collapsed_in_the_original_has_no_mark(self):
        collapsed = {(case.series, case.window) for case in every_case() if case.fault_of_the_original}
        self.assertIn(("downpour", 20), collapsed)
        self.assertIn(("aeasgd", 30), collapsed)
        self.assertNotIn(("downpour", 10), collapsed)
        self.assertFalse(any(series == "adag" for series, _ in collapsed))

    def test_elastic_force_is_the_originals_and_the_papers(self):
        cases = {case.series: case.algorithm for case in every_case() if case.window == 5}
        self.assertEqual(cases["aeasgd"], {"name": "aeasgd", "window": 5, "rho": 5, "learning_rate": 0.1})
        self.assertEqual(cases["aeasgd-beta"], {"name": "aeasgd", "window": 5, "beta": 0.9})


class Descriptor(unittest.TestCase):
    def test_is_the_originals_job(self):
        training = job.descriptor(main_case("downpour"), DATA, 3)["training"]
        self.assertEqual((training["batch_size"], training["epochs"], training["workers"]), (4, 2, 20))

    def test_of_single_has_one_worker_and_no_window(self):
        training = job.descriptor(main_case("single"), DATA, 1)["training"]
        self.assertEqual((training["algorithm"], training["workers"]), ({"name": "single"}, 1))

    def test_is_the_same_job_in_the_sweep_and_wherever_the_data_lies(self):
        swept = next(figures.sweep_cases(["adag"], [15]))
        elsewhere = {"train": {"format": "idx", "features": "b"}, "test": {"format": "idx"}}
        one = job.descriptor(main_case("adag"), DATA, 1)
        self.assertTrue(job.same_job(one, job.descriptor(swept, elsewhere, 1)))
        self.assertFalse(job.same_job(one, job.descriptor(swept, DATA, 2)))


class Data(unittest.TestCase):
    def test_is_found_plain_and_compressed(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images.idx3-ubyte",
                         "t10k-labels.idx1-ubyte.gz"):
                open(os.path.join(folder, name), "w", encoding="ascii").close()
            found = job.find_data(folder)
        self.assertTrue(found["train"]["features"].endswith("train-images-idx3-ubyte.gz"))
        self.assertTrue(found["test"]["features"].endswith("t10k-images.idx3-ubyte"))

    def test_that_is_missing_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(job.Failure, "train-images-idx3-ubyte"):
                job.find_data(folder)


class Run(unittest.TestCase):
    def submit(self, body):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "submit")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body)
        os.chmod(path, stat.S_IRWXU)
        return path

    def test_is_told_by_its_last_event(self):
        events = "\n".join(json.dumps(event) for event in ({"event": "submitted"}, FINISHED))
        seen = []
        outcome = job.run(self.submit(f"cat <<'END'\n{events}\nEND\n"), {}, seen.append)
        self.assertEqual((outcome["accuracy"], outcome["updates"], len(seen)), (0.96, 6000, 2))
        self.assertGreater(outcome["wall_seconds"], 0)

    def test_with_a_staleness_is_simulated_beside_the_runtime(self):
        self.assertEqual(job.command("bin/dk-submit", "a.json"), ["bin/dk-submit", "--json", "run", "a.json", "--local"])
        self.assertEqual(job.command("bin/dk-submit", "a.json", 0),
                         ["bin/dk_staleness_bench", "a.json", "--staleness", "0"])

    def test_that_could_not_begin_says_why(self):
        with self.assertRaisesRegex(job.Failure, "code 2: job.json:1: wrong"):
            job.run(self.submit("echo 'job.json:1: wrong' >&2; exit 2\n"), {}, print)

    def test_that_was_broken_off_is_no_result(self):
        with self.assertRaisesRegex(job.Failure, "'progress'"):
            job.outcome_of({"event": "progress"})


class Report(unittest.TestCase):
    def test_compares_the_mean_of_the_seeds_with_the_mark(self):
        case = main_case("adag")
        self.assertEqual(report.result_of(case, runs_of(case, 0.974, 0.973))["verdict"], "reached")
        self.assertEqual(report.result_of(case, runs_of(case, 0.974, 0.960))["verdict"], "below")

    def test_counts_a_failed_job_as_nothing_learnt(self):
        case = main_case("adag")
        result = report.result_of(case, runs_of(case, 0.974, None))
        self.assertAlmostEqual(result["ours"]["accuracy"], 0.487)
        self.assertIn("1 failed", report.table("title", [result]))

    def test_says_what_is_reduced(self):
        case = next(figures.grid_cases([10]))
        result = report.result_of(case, runs_of(case, 0.9, epochs=4))
        self.assertIn("4 of 40 epochs", report.table("title", [result]))

    def test_sets_the_columns_below_each_other(self):
        results = [report.result_of(case, runs_of(case, 0.97)) for case in figures.main_cases(figures.ROWS)]
        lines = report.table("title", results).splitlines()[2:]
        self.assertEqual(len({tuple(i for i, c in enumerate(line) if c == "|") for line in lines}), 1)


class Plot(unittest.TestCase):
    def draw(self, cases):
        results = [report.result_of(each, runs_of(each, 0.9)) for each in cases]
        return xml.etree.ElementTree.fromstring(plot.svg(results))

    def test_has_a_curve_of_ours_and_of_the_published_for_every_series(self):
        curves = list(self.draw(every_case()).iter("{http://www.w3.org/2000/svg}polyline"))
        dashed = [curve for curve in curves if curve.get("stroke-dasharray")]
        # In each of two panels: four solid and three dashed and single's two; in the grid three and three. In each
        # legend: a line of each series, and one solid and one dashed.
        self.assertEqual(len(dashed), 2 * 4 + 3 + 3)
        self.assertEqual(len(curves) - len(dashed), 2 * 5 + 3 + 2 * 5 + 3 + 3)

    def test_needs_no_sweep(self):
        self.draw(figures.main_cases(figures.ROWS))
        self.draw(figures.main_cases(["single"]))


class Arguments(unittest.TestCase):
    def refused(self, *given):
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as told:
            published.arguments(["dk-submit", *given])
        return told.getvalue()

    def test_tell_what_is_allowed(self):
        self.assertIn("--data DIR is needed", self.refused())
        self.assertIn("'easgd'; allowed, with commas: single", self.refused("--data", ".", "--rows", "easgd"))
        self.assertIn("a whole number from 1", self.refused("--data", ".", "--seeds", "0"))
        self.assertIn("goes with --grid", self.refused("--data", ".", "--epochs", "2"))
        self.assertIn("a whole number from 0", self.refused("--data", ".", "--staleness", "-"))
        self.assertIn("--rows downpour,aeasgd,adag", self.refused("--data", ".", "--staleness", "1"))
        self.assertIn("goes with --json", self.refused("--data", ".", "--resume"))

    def test_choose_the_cases(self):
        options = published.arguments(["dk-submit", "--data", ".", "--rows", "aeasgd", "--sweep", "--windows", "5,10"])
        self.assertEqual([case.series for case in published.wanted(options)],
                         ["aeasgd", "aeasgd", "aeasgd", "aeasgd-beta", "aeasgd-beta"])


if __name__ == "__main__":
    unittest.main()
