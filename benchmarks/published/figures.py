# SPDX-License-Identifier: GPL-3.0-or-later
"""What dist-keras and its author published about MNIST, and the runs that repeat it.

Main rows and sweep: the MNIST notebook of 2017-01-23, 20 workers, batches of 4, Adam, "1 epoch" on a YARN cluster. That
version visited the data twice in an epoch (its servers counted twice the updates), so a run here has two. Main rows are
means of five runs, with their standard deviation; a point of the sweep is one run.

Grid: Hermans, "On Scalable Deep Learning and Parallelizing Gradient Descent" (Maastricht 2017), AGN, which dist-keras
calls ADAG: accuracy on the test set after 40 epochs in batches of 128.
"""
import dataclasses

MAIN, SWEEP, GRID = "main", "sweep", "grid"
ROWS = ("single", "downpour", "aeasgd", "adag")
SWEEP_WINDOWS = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50)
GRID_WORKERS = (10, 20, 40)
GRID_WINDOWS = (10, 15, 20, 25, 30, 35, 40)
# Below this a run of the original had learnt nothing, or forgotten it again.
COLLAPSED = 0.9


@dataclasses.dataclass(frozen=True)
class Figure:
    """A published accuracy (a share from 0 to 1) with what else was told about it."""
    accuracy: float
    std: float = None  # of single runs around the mean
    seconds: float = None
    updates: int = None


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of a table: a job, and what the original published of it."""
    table: str
    series: str  # who is drawn and told together
    algorithm: dict
    workers: int
    published: Figure
    epochs: int = 2

    @property
    def window(self):
        return self.algorithm.get("window")

    @property
    def fault_of_the_original(self):
        return self.published.accuracy < COLLAPSED

    @property
    def mark(self):
        """The accuracy that has to be reached: the published mean less two published deviations; None without."""
        if self.fault_of_the_original or self.published.std is None:
            return None
        return self.published.accuracy - 2 * self.published.std


MAIN_FIGURES = {
    "single": Figure(0.96302, 0.0020, 981.29),
    "downpour": Figure(0.96406, 0.0043, 251.40, 6016),
    "aeasgd": Figure(0.94876, 0.0055, 89.64, 841),
    "adag": Figure(0.97392, 0.0009, 136.84, 2016),
}
MAIN_WINDOWS = {"single": None, "downpour": 5, "aeasgd": 35, "adag": 15}

SWEEP_ACCURACY = {
    "adag": (.9728, .9764, .9729, .9683, .9659, .9641, .9591, .9567, .9533, .9498),
    "downpour": (.9648, .9441, .2932, .0958, .2697, .0974, .0974, .6233, .1944, .1009),
    "aeasgd": (.098, .098, .098, .098, .098, .1237, .9447, .9551, .9562, .9557),
}
SWEEP_SECONDS = {
    "adag": (273.6, 160.7, 226.3, 185.1, 134.7, 136.8, 131.4, 146.3, 97.7, 112.0),
    "downpour": (254.2, 151.2, 154.5, 187.7, 122.6, 128.1, 123.4, 147.4, 130.2, 107.0),
    "aeasgd": (231.4, 139.4, 192.6, 102.3, 112.7, 105.3, 114.9, 168.5, 77.9, 94.6),
}

GRID_ACCURACY = {
    10: (.9843, .9854, .9861, .9852, .9850, .9842, .9843),
    20: (.9836, .9845, .9847, .9845, .9849, .9844, .9834),
    40: (.9555, .9725, .9840, .9839, .9845, .9832, .9818),
}
GRID_SECONDS = {
    10: (1066.08, 864.01, 886.34, 855.51, 886.01, 850.87, 845.21),
    20: (839.94, 571.17, 432.93, 479.72, 433.36, 418.83, 434.86),
    40: (748.94, 506.25, 383.51, 308.15, 351.54, 279.30, 257.62),
}

# dist-keras' elastic force, alpha = rho * learning_rate = 0.5 for any number of workers, and the EASGD paper's.
ORIGINAL_ELASTIC = {"rho": 5, "learning_rate": 0.1}
PAPER_ELASTIC = {"beta": 0.9}


def algorithm(name, window, **parameters):
    return {"name": name, **({} if window is None else {"window": window}), **parameters}


def main_cases(rows):
    for row in rows:
        elastic = ORIGINAL_ELASTIC if row == "aeasgd" else {}
        yield Case(MAIN, row, algorithm(row, MAIN_WINDOWS[row], **elastic), 1 if row == "single" else 20,
                   MAIN_FIGURES[row])


def sweep_cases(rows, windows):
    """The deviation of one run is that of the trainer's main row."""
    for row in (row for row in rows if row in SWEEP_ACCURACY):
        variants = [(row, {})]
        if row == "aeasgd":
            variants = [(row, ORIGINAL_ELASTIC), ("aeasgd-beta", PAPER_ELASTIC)]
        for series, parameters in variants:
            for window, accuracy, seconds in zip(SWEEP_WINDOWS, SWEEP_ACCURACY[row], SWEEP_SECONDS[row]):
                if window in windows:
                    figure = Figure(accuracy, MAIN_FIGURES[row].std, seconds)
                    yield Case(SWEEP, series, algorithm(row, window, **parameters), 20, figure)


def grid_cases(windows):
    for workers in GRID_WORKERS:
        for window, accuracy, seconds in zip(GRID_WINDOWS, GRID_ACCURACY[workers], GRID_SECONDS[workers]):
            if window in windows:
                yield Case(GRID, f"n={workers}", algorithm("adag", window), workers,
                           Figure(accuracy, None, seconds), 40)
