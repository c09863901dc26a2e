#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of benchmarks/model/models.hpp in PyTorch, on request: lines in and out as
benchmarks/model/step_server.hpp says. `torch_steps.py THREADS`; compare.py starts it.

The same shapes, batches, optimizers and learning rate; a step as PyTorch's documentation writes it;
images in memory with their channels last, which is Keras' way and the faster one here, too. Padding
of strided convolutions is symmetric here and asymmetric in Keras; that is as much work.
"""
import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    sys.exit(f"no PyTorch for {sys.executable} ({error}): apt-get install python3-torch libopenblas0-openmp")

LEARNING_RATE = 1e-5
BATCHES = 8
CLASSES = 10
WARM_UP_SECONDS = 0.1
WARM_UP_STEPS = 3


def mlp():
    return nn.Sequential(nn.Linear(784, 1000), nn.ReLU(), nn.Linear(1000, 250), nn.ReLU(), nn.Linear(250, CLASSES))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(12 * 12 * 32, 225), nn.ReLU(), nn.Linear(225, CLASSES))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 128, batch_first=True)
        self.dense = nn.Linear(128, CLASSES)

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


def convolution(inputs, filters, size, stride):
    """Keras' BatchNormalization has momentum 0.99, which is 0.01 here, and epsilon 0.001."""
    return nn.Sequential(
        nn.Conv2d(inputs, filters, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01))


class Block(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.first = convolution(inputs, filters, 3, stride)
        self.second = convolution(filters, filters, 3, 1)
        self.shortcut = nn.Identity() if stride == 1 else convolution(inputs, filters, 1, stride)

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + self.shortcut(x))


def resnet():
    layers = [convolution(3, 16, 3, 1), nn.ReLU()]
    inputs = 16
    for filters in (16, 32, 64):
        layers += [Block(inputs, filters, 1 if filters == 16 else 2), Block(filters, filters, 1)]
        inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


MODELS = {
    "mlp": (mlp, (784,)),
    "cnn": (cnn, (1, 28, 28)),
    "lstm": (Lstm, (50, 64)),
    "resnet": (resnet, (3, 32, 32)),
}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


class Step:
    def __init__(self, case):
        model, self.way, batch = case.split("/")
        self.batch = int(batch)
        make, shape = MODELS[model]
        torch.manual_seed(7)
        self.model = make()
        self.x = [torch.rand(self.batch, *shape) for _ in range(BATCHES)]
        self.y = torch.randint(CLASSES, (BATCHES, self.batch))
        if len(shape) == 3:
            self.model = self.model.to(memory_format=torch.channels_last)
            self.x = [x.contiguous(memory_format=torch.channels_last) for x in self.x]
        self.at = 0
        if self.way == "predict":
            self.model.eval()
        else:
            self.optimizer = OPTIMIZERS[self.way](self.model.parameters(), lr=LEARNING_RATE)

    def parameters(self):
        """Without the LSTM's second bias, which Keras does not have."""
        return sum(each.numel() for name, each in self.model.named_parameters() if "bias_hh" not in name)

    def run(self):
        x, y = self.x[self.at % BATCHES], self.y[self.at % BATCHES]
        self.at += 1
        if self.way == "predict":
            with torch.inference_mode():
                functional.softmax(self.model(x), dim=1)
            return
        self.optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(self.model(x), y).backward()
        self.optimizer.step()


def run_for(step, seconds, least_steps):
    start, cpu_start = time.perf_counter(), time.process_time()
    steps, elapsed = 0, 0.0
    while elapsed < seconds or steps < least_steps:
        step.run()
        steps += 1
        elapsed = time.perf_counter() - start
    return {"samples": steps * step.batch, "seconds": elapsed, "cpu_seconds": time.process_time() - cpu_start}


def blas_libraries():
    """The files of every BLAS in this process."""
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        files = {line.split()[-1] for line in maps if "/" in line}
    return sorted(file for file in files if "blas" in file.rsplit("/", 1)[-1] and ".so" in file)


def say(**message):
    print(json.dumps(message), flush=True)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.ones(64, 64) @ torch.ones(64, 64)
    say(name=f"PyTorch {torch.__version__}", blas=blas_libraries())
    current, step = None, None
    for request in sys.stdin:
        case, seconds = request.split()
        if case != current:
            current, step = case, Step(case)
            run_for(step, WARM_UP_SECONDS, WARM_UP_STEPS)
        say(**run_for(step, float(seconds), 1), parameters=step.parameters())


if __name__ == "__main__":
    main()
