"""The built-in study `regularisation` in PyTorch, on a folder of pictures: do its methods come to the same elsewhere?

    python torch_regularisation.py --data sign-digits --seeds 3 [--arms none,l2] [--set l2=1e-3]

The folder holds train/CLASS/… and val/CLASS/…, or test/CLASS/…. Strengths are given, not chosen: those that
gradlab chose on sign-digits. One thread, eager; counts are compared, not speed. Needs torch and Pillow. Prints a line a trial.
"""

import argparse
import pathlib

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

ARMS = {
    "none": {},
    "l1": {"l1": 3e-4},
    "l2": {"l2": 1e-3},
    "dropout": {"dropout": 0.35},
    "l2+dropout": {"l2": 3e-4, "dropout": 0.5},
}


def read(folder, size, channels):
    """The pictures of CLASS directories: the middle square of each, resized."""
    images, labels = [], []
    for label, directory in enumerate(sorted(p for p in folder.iterdir() if p.is_dir())):
        for path in sorted(directory.iterdir()):
            picture = Image.open(path).convert("L" if channels == 1 else "RGB")
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            picture = picture.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BILINEAR, reducing_gap=None)
            images.append(numpy.asarray(picture, dtype=numpy.float32).reshape(size, size, channels) / 127.5 - 1)
            labels.append(label)
    return torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


def network(size, channels, classes, dropout=0.0):
    side = size // 8
    net = nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * side * side, 128), nn.ReLU(),
        nn.Dropout(dropout), nn.Linear(128, classes))
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return net


def trial(settings, seed, train, test, epochs, batch=32, rate=0.02, momentum=0.9):
    (x, y), (test_x, test_y) = train, test
    torch.manual_seed(seed)
    net = network(x.shape[2], x.shape[1], int(y.max()) + 1, settings.get("dropout", 0.0))
    weights = [m.weight for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)
    for _ in range(epochs):
        net.train()
        for rows in torch.randperm(len(x)).split(batch):
            optimiser.zero_grad()
            loss = functional.cross_entropy(net(x[rows]), y[rows])
            loss = loss + settings.get("l1", 0) * sum(w.abs().sum() for w in weights)
            loss = loss + settings.get("l2", 0) * sum(w.square().sum() for w in weights)
            loss.backward()
            optimiser.step()
    net.eval()
    with torch.no_grad():
        logits = net(test_x)
        seen = (net(x).argmax(1) == y).sum().item()
    return (logits.argmax(1) == test_y).sum().item(), functional.cross_entropy(logits, test_y).item(), seen / len(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--channels", type=int, default=3, choices=(1, 3))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--arms", default=",".join(ARMS), help="some of " + ", ".join(ARMS))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another l1, l2 or dropout, of all arms that have it")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for change in options.set:
        name, value = change.split("=")
        for settings in ARMS.values():
            if name in settings:
                settings[name] = float(value)
    test = options.data / ("val" if (options.data / "val").is_dir() else "test")
    train, test = (read(folder, options.size, options.channels) for folder in (options.data / "train", test))
    for seed in range(1, options.seeds + 1):
        for arm in options.arms.split(","):
            hits, loss, seen = trial(ARMS[arm], seed, train, test, options.epochs)
            print(f"{arm}, seed {seed}: {hits}/{len(test[0])} ({hits / len(test[0]):.1%}), mean loss {loss:.4f}, {seen:.1%} of the training pictures", flush=True)


if __name__ == "__main__":
    main()
