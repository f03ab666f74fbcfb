"""Writes lenet.json beside this file: the first twenty steps of a LeNet in PyTorch, in float64.

    python lenet.py         (PyTorch 2.15)

conv 6@5×5 – act – maxpool 2 – conv 16@5×5 – act – maxpool 2 – flatten – linear 120 – act – linear 84 – act
– linear 10, batch 4, SGD 0.01: the loss of every step, and the root mean square of dL/d(output) of every
layer. Images, labels and initial weights are hashes of their places, so that the test computes them too.
"""

import json
import pathlib

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
STEPS, BATCH = 20, 4
MASK = np.uint64(0xFFFFFFFF)


def hashed(tensor, count):
    """A 32-bit hash of (tensor, i) for every i below count (the finaliser of MurmurHash3)."""
    h = (np.arange(count, dtype=np.uint64) + np.uint64(tensor * 0x9E3779B1 & 0xFFFFFFFF)) & MASK
    for shift, factor in [(16, 0x85EBCA6B), (13, 0xC2B2AE35)]:
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) & MASK
    return h ^ (h >> np.uint64(16))


def unit(tensor, count):
    """Multiples of 2^-24 in [0, 1)."""
    return torch.from_numpy((hashed(tensor, count) >> np.uint64(8)).astype(np.float64) / 2**24)


def network(act):
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), act(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), act(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, 10),
    )


def run(act):
    net = network(act)
    tensor = 1
    for module in net:
        if hasattr(module, "weight"):
            fan_in = module.weight[0].numel()
            for p in (module.weight, module.bias):
                p.data = ((2 * unit(tensor, p.numel()) - 1) / np.sqrt(fan_in)).reshape(p.shape)
                tensor += 1
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01)
    steps = []
    for step in range(STEPS):
        x = unit(100 + step, BATCH * 32 * 32 * 3).reshape(BATCH, 32, 32, 3).permute(0, 3, 1, 2)
        labels = torch.from_numpy((hashed(200 + step, BATCH) % np.uint64(10)).astype(np.int64))
        outputs = []
        for module in net:
            x = module(x)
            x.retain_grad()
            outputs.append(x)
        loss = nn.functional.cross_entropy(x, labels)
        optimiser.zero_grad()
        loss.backward()
        steps.append({"loss": loss.item(), "gradRMS": [o.grad.square().mean().sqrt().item() for o in outputs]})
        optimiser.step()
    return steps


out = {"tanh": run(nn.Tanh), "sigmoid": run(nn.Sigmoid)}
parts = [f'"{name}": [\n' + ",\n".join(map(json.dumps, steps)) + "\n]" for name, steps in out.items()]
pathlib.Path(__file__).with_suffix(".json").write_text("{" + ",\n".join(parts) + "}\n")
