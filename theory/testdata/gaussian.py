"""Reference values for package theory, by SciPy's adaptive quadrature, written to gaussian.json.

    python -m pip install numpy scipy && python gaussian.py
"""
import json
import math
import os

import numpy as np
from scipy import integrate, special, stats

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def elu(scale, alpha):
    return (lambda u: scale * (u if u > 0 else alpha * math.expm1(u)),
            lambda u: scale * (1 if u > 0 else alpha * math.exp(u)))


def leaky(slope):
    return (lambda u: u if u > 0 else slope * u, lambda u: 1 if u > 0 else slope)


sigmoid = special.expit
FUNCTIONS = {
    "identity": (lambda u: u, lambda u: 1.0),
    "relu": leaky(0.0),
    "leaky-relu": leaky(0.01),
    "elu": elu(1, 1),
    "selu": elu(SELU_SCALE, SELU_ALPHA),
    "tanh": (math.tanh, lambda u: 1 / math.cosh(u) ** 2 if abs(u) < 300 else 0.0),
    "sigmoid": (sigmoid, lambda u: sigmoid(u) * sigmoid(-u)),
    "scaled-sigmoid": (lambda u: 2 * sigmoid(u) - 1, lambda u: 2 * sigmoid(u) * sigmoid(-u)),
    "gelu": (lambda u: u * special.ndtr(u), lambda u: special.ndtr(u) + u * stats.norm.pdf(u)),
    "silu": (lambda u: u * sigmoid(u), lambda u: sigmoid(u) * (1 + u * sigmoid(-u))),
}


def expect(f, mean, sd):
    points = sorted({-40.0, 40.0, *[p for p in (-mean / sd + d for d in (-3 / sd, -1 / sd, 0, 1 / sd, 3 / sd)) if -40 < p < 40], -3.0, 3.0})
    g = lambda z: f(mean + sd * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return sum(integrate.quad(g, a, b, epsabs=1e-14, epsrel=1e-12, limit=500)[0] for a, b in zip(points, points[1:]))


def pair(f, mean, sd, c):
    """E f(u1) f(u2): of two variables with a correlation of c >= 0, by what they share and what each has alone."""
    if c >= 0:
        inner = lambda w: expect(f, mean + sd * math.sqrt(c) * w, sd * math.sqrt(1 - c)) ** 2
        g = lambda w: inner(w) * math.exp(-w * w / 2) / math.sqrt(2 * math.pi)
        at = -mean / (sd * math.sqrt(c)) if c > 0 else 0
        points = sorted({-9.0, 9.0, *[p for p in (at - 1, at, at + 1) if -9 < p < 9]})
        return sum(integrate.quad(g, a, b, epsabs=1e-11, epsrel=1e-9, limit=200)[0] for a, b in zip(points, points[1:]))
    g = lambda z: f(mean + sd * z) * expect(f, mean + sd * c * z, sd * math.sqrt(1 - c * c)) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    at = -mean / sd
    points = sorted({-9.0, 9.0, *[p for p in (at - 1, at, at + 1) if -9 < p < 9]})
    return sum(integrate.quad(g, a, b, epsabs=1e-11, epsrel=1e-9, limit=200)[0] for a, b in zip(points, points[1:]))


def softmax(q, c):
    """Loss and E sum p^2 of c logits of variance q, by simulation: mean, and four standard errors."""
    rng = np.random.default_rng(1)
    n, rounds = 400_000, 10
    losses, squares = [], []
    for _ in range(rounds):
        z = rng.normal(size=(n, c)) * math.sqrt(q)
        losses.append(np.mean(special.logsumexp(z, axis=1)))
        squares.append(np.mean(np.sum(special.softmax(z, axis=1) ** 2, axis=1)))
    error = lambda x: 4 * np.std(x, ddof=1) / math.sqrt(rounds)
    return {"q": q, "classes": c, "loss": np.mean(losses), "loss_error": error(losses), "squares": np.mean(squares), "squares_error": error(squares)}


def largest(k):
    density = lambda z: k * stats.norm.pdf(z) * stats.norm.cdf(z) ** (k - 1)
    mean = integrate.quad(lambda z: z * density(z), -12, 12, epsabs=1e-13)[0]
    second = integrate.quad(lambda z: z * z * density(z), -12, 12, epsabs=1e-13)[0]
    return {"k": k, "mean": mean, "variance": second - mean * mean}


def main():
    moments = []
    for name, (f, slope) in FUNCTIONS.items():
        for mean, sd in [(0, 1), (0, 0.05), (0, 4), (0.7, 0.5), (-1, 2)]:
            row = {"activation": name, "mean": mean, "sd": sd,
                   "f": expect(f, mean, sd), "f2": expect(lambda u: f(u) ** 2, mean, sd), "slope2": expect(lambda u: slope(u) ** 2, mean, sd),
                   "pairs": []}
            if (mean, sd) in [(0, 1), (0.7, 0.5), (0, 4)]:
                for c in (-0.3, 0.0, 0.5, 0.95):
                    row["pairs"].append({"c": c, "f": pair(f, mean, sd, c), "slope": pair(slope, mean, sd, c)})
            moments.append(row)
    out = {"moments": moments, "largest": [largest(k) for k in (1, 2, 4, 9)],
           "softmax": [softmax(q, c) for q, c in [(0.01, 10), (0.3, 10), (2.0, 10), (30.0, 10), (1.0, 2), (1.0, 100)]]}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gaussian.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


main()
