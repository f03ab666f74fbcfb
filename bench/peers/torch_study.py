"""The sigmoid, tanh and ReLU arms of the built-in study `activations` in PyTorch, on CIFAR-10.

Trials are divided over processes of one thread each, the best use of the cores at this size. The clock runs
from when all processes have their data in memory and their steps compiled until the last trial's end; each
epoch ends with the test set, as in gradlab. Prints JSON.
"""

import argparse
import json
import multiprocessing
import pathlib
import tarfile
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

from torch_models import facts, laid_out, lenet, set_up, stepper, timed, title, variants

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
TRAIN = [f"data_batch_{i}.bin" for i in range(1, 6)]
TEST = ["test_batch.bin"]
IMAGE = (3, 32, 32)


def read(path, names):
    """Reads images in [0, 1] and labels from CIFAR-10's binary layout, a directory or a tar archive."""
    path = pathlib.Path(path)
    if path.is_dir():
        found = {f.name: f.read_bytes() for f in path.rglob("*.bin") if f.name in names}
    else:
        with tarfile.open(path) as archive:
            found = {pathlib.Path(m.name).name: archive.extractfile(m).read()
                     for m in archive if pathlib.Path(m.name).name in names}
    records = numpy.concatenate([numpy.frombuffer(found[name], numpy.uint8).reshape(-1, 3073) for name in names])
    images = torch.from_numpy(records[:, 1:].astype(numpy.float32) / 255).view(-1, *IMAGE)
    return images, torch.from_numpy(records[:, 0].astype(numpy.int64))


def train(trial, options, data, net, step, layout):
    """Trains net from new weights and gives its figures by epoch."""
    (x, y), (test_x, test_y) = data
    torch.manual_seed(trial["seed"])
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    begin = time.perf_counter()
    epochs = []
    for _ in range(options.epochs):
        order = torch.randperm(len(x))
        # Shuffled once an epoch: a gather per step would be slower.
        images, labels = laid_out(x[order], layout), y[order]
        total = torch.zeros(())
        for i in range(0, len(x), options.batch):
            total += step(images[i:i + options.batch], labels[i:i + options.batch])
        hits, loss = 0, 0.0
        with torch.no_grad():
            for i in range(0, len(test_x), 500):
                logits = net(test_x[i:i + 500])
                loss += functional.cross_entropy(logits, test_y[i:i + 500], reduction="sum").item()
                hits += (logits.argmax(1) == test_y[i:i + 500]).sum().item()
        epochs.append({"train_loss": total.item() * options.batch / len(x), "test_loss": loss / len(test_x),
                       "test_accuracy": hits / len(test_x)})
    return {**trial, "seconds": time.perf_counter() - begin, "epochs": epochs}


def fastest(options):
    """Times a few hundred steps of every variant that works and gives the fastest."""
    shape = (options.batch, *IMAGE)
    best = None
    for variant in variants(shape):
        x, y = laid_out(torch.rand(shape), variant[0]), torch.randint(0, 10, shape[:1])
        try:
            step = stepper(lenet(), *variant)
            seconds = float(numpy.median(timed(lambda: step(x, y), 2)))
        except Exception:  # no compiler: that variant does not run
            continue
        if best is None or seconds < best[0]:
            best = seconds, variant
    return best[1]


def work(options, variant, trials, results, ready, go):
    """One process. Everything is read and compiled before it says that it is ready; a network is used again
    for the next trial of its activation, so that no trial compiles."""
    set_up(1)
    data = read(options.data, TRAIN), read(options.data, TEST)
    arms = {}
    for name, activation in ACTIVATIONS.items():
        net = lenet(activation)
        step = stepper(net, *variant, rate=options.rate)
        for _ in range(5):
            step(laid_out(data[0][0][:options.batch], variant[0]), data[0][1][:options.batch])
        arms[name] = net, step
    ready.release()
    go.wait()
    while (trial := trials.get()) is not None:
        results.put(train(trial, options, data, *arms[trial["activation"]], variant[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="CIFAR-10 in the binary layout: a directory or a tar archive")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--trials", type=int, default=0, help="train only so many, of all that there are")
    options = parser.parse_args()

    set_up(1)
    variant = fastest(options)
    listed = [{"activation": a, "seed": s} for s in range(1, options.seeds + 1) for a in ACTIVATIONS]
    chosen = listed[:options.trials] if options.trials else listed

    spawn = multiprocessing.get_context("spawn")
    trials, results, ready, go = spawn.Queue(), spawn.Queue(), spawn.Semaphore(0), spawn.Event()
    for trial in chosen + [None] * options.processes:
        trials.put(trial)
    workers = [spawn.Process(target=work, args=(options, variant, trials, results, ready, go), daemon=True)
               for _ in range(options.processes)]
    for worker in workers:
        worker.start()
    for _ in workers:
        while not ready.acquire(timeout=1):
            if any(worker.exitcode for worker in workers):
                raise SystemExit("a process failed before its first trial")
    begin = time.perf_counter()
    go.set()
    done = [results.get() for _ in chosen]
    seconds = time.perf_counter() - begin
    for worker in workers:
        worker.join()
    print(json.dumps({"facts": facts(), "variant": title(*variant, (options.batch, *IMAGE)), "of": len(listed),
                      "processes": options.processes, "seconds": seconds, "trials": done}))


if __name__ == "__main__":
    main()
