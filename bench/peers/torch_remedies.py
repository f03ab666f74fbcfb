"""Arms of the built-in study `remedies` in PyTorch, on CIFAR-10: is what gradlab finds of them so elsewhere?

    python torch_remedies.py --data cifar-10-binary.tar.gz --seeds 1 [--arms batchnorm,skip]

One thread, eager, NCHW, batch 4, SGD 0.01, two epochs: accuracy is compared, not speed. Prints a line a trial.
"""

import argparse

import torch
from torch import nn
from torch.nn import functional

from torch_study import TEST, TRAIN, read


class Skip(nn.Module):
    """x + f(x), with x projected where shapes differ."""

    def __init__(self, inside, outside, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.project = nn.Identity() if inside == outside else nn.Linear(inside, outside, bias=False)

    def forward(self, x):
        return self.project(x) + self.layers(x)


def network(activation=nn.Sigmoid, layers=6, image_norm=None, norm=None, skip=False, init=None):
    """conv 6, conv 16, linear 120, linear 84 … 10 with a normalisation before each activation."""
    def convolution(inside, outside, size):
        normalised = [image_norm(outside, size)] if image_norm else []
        return [nn.Conv2d(inside, outside, 5), *normalised, activation(), nn.MaxPool2d(2)]

    parts = [*convolution(3, 6, 28), *convolution(6, 16, 10), nn.Flatten()]
    inside = 400
    for outside in [120] + [84] * (layers - 2):
        hidden = [nn.Linear(inside, outside), *([norm(outside)] if norm else []), activation()]
        parts += [Skip(inside, outside, *hidden)] if skip else hidden
        inside = outside
    net = nn.Sequential(*parts, nn.Linear(inside, 10))
    if init:
        for module in net.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                init(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
    return net


def he(weight):
    nn.init.kaiming_normal_(weight, nonlinearity="relu")


def lecun(weight):
    nn.init.kaiming_normal_(weight, nonlinearity="linear")


def batch_norm(channels, _):
    return nn.BatchNorm2d(channels)


def layer_norm(channels, size):
    return nn.LayerNorm([channels, size, size])


ARMS = {
    "none": {},
    "he-init": {"init": he},
    "batchnorm": {"image_norm": batch_norm, "norm": nn.BatchNorm1d},
    "layernorm": {"image_norm": layer_norm, "norm": nn.LayerNorm},
    "relu": {"activation": nn.ReLU},
    "relu+he-init": {"activation": nn.ReLU, "init": he},
    "selu": {"activation": nn.SELU, "init": lecun},
    "skip": {"skip": True},
    "skip+batchnorm": {"skip": True, "image_norm": batch_norm, "norm": nn.BatchNorm1d},
    "none · tanh · layers 5": {"activation": nn.Tanh, "layers": 5},
}


def trial(arm, seed, data, epochs=2, batch=4, rate=0.01):
    (x, y), (test_x, test_y) = data
    torch.manual_seed(seed)
    net = network(**ARMS[arm])
    optimiser = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(epochs):
        net.train()
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch):
            optimiser.zero_grad()
            loss = functional.cross_entropy(net(x[rows]), y[rows])
            loss.backward()
            optimiser.step()
            total += loss.item() * len(rows)
    net.eval()
    with torch.no_grad():
        hits = sum((net(a).argmax(1) == b).sum().item() for a, b in zip(test_x.split(500), test_y.split(500)))
    return hits / len(test_x), total / len(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="CIFAR-10 in the binary layout: a directory or a tar archive")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--arms", default=",".join(ARMS), help="some of " + ", ".join(ARMS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = read(options.data, TRAIN), read(options.data, TEST)
    for seed in range(1, options.seeds + 1):
        for arm in options.arms.split(","):
            accuracy, loss = trial(arm, seed, data)
            print(f"{arm}, seed {seed}: {accuracy:.1%}, training loss of the last epoch {loss:.3f}", flush=True)


if __name__ == "__main__":
    main()
