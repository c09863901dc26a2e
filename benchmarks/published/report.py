# SPDX-License-Identifier: GPL-3.0-or-later
"""Published and ours side by side: the verdicts and the table."""
import statistics

from figures import GRID, MAIN, SWEEP

TITLES = {
    MAIN: "Main rows: batches of 4, two passes; published is the mean of five runs",
    SWEEP: "Window sweep: the same with other windows; published is one run",
    GRID: "Thesis, AGN: batches of 128; published is one run of 40 epochs",
}
HEADING = ["series", "window", "accuracy", "std", "updates", "seconds",
           "accuracy", "std", "updates", "seconds", "CPU s", "at least", ""]


def result_of(case, runs):
    """What the runs of a case come to. A run that failed counts with the accuracy 0."""
    accuracies = [run["outcome"]["accuracy"] or 0.0 for run in runs]
    outcomes = [run["outcome"] for run in runs]

    def mean(key):
        return statistics.fmean(outcome[key] for outcome in outcomes)
    ours = {
        "accuracy": statistics.fmean(accuracies),
        "std": statistics.stdev(accuracies) if len(runs) > 1 else None,
        "runs": accuracies,
        "failures": [outcome["reason"] for outcome in outcomes if outcome["accuracy"] is None],
        "updates": mean("updates"), "seconds": mean("seconds"), "cpu_seconds": mean("cpu_seconds"),
    }
    published = case.published
    return {
        "table": case.table, "series": case.series, "window": case.window, "workers": case.workers,
        "epochs": runs[0]["descriptor"]["training"]["epochs"], "epochs_published": case.epochs,
        "published": {"accuracy": published.accuracy, "std": published.std, "seconds": published.seconds,
                      "updates": published.updates},
        "ours": ours, "mark": case.mark, "verdict": verdict(case, runs, ours),
    }


def verdict(case, runs, ours):
    """`reached` or `below` the mark; `reduced` with fewer epochs; `collapsed there` or `unmarked` without a mark."""
    if runs[0]["descriptor"]["training"]["epochs"] < case.epochs:
        return "reduced"
    if case.mark is None:
        return "collapsed there" if case.fault_of_the_original else "unmarked"
    return "reached" if ours["accuracy"] >= case.mark else "below"


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def cells(result):
    published, ours = result["published"], result["ours"]
    failed = f", {len(ours['failures'])} failed" if ours["failures"] else ""
    reduced = f", {result['epochs']} of {result['epochs_published']} epochs" if result["verdict"] == "reduced" else ""
    return [result["series"], number(result["window"], 0),
            number(published["accuracy"], 4), number(published["std"], 4), number(published["updates"], 0),
            number(published["seconds"], 0),
            number(ours["accuracy"], 4), number(ours["std"], 4), number(ours["updates"], 0),
            number(ours["seconds"], 0), number(ours["cpu_seconds"], 0),
            number(result["mark"], 4), result["verdict"] + failed + reduced]


def table(title, results):
    """Aligned columns, published left of `|`, ours right of it."""
    lines = [HEADING] + [cells(result) for result in results]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADING))]

    def text(line):
        padded = [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1])]
        return "  | ".join("  ".join(part) for part in (padded[:2], padded[2:6], padded[6:] + [line[-1]]))
    lines = [text(line).rstrip() for line in lines]
    bars = [place for place, character in enumerate(lines[0]) if character == "|"]
    above = " " * (bars[0] + 2) + "published".ljust(bars[1] - bars[0]) + "ours"
    return "\n".join([title, above] + lines)


def print_tables(results):
    for name, title in TITLES.items():
        of_table = [result for result in results if result["table"] == name]
        if of_table:
            print(table(title, of_table) + "\n", flush=True)
