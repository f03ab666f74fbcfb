"""Writes optim.json beside this file: what torch.optim.SGD does, in float64.

    python optim.py         (PyTorch 2.15)

All cases start from the same weights and see the same twelve gradients and learning rates. The weights
after the first, the second and the last step are kept.
"""

import json
import pathlib

import torch

torch.manual_seed(20230114)
torch.set_default_dtype(torch.float64)

STEPS, SIZE = 12, 21
KEPT = (1, 2, STEPS)


def draw(*shape):
    return torch.round(torch.randn(*shape) * 1024) / 1024  # float32 holds these exactly


start, gradients = draw(SIZE), draw(STEPS, SIZE)
rates = [0.1, 0.05, 0.05, 0.2, 0.0, 0.01, 0.1, 0.1, 0.3, 0.02, 0.001, 0.1]


def case(momentum=0.0, nesterov=False, weight_decay=0.0):
    w = torch.nn.Parameter(start.clone())
    optimiser = torch.optim.SGD([w], lr=1, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
    kept = []
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = rates[step]
        w.grad = gradients[step].clone()
        optimiser.step()
        if step + 1 in KEPT:
            kept.append(w.detach().tolist())
    return {"momentum": momentum, "nesterov": nesterov, "weightDecay": weight_decay, "weights": kept}


cases = [
    case(),
    case(weight_decay=0.01),
    case(momentum=0.9),
    case(momentum=0.5, weight_decay=0.1),
    case(momentum=0.9, nesterov=True),
    case(momentum=0.99, nesterov=True, weight_decay=5e-4),
]
out = {"start": start.tolist(), "rates": rates, "gradients": gradients.tolist(), "kept": KEPT}
text = json.dumps(out)[:-1] + ',\n"cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)
