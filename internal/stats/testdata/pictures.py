"""Writes pictures.json beside this file: what statsmodels, SciPy and NumPy say of classifiers on the same pictures.

    python pictures.py        (statsmodels 0.15, SciPy 1.17, NumPy 2.4)

McNemar's test of one seed is statsmodels'; of several, a permutation test by SciPy that goes through all signs; of
many pictures, NumPy's polynomial product of the generating functions (x^-d + x^d)/2. The number of pictures comes from
the power of the test, whose root SciPy finds. The calibration error is written out by bins.
"""

import json
import pathlib

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(20260611)


def one_seed(better, worse, same):
    d = [1] * better + [-1] * worse + [0] * same
    p = mcnemar([[same, better], [worse, 0]], exact=True).pvalue
    return {"d": d, "p": min(1.0, float(p))}


def several(n, seeds):
    d = random.integers(-seeds, seeds + 1, n) + random.integers(0, 2, n)
    p = stats.permutation_test((d,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples",
                               n_resamples=10**9).pvalue
    return {"d": d.tolist(), "p": float(p)}


def many(n, seeds):
    d = random.integers(-seeds, seeds + 1, n)
    d[: n // 20] = seeds
    product = np.ones(1)
    for m in np.abs(d[d != 0]):
        factor = np.zeros(2 * m + 1)
        factor[0] = factor[-1] = 0.5
        product = np.convolve(product, factor)
    sums = np.arange(len(product)) - len(product) // 2
    return {"d": d.tolist(), "p": float(min(1, product[np.abs(sums) >= abs(d.sum())].sum()))}


def needed(d, seeds, alpha, power):
    x = np.array(d) / seeds
    delta, psi = x.mean(), (x**2).mean()

    def missing(n):  # power of the test that takes √n·mean/√ψ as normal, at n pictures, less what is wanted
        bound = stats.norm.isf(alpha / 2) * np.sqrt(psi / n)
        return stats.norm.sf((bound - abs(delta)) / np.sqrt(x.var() / n)) - power

    return {"d": list(map(int, d)), "seeds": seeds, "alpha": alpha, "power": power,
            "n": float(optimize.brentq(missing, 1, 1e9, xtol=1e-6, rtol=1e-12))}


def wilson(k, n, level):
    low, high = proportion_confint(k, n, 1 - level, method="wilson")
    return [k, n, level, float(low), float(high)]


def calibration(n, bins):
    confidence = random.uniform(0.1, 1, n)
    confidence[:3] = [1.0, 0.2, 0.6]
    correct = random.uniform(size=n) < confidence**1.5
    error = 0.0
    edges = np.linspace(0, 1, bins + 1)
    for low, high in zip(edges[:-1], edges[1:]):
        here = (confidence > low) & (confidence <= high)
        if here.any():
            error += here.mean() * abs(correct[here].mean() - confidence[here].mean())
    return {"confidence": confidence.tolist(), "correct": correct.tolist(), "bins": bins, "error": float(error)}


golden = {
    "mcNemar": [one_seed(1, 0, 5), one_seed(6, 0, 10), one_seed(3, 9, 20), one_seed(25, 11, 100), one_seed(60, 100, 9),
                several(3, 3), several(9, 5), several(16, 10), several(18, 2), many(300, 3), many(900, 10)],
    "needed": [needed([1] * 8 + [-1] * 3 + [0] * 167, 1, 0.05, 0.8), needed([1] * 30 + [-1] * 20 + [0] * 950, 1, 0.005, 0.9),
               needed([5, 3, -2, 0, 0, 0, 1, 1, -5, 2], 5, 0.05, 0.8), needed([-1] * 4 + [0] * 6, 1, 0.05, 0.8)],
    "wilson": [wilson(167, 178, 0.95), wilson(0, 178, 0.95), wilson(178, 178, 0.99), wilson(1, 2, 0.9)],
    "calibration": [calibration(40, 10), calibration(500, 15), calibration(3, 15)],
}
lines = [f' "{key}": [\n  ' + ",\n  ".join(json.dumps(v, allow_nan=False) for v in values) + "\n ]"
         for key, values in golden.items()]
pathlib.Path(__file__).with_name("pictures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
