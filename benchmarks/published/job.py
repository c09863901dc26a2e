# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as a job: its descriptor, and what `dk-submit run --local` made of it."""
import json
import os
import resource
import subprocess
import tempfile
import time

from figures import GRID

SETS = {"train": "train", "test": "t10k"}
KINDS = {"features": ("images", 3), "labels": ("labels", 1)}
# Units of the hidden layers.
MODELS = {"mlp-a": (1000, 250), "mlp-thesis": (1000, 2000, 1000)}


class Failure(Exception):
    """The run could not be made; the message says why."""


def find_data(folder):
    """Paths of MNIST's four files, under the names that they are distributed with, plain or .gz."""
    found = {}
    for data_set, prefix in SETS.items():
        for kind, (word, dimensions) in KINDS.items():
            names = [f"{prefix}-{word}{dash}idx{dimensions}-ubyte{end}" for dash in "-." for end in ("", ".gz")]
            paths = [path for path in (os.path.join(folder, name) for name in names) if os.path.isfile(path)]
            if not paths:
                raise Failure(f"{folder} has none of {', '.join(names)}")
            found.setdefault(data_set, {"format": "idx"})[kind] = os.path.abspath(paths[0])
    return found


def layers(model):
    units = MODELS[model]
    dense = [{"units": count, "activation": "relu"} for count in units] + [{"units": 10, "activation": "softmax"}]
    dense[0]["input_shape"] = [784]
    return [{"Dense": each} for each in dense]


def descriptor(case, data, seed, epochs=None):
    """Batches, optimizer, model and passes are the original's; the pixels are 0 to 1."""
    grid = case.table == GRID
    return {
        "name": f"published {case.series} {case.window or ''}".strip(),
        "model": layers("mlp-thesis" if grid else "mlp-a"),
        "data": {**data, "transform": [{"min_max": {"from": [0, 255], "to": [0, 1]}}, {"one_hot": 10}]},
        "training": {
            "algorithm": case.algorithm,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "loss": "categorical_crossentropy",
            "metrics": ["accuracy"],
            "batch_size": 128 if grid else 4,
            "epochs": epochs or case.epochs,
            "workers": case.workers,
        },
        "seed": seed,
    }


def same_job(one, other):
    """Whether two descriptors say the same; what they are called and where the data lies does not count."""
    def essence(job):
        rest = {key: value for key, value in job.items() if key not in ("name", "data")}
        return {**rest, "transform": job["data"]["transform"]}
    return essence(one) == essence(other)


def outcome_of(last):
    """The figures of a job's last event. A job that failed, because its loss became infinite for one, has no
    accuracy and says why."""
    if last.get("event") not in ("finished", "failed", "cancelled"):
        raise Failure(f"the job's last event is '{last.get('event')}', so it has not ended")
    finished = last["event"] == "finished"
    return {
        "event": last["event"],
        "reason": last.get("reason"),
        "accuracy": last["test"]["accuracy"] if finished else None,
        "loss": last["test"]["loss"] if finished else None,
        "train_accuracy": (last.get("train") or {}).get("accuracy"),
        "updates": last["updates"]["applied"],
        "restarts": last["restarts"],
        "seconds": last["seconds"],
        "account": last["account"],
    }


def command(submit, path, staleness=None):
    """What runs the descriptor: the runtime, or the program beside it that makes every contribution just so late."""
    if staleness is None:
        return [submit, "--json", "run", path, "--local"]
    return [os.path.join(os.path.dirname(submit), "dk_staleness_bench"), path, "--staleness", str(staleness)]


def run(submit, job, show, staleness=None):
    """Runs the job to its end. `show` gets each event. Adds the wall and the processor time of the whole command."""
    last, started, used = {}, time.monotonic(), processor_seconds()
    with tempfile.TemporaryDirectory(prefix="dk-published-") as folder, tempfile.TemporaryFile("w+") as errors:
        path = os.path.join(folder, "job.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(job, file)
        with subprocess.Popen(command(submit, path, staleness), stdout=subprocess.PIPE, stderr=errors,
                              text=True) as process:
            for line in process.stdout:
                last = json.loads(line)
                show(last)
        errors.seek(0)
        if not last:
            raise Failure(f"{submit} ended with code {process.returncode}: {errors.read().strip()}")
    return {**outcome_of(last), "wall_seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(processor_seconds() - used, 3)}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
