"""Writes layers.json beside this file: what PyTorch computes for every kind of layer, in float64.

    python layers.py        (PyTorch 2.15)

Images are stored as [sample, height, width, channel] and parameters in PyTorch's own layouts. Inputs,
parameters and upstream gradients are multiples of 1/1024, which float32 holds exactly.
"""

import json
import math
import pathlib

import torch
from torch import nn

torch.manual_seed(20230114)
torch.set_default_dtype(torch.float64)


def draw(*shape, unit=1024):
    return torch.round(torch.randn(*shape) * unit) / unit


def stored(t):
    """The values of a tensor as a flat list; images with their channels last."""
    t = t.detach()
    return (t.permute(0, 2, 3, 1) if t.dim() == 4 else t).flatten().tolist()


def case(name, layer, module, x, shape=None):
    """Runs module forward and backward on x. shape is [h, w, c] or [features] of one sample."""
    for p in module.parameters():
        p.data = draw(*p.shape)
    x = x.clone().requires_grad_()
    y = module(x)
    dy = draw(*y.shape)
    y.backward(dy)
    out = {
        "name": name,
        "layer": layer,
        "in": shape or ([x.shape[2], x.shape[3], x.shape[1]] if x.dim() == 4 else [x.shape[1]]),
        "n": x.shape[0],
        "x": stored(x),
        "y": stored(y),
        "dy": stored(dy),
        "dx": stored(x.grad),
    }
    parameters = dict(module.named_parameters())
    if parameters:
        out["params"] = [p.detach().flatten().tolist() for p in parameters.values()]
        out["grads"] = [p.grad.flatten().tolist() for p in parameters.values()]
    return out


def linears():
    yield case("linear", {"kind": "linear", "out": 3}, nn.Linear(5, 3), draw(4, 5))
    yield case("linear without bias", {"kind": "linear", "out": 7, "noBias": True}, nn.Linear(3, 7, bias=False), draw(2, 3))
    yield case("linear of one sample and one output", {"kind": "linear", "out": 1}, nn.Linear(17, 1), draw(1, 17))
    yield case("linear wider than a vector register", {"kind": "linear", "out": 35}, nn.Linear(19, 35), draw(3, 19))
    flattened = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 4, 5))
    c = case("linear behind a flattened image", {"kind": "linear", "out": 5, "flattened": True}, flattened, draw(3, 4, 2, 3))
    yield c


