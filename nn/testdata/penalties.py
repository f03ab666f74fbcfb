"""Writes penalties.json beside this file: networks trained for a few steps by torch.optim.SGD in float64, whose loss
has penalties, smoothed labels, whose weights decay apart from the gradient, or have a largest norm.

    python penalties.py        (PyTorch 2.15)
"""

import json
import pathlib

import torch
from torch import nn

from blocks import bn, build, conv, draw, flatten, linear, ln, relu, tanh

torch.manual_seed(20140615)
STEPS, RATE, BATCH, CLASSES = 4, 0.05, 6, 5
IMAGE = [conv(4, 3), bn, relu, flatten, linear(9), ln, tanh, linear(CLASSES)]


def case(name, specs=IMAGE, shape=(3, 5, 4), l1=0, l2=0, biases=False, norms=False, momentum=0, nesterov=False, decay=0, decoupled=False, max_norm=0, smoothing=0):
    net, _ = build(specs, list(shape), {})
    for p in net.parameters():
        p.data = draw(*p.shape) * 0.5 if p.dim() > 1 else 1 + draw(*p.shape) * 0.25
    is_norm = {id(p) for m in net.modules() if isinstance(m, (nn.BatchNorm2d, nn.LayerNorm)) for p in m.parameters()}
    is_bias = {id(p) for n, p in net.named_parameters() if n.endswith("bias")}
    penalised = [p for p in net.parameters() if (biases or id(p) not in is_bias) and (norms or id(p) not in is_norm)]
    limited = [p for p in net.parameters() if id(p) not in is_bias | is_norm]
    x, labels = draw(STEPS, BATCH, *shape), torch.arange(STEPS * BATCH).reshape(STEPS, BATCH) * 7 % CLASSES
    out = {
        "name": name, "layers": specs, "in": [shape[1], shape[2], shape[0]],
        "l1": l1, "l2": l2, "biases": biases, "norms": norms, "momentum": momentum, "nesterov": nesterov, "weightDecay": decay,
        "decoupled": decoupled, "maxNorm": max_norm, "smoothing": smoothing,
        "x": x.permute(0, 1, 3, 4, 2).flatten().tolist(), "labels": labels.flatten().tolist(),
        "params": [p.detach().flatten().tolist() for p in net.parameters()], "losses": [], "penalties": [],
    }
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=momentum, nesterov=nesterov, weight_decay=0 if decoupled else decay)
    criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
    net.train()
    for step in range(STEPS):
        optimiser.zero_grad()
        loss = criterion(net(x[step]), labels[step])
        parts = [l1 * sum(p.abs().sum() for p in penalised), l2 * sum(p.square().sum() for p in penalised)]
        (loss + sum(parts)).backward()
        if decoupled:
            for p in net.parameters():
                p.data.mul_(1 - RATE * decay)
        optimiser.step()
        if max_norm:
            for p in limited:
                p.data = torch.renorm(p.data, 2, 0, max_norm)
        out["losses"].append(loss.item())
        out["penalties"].append([float(part) for part in parts])
    net.eval()
    logits = net(x[0])
    out["trained"] = [p.detach().flatten().tolist() for p in net.parameters()]
    out["evaluation"] = nn.functional.cross_entropy(logits, labels[0]).item()
    return out


cases = [
    case("L1", l1=3e-2),
    case("L2", l2=2e-2, momentum=0.9),
    case("elastic net of everything", l1=1e-2, l2=3e-2, biases=True, norms=True, momentum=0.9, nesterov=True),
    case("L1 of biases too, beside weight decay", l1=1e-2, biases=True, momentum=0.9, decay=1e-1),
    case("L2 of normalisations too", l2=2e-2, norms=True),
    case("decoupled decay", decay=0.3, decoupled=True, momentum=0.9),
    case("decoupled decay and L1", l1=1e-2, decay=0.3, decoupled=True),
    case("a largest norm", max_norm=0.7, momentum=0.9),
    case("smoothed labels", smoothing=0.2),
    case("all together", l1=1e-2, l2=1e-2, max_norm=1.0, momentum=0.9, decay=1e-2, smoothing=0.1),
]
head = {"steps": STEPS, "batch": BATCH, "rate": RATE}
text = json.dumps(head)[:-1] + ',\n"cases": [\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)
