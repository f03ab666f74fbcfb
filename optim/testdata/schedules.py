"""Writes schedules.json beside this file: learning rates of torch.optim.lr_scheduler, one per step.

    python schedules.py     (PyTorch 2.15)

A warm-up over W steps is LinearLR from 1/W to 1 over W − 1 of its steps. Before the cosine it is put by
SequentialLR, so that the cosine begins behind it; with the steps of StepLR, which count epochs from the
beginning of training, it is chained.
"""

import json
import pathlib

import torch
from torch.optim import lr_scheduler as lr


def rates(base, steps, make):
    w = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimiser = torch.optim.SGD([w], lr=base)
    schedulers = make(optimiser)  # pairs of a scheduler and the number of steps between two of its steps
    out = []
    for step in range(steps):
        out.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        for scheduler, every in schedulers:
            if (step + 1) % every == 0:
                scheduler.step()
    return out


def warm_up(optimiser, steps):
    return lr.LinearLR(optimiser, start_factor=1 / steps, end_factor=1, total_iters=steps - 1)


def constant(base, steps, per_epoch, warm=0):
    def make(o):
        return [(warm_up(o, warm), 1)] if warm else []

    return {"name": "constant", "warmup": warm, "base": base, "perEpoch": per_epoch, "rates": rates(base, steps, make)}


def step(base, steps, per_epoch, every, factor=0.1, warm=0):
    def make(o):
        decay = (lr.StepLR(o, step_size=every, gamma=factor), per_epoch)
        return [decay, (warm_up(o, warm), 1)] if warm else [decay]

    return {
        "name": "step", "warmup": warm, "every": every, "factor": factor,
        "base": base, "perEpoch": per_epoch, "rates": rates(base, steps, make),
    }


def cosine(base, steps, per_epoch, floor=0.0, warm=0):
    def make(o):
        wave = lr.CosineAnnealingLR(o, T_max=steps - warm, eta_min=floor * base)
        if warm == 0:
            return [(wave, 1)]
        return [(lr.SequentialLR(o, [warm_up(o, warm), wave], milestones=[warm]), 1)]

    return {"name": "cosine", "warmup": warm, "floor": floor, "base": base, "perEpoch": per_epoch, "rates": rates(base, steps, make)}


cases = [
    constant(0.01, 10, 5),
    constant(0.1, 12, 4, warm=5),
    step(0.1, 30, 5, every=2),
    step(0.05, 24, 3, every=1, factor=0.5),
    step(0.1, 30, 5, every=2, factor=0.3, warm=7),
    cosine(0.1, 25, 5),
    cosine(0.01, 24, 6, floor=0.1),
    cosine(0.1, 30, 10, warm=6),
    cosine(0.3, 31, 10, floor=0.05, warm=2),
]
pathlib.Path(__file__).with_suffix(".json").write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