def convs():
    for kernel, stride, padding, size, filters, bias in [
        ((1, 1), (1, 1), (0, 0), (3, 4), 5, True),
        ((3, 3), (1, 1), (0, 0), (5, 4), 3, True),
        ((3, 3), (1, 1), (1, 1), (4, 5), 2, True),
        ((5, 5), (1, 1), (0, 0), (6, 7), 2, True),
        ((5, 5), (1, 1), (2, 2), (4, 4), 3, False),
        ((2, 3), (1, 1), (0, 0), (4, 5), 3, True),
        ((2, 3), (1, 1), (1, 2), (3, 4), 2, True),
        ((3, 3), (2, 2), (1, 1), (7, 6), 2, True),
        ((3, 3), (3, 3), (0, 0), (8, 7), 2, True),
        ((3, 3), (2, 1), (0, 1), (6, 4), 2, False),
        ((2, 3), (1, 3), (1, 0), (4, 8), 2, True),
        ((1, 1), (2, 2), (0, 0), (5, 4), 2, True),
        ((1, 1), (1, 1), (1, 1), (2, 2), 2, True),
        ((2, 2), (3, 3), (0, 0), (5, 5), 2, True),
        ((3, 3), (1, 1), (0, 0), (3, 3), 17, True),
    ]:
        name = f"conv {kernel[0]}×{kernel[1]} stride {stride[0]}×{stride[1]} padding {padding[0]}×{padding[1]} on {size[0]}×{size[1]}" + ("" if bias else " without bias")
        layer = {"kind": "conv", "filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "noBias": not bias}
        yield case(name, layer, nn.Conv2d(2, filters, kernel, stride, padding, bias=bias), draw(2, 2, *size))


def pools():
    for kernel, stride, padding, size in [
        ((2, 2), (2, 2), (0, 0), (4, 4)),
        ((2, 2), (2, 2), (0, 0), (5, 5)),
        ((3, 3), (2, 2), (0, 0), (6, 5)),
        ((3, 3), (1, 1), (1, 1), (4, 3)),
        ((2, 3), (1, 2), (1, 1), (4, 5)),
        ((2, 2), (3, 3), (0, 0), (6, 6)),
        ((1, 1), (1, 1), (0, 0), (2, 3)),
        ((4, 4), (3, 3), (2, 2), (5, 6)),
    ]:
        for kind, module in [("maxpool", nn.MaxPool2d), ("avgpool", nn.AvgPool2d)]:
            name = f"{kind} {kernel[0]}×{kernel[1]} stride {stride[0]}×{stride[1]} padding {padding[0]}×{padding[1]} on {size[0]}×{size[1]}"
            layer = {"kind": kind, "kernel": kernel, "stride": stride, "padding": padding}
            yield case(name, layer, module(kernel, stride, padding), draw(2, 3, *size))
    ties = draw(2, 2, 5, 5, unit=1)  # whole numbers: nearly every window has equal ones
    yield case("maxpool with ties", {"kind": "maxpool", "kernel": (3, 3), "stride": (1, 1), "padding": (1, 1)}, nn.MaxPool2d(3, 1, 1), ties)
    negative = -draw(1, 1, 3, 3).abs() - 1  # the padding must not win
    yield case("maxpool of negative values", {"kind": "maxpool", "kernel": (2, 2), "stride": (2, 2), "padding": (1, 1)}, nn.MaxPool2d(2, 2, 1), negative)
    yield case("pooling with its own stride", {"kind": "maxpool", "kernel": (2, 3)}, nn.MaxPool2d((2, 3)), draw(1, 2, 4, 6))


class ScaledSigmoid(nn.Module):
    def forward(self, x):
        return 2 * torch.sigmoid(x) - 1


def activations():
    # The function's bends, its tails up to where it is flat, and a few values between.
    grid = torch.cat([torch.arange(-30, 31, 2.5), torch.arange(-3, 3.1, 0.375) + 1 / 64, draw(11), draw(6) / 1024])
    grid = grid[grid != 0]
    for name, module, slope in [
        ("identity", nn.Identity(), 0),
        ("sigmoid", nn.Sigmoid(), 0),
        ("tanh", nn.Tanh(), 0),
        ("scaled-sigmoid", ScaledSigmoid(), 0),
        ("relu", nn.ReLU(), 0),
        ("leaky-relu", nn.LeakyReLU(), 0),
        ("leaky-relu", nn.LeakyReLU(0.25), 0.25),
        ("gelu", nn.GELU(), 0),
        ("silu", nn.SiLU(), 0),
        ("elu", nn.ELU(), 0),
        ("selu", nn.SELU(), 0),
    ]:
        layer = {"kind": "activation", "name": name, "slope": slope}
        yield case(name if slope == 0 else f"{name} of slope {slope}", layer, module, grid.reshape(1, -1))
    zero = torch.zeros(1, 3)
    for name, module in [("relu", nn.ReLU()), ("leaky-relu", nn.LeakyReLU()), ("tanh", nn.Tanh()), ("gelu", nn.GELU()), ("silu", nn.SiLU()), ("elu", nn.ELU()), ("selu", nn.SELU())]:
        yield case(f"{name} at zero", {"kind": "activation", "name": name}, module, zero)
    yield case("tanh of an image", {"kind": "activation", "name": "tanh"}, nn.Tanh(), draw(2, 3, 2, 4))


def losses():
    for name, logits in [
        ("ten classes", draw(4, 10) * 3),
        ("one class", draw(2, 1)),
        ("one sample", draw(1, 17)),
        ("far apart", torch.tensor([[1000.0, -1000.0, 0.0], [-800.0, -790.0, -805.0], [0.0, 0.0, 0.0]])),
        ("nearly sure", torch.tensor([[20.0, 0.0, -1.0], [0.0, 36.0, 1.0]])),
    ]:
        n, classes = logits.shape
        labels = torch.arange(n) * 7 % classes
        logits = logits.clone().requires_grad_()
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        yield {
            "name": name, "n": n, "classes": classes, "logits": stored(logits), "labels": labels.tolist(),
            "loss": loss.item(), "dlogits": stored(logits.grad),
        }


def lines(items):
    return "[\n" + ",\n".join(json.dumps(i, ensure_ascii=False, separators=(",", ":")) for i in items) + "\n]"


layers = [*linears(), *convs(), *pools(), *activations()]
losses = list(losses())
assert all(math.isfinite(v) for l in layers for v in l["y"] + l["dx"])
text = f'{{"layers": {lines(layers)},\n"losses": {lines(losses)}}}\n'
pathlib.Path(__file__).with_suffix(".json").write_text(text)
