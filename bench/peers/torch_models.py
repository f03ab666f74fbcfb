"""The networks of gradlab's workloads (internal/workload) in PyTorch, and the ways to train them.

A variant is the memory layout of images with the way the step runs. Which one is fastest depends on the
network and the machine, so all of them are measured and the fastest counts.
"""

import itertools
import os
import time

import torch
from torch import nn
from torch.nn import functional

LAYOUTS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}
MODES = ("eager", "compiled")


def set_up(threads):
    """Sets the number of threads, and keeps products from being rounded to fewer bits than float32's."""
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("highest")
    torch._dynamo.config.recompile_limit = 100  # one code compiled for many networks, none left to run eagerly


def lenet(activation=nn.Tanh):
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), activation(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), activation(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))


def mlp(*widths):
    layers = []
    for fan_in, fan_out in itertools.pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 128), nn.ReLU(), nn.Linear(128, 10))


# By name: how the network is made, and the shape of a batch.
WORKLOADS = {
    "W1": (lenet, (4, 3, 32, 32)),
    "W2": (lambda: mlp(3072, 512, 256, 128, 10), (64, 3072)),
    "W3": (lambda: mlp(3072, *[512] * 6, 10), (128, 3072)),
    "W4": (cnn, (64, 3, 32, 32)),
}


def variants(shape):
    """The variants for batches of a shape, as pairs of layout and mode."""
    layouts = LAYOUTS if len(shape) == 4 else ["NCHW"]
    return list(itertools.product(layouts, MODES))


def title(layout, mode, shape):
    return f"{mode}, {layout}" if len(shape) == 4 else mode


def laid_out(x, layout):
    return x.contiguous(memory_format=LAYOUTS[layout]) if x.dim() == 4 else x


def stepper(net, layout, mode, rate=0.01):
    """Gives step(x, y): forward, backward and the update of SGD; it returns the loss, detached."""
    net.to(memory_format=LAYOUTS[layout])
    # One kernel for all parameters; on large ones PyTorch's other implementations of SGD are as fast.
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, fused=True)

    def loss_of(x, y):
        return functional.cross_entropy(net(x), y)

    if mode == "compiled":
        loss_of = torch.compile(loss_of)

    def step(x, y):
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(x, y)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def timed(call, seconds, repetitions=20):
    """Gives the seconds of a call in each of some repetitions that take so many seconds together.

    A repetition is as many calls as fit into its share, as in `gradlab bench`."""
    calls, share = 1, seconds / repetitions

    def repeat():
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - begin

    repeat()
    while (took := repeat()) < share / 2:
        calls = max(calls + 1, int(calls * min(100, 0.8 * share / took)))
    calls = max(1, round(calls * share / took))
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or (len(times) < repetitions and time.perf_counter() < end):
        times.append(repeat() / calls)
    return times


def facts():
    """What the figures depend on."""
    config = torch.__config__.show()
    lines = [line.strip(" -") for line in config.splitlines()]
    libraries = [line for line in lines if "Math Kernel Library" in line or "MKL-DNN" in line or "capability" in line]
    return {"torch": torch.__version__, "libraries": libraries, "compiler": os.environ.get("CXX", "g++")}
