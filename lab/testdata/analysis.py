"""Makes analysis.json: trials of a made-up study and what SciPy finds in them.

Run: python analysis.py > analysis.json   (NumPy, SciPy)
"""
import itertools
import json

import numpy as np
from scipy import stats

rng = np.random.default_rng(20260101)
SEEDS = 8
LAYERS = [3, 4, 6]
arms, trials = [], []
for activation in ["tanh", "sigmoid"]:
    for layers in LAYERS:
        arms.append((activation, layers))
luck = rng.normal(0, 0.01, SEEDS)  # what seeds share between arms
for activation, layers in arms:
    for seed in range(SEEDS):
        accuracy = {"tanh": {3: 0.53, 4: 0.532, 6: 0.47}[layers], "sigmoid": 0.10}[activation]
        if activation == "tanh":
            accuracy += luck[seed] + rng.normal(0, 0.004)
        fade = {"tanh": 0.1, "sigmoid": 0.6}[activation]
        hidden = layers - 1
        grads = [float(10 ** (-3 - fade * (hidden - 1 - i) + rng.normal(0, 0.03))) for i in range(hidden)]
        trials.append({"activation": activation, "layers": layers, "seed": seed,
                       "accuracy": round(float(accuracy), 4), "gradients": grads})


def values(arm, key):
    picked = [t for t in trials if (t["activation"], t["layers"]) == arm]
    if key == "accuracy":
        return np.array([t["accuracy"] for t in picked])
    return np.array([np.log10(t["gradients"][0]) for t in picked])


def permutation(d):
    signs = np.array(list(itertools.product([-1, 1], repeat=len(d))))
    return float(np.mean(np.abs(signs @ d) >= abs(d.sum()) - 1e-12))


def holm(ps):
    order, out, running = np.argsort(ps, kind="stable"), [0.0] * len(ps), 0.0
    for k, i in enumerate(order):
        running = max(running, min(1.0, (len(ps) - k) * ps[i]))
        out[i] = running
    return out


def compare(pairs, key):
    out = []
    for a, b in pairs:
        d = values(b, key) - values(a, key)
        if np.all(d == d[0]):
            t, p = 0.0, 1.0  # sigmoid against sigmoid: all differences are 0
        else:
            t, p = stats.ttest_1samp(d, 0)
        ci = stats.t.interval(0.95, len(d) - 1, d.mean(), stats.sem(d))
        out.append({"a": a, "b": b, "mean": float(d.mean()), "low": float(np.nan_to_num(ci[0])),
                    "high": float(np.nan_to_num(ci[1])), "t": float(t), "p": float(p), "perm": permutation(d)})
    for row, p, q in zip(out, holm([r["p"] for r in out]), holm([r["perm"] for r in out])):
        row["holm"], row["perm_holm"] = p, q
    return out


categorical = [(("tanh", n), ("sigmoid", n)) for n in LAYERS]
steps = [((a, LAYERS[i]), (a, LAYERS[i + 1])) for a in ["tanh", "sigmoid"] for i in range(2)]
slopes = []
for arm in arms:
    fits = [np.polyfit(range(len(t["gradients"])), np.log10(t["gradients"]), 1)[0]
            for t in trials if (t["activation"], t["layers"]) == arm]
    low, high = stats.t.interval(0.95, SEEDS - 1, np.mean(fits), stats.sem(fits))
    slopes.append({"arm": arm, "mean": float(np.mean(fits)), "low": float(low), "high": float(high)})
print(json.dumps({"trials": trials, "accuracy": compare(categorical + steps, "accuracy"),
                  "gradient": compare(steps, "gradient"), "slopes": slopes}, indent=1))
