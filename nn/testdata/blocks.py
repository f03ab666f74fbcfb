"""Writes blocks.json beside this file: networks with normalisation, residual blocks and dropout, trained for three
steps by torch.optim.SGD in float64, and then evaluated. Masks of dropout are drawn here as package rng says.

    python blocks.py        (PyTorch 2.15)

Images are stored as [sample, height, width, channel] and parameters in PyTorch's own layouts, those of a
block's layers before those of its projection. Inputs are multiples of 1/1024, which float32 holds exactly.
"""

import hashlib
import json
import pathlib
import struct

import torch
from torch import nn

torch.manual_seed(20230114)
torch.set_default_dtype(torch.float64)

STEPS, RATE, MOMENTUM, BATCH = 3, 0.05, 0.9, 6
MASK_SEED = 11


def draw(*shape):
    return torch.round(torch.randn(*shape) * 1024) / 1024


def philox(c, k):
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def halves(name, step, n):
    """The first n numbers of sixteen bits of the stream of a layer's mask."""
    purpose = b"dropout"
    digest = hashlib.sha256(struct.pack("<QQ", MASK_SEED, len(purpose)) + purpose + name.encode()).digest()
    key = list(struct.unpack("<II", digest[:8]))
    words = sum((philox([block, 0, step, 0], key) for block in range(-(-n // 8))), [])
    return torch.tensor([w >> shift & 0xFFFF for w in words for shift in (0, 16)][:n])


class Dropout(nn.Module):
    """nn.Dropout or nn.Dropout2d with a mask of our own: of samples [height, width, channels], in that order. Directly
    after flatten the order would be another one here."""

    def __init__(self, name, rate, spatial):
        super().__init__()
        self.name, self.threshold, self.spatial, self.step = name, round(rate * 65536), spatial, 0

    def forward(self, x):
        if not self.training:
            return x
        shape = list(x.shape)
        if len(shape) == 4:
            shape = [shape[0], shape[2], shape[3], shape[1]]
            if self.spatial:
                shape[1:3] = [1, 1]
        kept = halves(self.name, self.step, torch.Size(shape).numel()).reshape(shape) >= self.threshold
        if len(shape) == 4:
            kept = kept.permute(0, 3, 1, 2)
        return x * kept / (1 - self.threshold / 65536)


class Block(nn.Module):
    def __init__(self, layers, projection):
        super().__init__()
        self.layers, self.projection = layers, projection

    def forward(self, x):
        return self.layers(x) + (self.projection(x) if self.projection else x)


def build(specs, shape, counts):
    """The module of a list of layers, and the shape [channels, height, width] or [features] that it gives."""
    modules = []
    for s in specs:
        kind = s["kind"]
        if kind == "linear":
            m = nn.Linear(shape[0], s["out"], bias=not s.get("noBias", False))
        elif kind == "conv":
            m = nn.Conv2d(shape[0], s["filters"], s["kernel"], s.get("stride", 1), s.get("padding", 0), bias=not s.get("noBias", False))
        elif kind == "maxpool":
            m = nn.MaxPool2d(s["kernel"])
        elif kind == "flatten":
            m = nn.Flatten()
        elif kind == "batchnorm":
            module = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            m = module(shape[0], eps=s.get("epsilon", 1e-5), momentum=s.get("momentum", 0.1), affine=not s.get("noAffine", False))
        elif kind == "layernorm":
            m = nn.LayerNorm(shape, eps=s.get("epsilon", 1e-5), elementwise_affine=not s.get("noAffine", False))
        elif kind == "dropout":
            counts["dropout"] = counts.get("dropout", 0) + 1
            m = Dropout(f"dropout{counts['dropout']}", s["rate"], s.get("spatial", False))
        elif kind == "residual":
            inner, out = build(s["layers"], shape, counts)
            projection = None
            if out != shape and len(shape) == 1:
                projection = nn.Linear(shape[0], out[0], bias=False)
            elif out != shape:
                projection = nn.Conv2d(shape[0], out[0], 1, stride=[-(-a // b) for a, b in zip(shape[1:], out[1:])], bias=False)
            m = Block(inner, projection)
        else:
            m = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}[kind]()
        modules.append(m)
        shape = list(m.eval()(torch.zeros(1, *shape)).shape[1:])
    return nn.Sequential(*modules), shape


def case(name, specs, shape):
    net, _ = build(specs, shape, {})
    for p in net.parameters():
        p.data = draw(*p.shape) * 0.5 if p.dim() > 1 else 1 + draw(*p.shape) * 0.25
    x, labels = draw(STEPS, BATCH, *shape), torch.arange(STEPS * BATCH).reshape(STEPS, BATCH) * 7 % 5
    out = {
        "name": name, "layers": specs, "in": shape if len(shape) == 1 else [shape[1], shape[2], shape[0]],
        "x": (x.permute(0, 1, 3, 4, 2) if len(shape) == 3 else x).flatten().tolist(), "labels": labels.flatten().tolist(),
        "params": [p.detach().flatten().tolist() for p in net.parameters()],
    }
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM)
    losses = []
    for step in range(STEPS):
        net.train()
        for m in net.modules():
            if isinstance(m, Dropout):
                m.step = step
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net(x[step]), labels[step])
        loss.backward()
        if step == 0:
            out["grads"] = [p.grad.flatten().tolist() for p in net.parameters()]
        optimiser.step()
        losses.append(loss.item())
    net.eval()
    leaf = x[0].clone().requires_grad_()
    for p in net.parameters():
        p.grad = None
    logits = net(leaf)
    nn.functional.cross_entropy(logits, labels[0]).backward()
    out |= {
        "losses": losses, "trained": [p.detach().flatten().tolist() for p in net.parameters()],
        "running": [b.flatten().tolist() for n, b in net.named_buffers() if "running" in n],
        "logits": logits.detach().flatten().tolist(),
        "evaluationGrads": [p.grad.flatten().tolist() for p in net.parameters()],
    }
    return out


def linear(out, **more):
    return {"kind": "linear", "out": out, **more}


def conv(filters, kernel, **more):
    return {"kind": "conv", "filters": filters, "kernel": kernel, **more}


def residual(*layers):
    return {"kind": "residual", "layers": list(layers)}


def dropout(rate, **more):
    return {"kind": "dropout", "rate": rate, **more}


bn, ln, tanh, relu, sigmoid, flatten, pool = ({"kind": k} for k in ["batchnorm", "layernorm", "tanh", "relu", "sigmoid", "flatten", "maxpool"])
pool = pool | {"kernel": 2}

if __name__ == "__main__":
    cases = [
        case("normalised vectors", [linear(9), bn, tanh, linear(8, noBias=True), ln, relu, linear(5)], [7]),
        case("normalised input", [bn, linear(9), sigmoid, bn | {"momentum": 0.3, "epsilon": 1e-3, "noAffine": True}, linear(5)], [7]),
        case("blocks of vectors", [linear(9), relu, residual(linear(9), bn, relu), residual(linear(4), tanh), tanh, linear(5)], [7]),
        case("a block of the input", [residual(linear(7), tanh, linear(6)), relu, linear(5)], [7]),
        case("blocks within blocks", [linear(6), residual(residual(linear(6), relu), residual(tanh, linear(6), bn)), linear(5)], [3]),
        case("blocks of images", [
            conv(4, 3, padding=1, noBias=True), bn, relu, pool,
            residual(conv(4, 3, padding=1), bn, relu, conv(4, 3, padding=1), bn), relu,
            residual(conv(6, 3, stride=2, padding=1), ln, relu), flatten, bn, linear(5)], [3, 8, 6]),
        case("a pool that ends a block", [conv(3, 3, padding=1), relu, residual(conv(5, 3, padding=1), relu, pool), relu, pool, flatten, ln, linear(5)], [2, 8, 8]),
        case("layer normalisation of an image", [ln, conv(4, 3), ln | {"noAffine": True, "epsilon": 1e-2}, tanh, flatten, linear(5)], [2, 4, 5]),
        case("dropout of vectors", [dropout(0.2), linear(21), relu, dropout(0.5), linear(19), tanh, dropout(0.3), linear(13), dropout(0.1), relu, linear(5)], [9]),
        case("dropout of images", [
            conv(5, 3, padding=1), relu, dropout(0.25), pool, conv(6, 3, padding=1), dropout(0.2, spatial=True), relu, pool, dropout(0.4), dropout(0.1),
            flatten, linear(5)], [3, 8, 8]),
        case("dropout in blocks", [
            conv(4, 3, padding=1), relu, dropout(0.3, spatial=True),
            residual(conv(4, 3, padding=1), relu, dropout(0.5)), dropout(0.2), sigmoid, flatten, linear(8), residual(dropout(0.3), linear(7), relu), dropout(0.5), linear(5)], [2, 5, 4]),
    ]
    head = {"steps": STEPS, "batch": BATCH, "rate": RATE, "momentum": MOMENTUM, "maskSeed": MASK_SEED}
    text = json.dumps(head)[:-1] + ',\n"cases": [\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n"
    pathlib.Path(__file__).with_suffix(".json").write_text(text)
