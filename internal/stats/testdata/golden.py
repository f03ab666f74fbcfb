"""Writes golden.json beside this file: what SciPy says to the inputs of the tests.

    python golden.py        (SciPy 1.17, NumPy 2.4)

Where SciPy lacks a function, the value comes from its definition, by another way than the Go code's:
Holm's correction from the closure of Bonferroni's tests, sign flips of integers by enumeration.
"""

import itertools
import json
import math
import pathlib

import numpy as np
from scipy import stats

EVERY = 10**9  # more resamples than there are: SciPy then enumerates all
random = np.random.default_rng(20230114)

SAMPLES = {
    "two": [0.3, 0.8],
    "two opposite": [1.0, -1.0],
    "three": [0.012, 0.031, -0.004],
    "six of one sign": [0.5, 1.25, 0.75, 2.0, 0.125, 1.5],
    "ten": [2.1, -0.3, 1.7, 0.9, -1.2, 3.3, 0.4, 1.1, -0.6, 2.6],
    "ties": [1.0, 1.0, -1.0, 2.0, 2.0, 2.0, -3.0, 1.0],
    "zeros and ties": [0.0, 0.5, 0.0, -0.5, 1.5, 1.5, 0.25, 2.0],
    "one not zero": [0.0, 0.0, 0.0, 2.0],
    "large offset": [1e9 + 1, 1e9 + 2, 1e9 + 4, 1e9 + 7],
    "large": [3e150, -1e150, 2e150, 5e150, 4.5e150],
    "small": [3e-12, -1e-12, 2e-12, 5e-12, 4.5e-12],
    "clear": [5.0, 5.01, 4.99, 5.02, 4.98, 5.03, 5.0, 4.97],
    "sixteen": [round(v, 3) for v in random.normal(0.4, 1, 16)],
}


def number(x):
    """JSON has no NaN and no infinity: those are written as strings."""
    x = float(x)
    return x if math.isfinite(x) else str(x)


def numbers(xs):
    return [number(x) for x in xs]


def sum_of(x, axis=-1):
    return np.sum(x, axis=axis)


def sample(name, values):
    d = np.array(values)
    t = stats.ttest_1samp(d, 0)
    flip = stats.permutation_test((d,), sum_of, permutation_type="samples", n_resamples=EVERY)
    intervals = [[level, *numbers(t.confidence_interval(level))] for level in (0.9, 0.95, 0.999)]
    return {
        "name": name, "d": numbers(d),
        "mean": number(d.mean()), "sd": number(d.std(ddof=1)), "intervals": intervals,
        "t": number(t.statistic), "df": number(t.df), "p": number(t.pvalue),
        "flip": number(flip.pvalue),
    }


def enumerated(n):
    """Sign flips of n small integers, whose sums tie often, all 2^n of them."""
    d = random.integers(-4, 8, n)
    sums = np.zeros(1, dtype=np.int64)
    for v in d:
        sums = np.concatenate([sums - v, sums + v])
    return {"d": numbers(d), "flip": number(np.mean(np.abs(sums) >= abs(d.sum())))}


def holm(p):
    """Closed testing: the largest Bonferroni p of all sets of hypotheses that hold this one."""
    adjusted = []
    for i in range(len(p)):
        sets = itertools.chain.from_iterable(
            itertools.combinations(range(len(p)), k) for k in range(1, len(p) + 1))
        adjusted.append(max(min(1, len(s) * min(p[j] for j in s)) for s in sets if i in s))
    return {"p": numbers(p), "adjusted": numbers(adjusted)}


def line(x, y):
    r = stats.linregress(x, y)
    margin = stats.t.ppf(0.975, len(x) - 2) * r.stderr
    return {"x": numbers(x), "y": numbers(y), "slope": number(r.slope), "se": number(r.stderr),
            "intercept": number(r.intercept), "interceptSE": number(r.intercept_stderr),
            "p": number(r.pvalue), "low": number(r.slope - margin), "high": number(r.slope + margin)}


golden = {
    "t": [[df, level, number(stats.t.isf((1 - level) / 2, df))]
          for df in (1, 2, 2.5, 3, 9, 30, 1000, 1e6) for level in (0.5, 0.95, 0.99, 0.99999)],
    "critical": [[df, alpha, number(stats.t.isf(alpha / 2, df))]
                 for df in (1, 9, 999, 99999) for alpha in (1e-9, 1e-17, 1e-100)],
    "tP": [[t, df, number(2 * stats.t.sf(abs(t), df))]
           for df in (1, 4.5, 9, 99, 99999) for t in (0, 1e-3, 0.7, -2.3, 12, 80, 1e9)],
    "samples": [sample(name, values) for name, values in SAMPLES.items()],
    "flips": [enumerated(n) for n in (1, 2, 5, 9, 15, 20, 21)],
    "holm": [
        holm([0.01]),
        holm([0.01, 0.04, 0.03, 0.005]),
        holm([0.02, 0.02, 0.02]),
        holm([0.9, 0.001, 0.5, 0.013, 0.0125, 1.0, 0.0]),
        holm([2**-9, 2**-9, 0.03125, 0.6]),
    ],
    "line": [
        line([1, 2, 3, 4, 5], [-2.1, -2.7, -3.2, -4.0, -4.3]),
        line([3, 4, 5, 6, 8], [0.52, 0.55, 0.57, 0.34, 0.3]),
        line([1, 1, 2, 2, 3], [1.0, 1.5, 0.5, 2.5, 1.25]),
        line([1e6 + 1, 1e6 + 2, 1e6 + 4], [3e8, 1e8, 2e8]),
    ],
}

lines = [f' "{key}": [\n  ' + ",\n  ".join(json.dumps(v, allow_nan=False) for v in values) + "\n ]"
         for key, values in golden.items()]
pathlib.Path(__file__).with_name("golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
