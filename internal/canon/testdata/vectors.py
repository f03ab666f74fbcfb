#!/usr/bin/env python3
"""Writes vectors.txt beside itself: values of the elementary functions to 107 bits, by mpmath.

A line is: function, type, x, then the value as a sum of two float64 (all in hexadecimal).
x is a value of the type. About ten seconds.
"""
import os
import random
import struct

from mpmath import mp, mpf, cos, erf, erfc, exp, expm1, log, sin, sqrt, tanh

mp.dps = 80
random.seed(20230116)


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def phi(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def gelu_slope(x):
    return phi(x) + x * exp(-x * x / 2) / sqrt(2 * mp.pi)


# function, and the range of its arguments for float32 and for float64
FUNCTIONS = {
    "exp": (exp, (-103.5, 88.7), (-744, 709.7)),
    "tanh": (tanh, (-10, 10), (-20, 20)),
    "tanhhalf": (lambda x: tanh(x / 2), (-20, 20), (-40, 40)),
    "sigmoid": (sigmoid, (-103.5, 20), (-744, 40)),
    "normcdf": (phi, (-14, 6), (-38, 9)),
    "gelu": (lambda x: x * phi(x), (-12.5, 6), (-37, 9)),
    "geluslope": (gelu_slope, (-12.5, 6), (-37, 9)),
    "erf": (erf, (-4, 4), (-6, 6)),
    "log": (log, None, None),
    "sin": (sin, (-1e4, 1e4), (-1e4, 1e4)),
    "cos": (cos, (-1e4, 1e4), (-1e4, 1e4)),
    "expm1": (expm1, (-20, 0), (-40, 0)),
}


def arguments(name, lo, hi, single):
    n = 120
    if name == "log":  # any exponent, and near 1
        top = 126 if single else 1020
        xs = [2 ** random.uniform(-top - (20 if single else 40), top) for _ in range(n)]
        xs += [1 + random.uniform(-0.3, 0.4) * 2 ** -random.uniform(0, 20) for _ in range(n)]
    else:
        xs = [random.uniform(lo, hi) for _ in range(n)]
        xs += [random.uniform(max(lo, -3), min(hi, 3)) for _ in range(n)]
        xs += [(-1 if hi == 0 else random.choice([-1, 1])) * 2 ** random.uniform(-60, 0) for _ in range(n // 4)]
        if name in ("sin", "cos"):  # as near to multiples of pi/2 as the type comes
            xs += [float(random.randrange(1, 6366) * mp.pi / 2) for _ in range(n // 2)]
    return [f32(x) if single else x for x in xs]


def main():
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.txt")
    with open(out, "w") as f:
        for name, (function, range32, range64) in FUNCTIONS.items():
            for kind, bounds in (("float32", range32), ("float64", range64)):
                lo, hi = bounds or (0, 0)
                for x in arguments(name, lo, hi, kind == "float32"):
                    y = function(mpf(x))
                    head = float(y)
                    tail = float(y - mpf(head))
                    f.write(f"{name} {kind} {x.hex()} {head.hex()} {tail.hex()}\n")


if __name__ == "__main__":
    main()
