"""Makes against.json: accuracies of made-up arms, and what SciPy finds when each is compared with two references.

Run: python against.py > against.json   (NumPy, SciPy)

Holm's correction is of each reference's comparisons by themselves; the ranking's is of all pairs.
"""
import itertools
import json

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261124)
SEEDS = 10
luck = rng.normal(0, 0.01, SEEDS)
means = {"none": 0.105, "skip": 0.1, "batchnorm": 0.48, "relu": 0.45, "placebo": 0.1, "random": 0.30}
spread = {"none": 0.006, "skip": 0.004, "batchnorm": 0.008, "relu": 0.03, "placebo": 0.006, "random": 0.15}
arms = {name: [round(float(m + luck[i] * (m > 0.2) + rng.normal(0, spread[name])), 4) for i in range(SEEDS)]
        for name, m in means.items()}


def holm(ps):
    order = np.argsort(ps)
    out, running = np.empty(len(ps)), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, ps[i] * (len(ps) - rank)))
        out[i] = running
    return [float(p) for p in out]


def family(pairs):
    tests = []
    for a, b in pairs:
        d = np.array(arms[b]) - np.array(arms[a])
        t = stats.ttest_1samp(d, 0)
        low, high = stats.t.interval(0.95, SEEDS - 1, d.mean(), stats.sem(d))
        tests.append({"A": a, "B": b, "Mean": float(d.mean()), "Low": float(low), "High": float(high), "P": float(t.pvalue)})
    for test, p in zip(tests, holm([t["P"] for t in tests])):
        test["Holm"] = p
    return tests


references = ["none", "random", "placebo"]
families = [family([(ref, arm) for arm in arms if arm not in references[:i + 1]]) for i, ref in enumerate(references)]
ranked = family(list(itertools.combinations(arms, 2)))
beaten = {(t["A"], t["B"]) if t["Mean"] < 0 else (t["B"], t["A"]) for t in ranked if t["Holm"] <= 0.05}  # (better, worse)
rest, groups = sorted(arms, key=lambda a: -np.mean(arms[a])), []
while rest:
    group = [a for a in rest if not any((b, a) in beaten for b in rest)]
    groups.append(group)
    rest = [a for a in rest if a not in group]
print(json.dumps({"Names": list(arms), "Arms": arms, "References": references, "Families": families, "Groups": groups}, indent=1))
