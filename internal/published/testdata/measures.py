"""Writes measures.json: what the published detectors ask of a unit's outputs, by NumPy."""
import json

import numpy as np

rng = np.random.default_rng(1)


def rho_b(x, low, high, bins=10):
    """Rakitianskaia and Engelbrecht 2015: outputs scaled to [-1, 1], in ten bins."""
    g = 2 * (x - low) / (high - low) - 1
    counts, edges = np.histogram(g, bins=bins, range=(-1, 1))
    sums, _ = np.histogram(g, bins=bins, range=(-1, 1), weights=g)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), 0)
    return float((np.abs(means) * counts).sum() / counts.sum())


def case(y, low, high):
    y = y.astype(np.float32)
    wide = y.astype(np.float64)
    return {
        "Y": [float(v) for v in y.reshape(-1)], "Units": y.shape[1], "Low": low, "High": high,
        "Dead": [bool(v) for v in np.percentile(np.abs(wide), 95, axis=0) < 1e-5],
        "Inactive": [bool(v) for v in (wide > 0).mean(axis=0) < 0.01],
        "Rho": [rho_b(wide[:, u], low, high) for u in range(y.shape[1])],
    }


rare = np.zeros((60, 6))
for u, n in enumerate([0, 1, 2, 3, 4, 6]):  # the 95th percentile lies between the third and the fourth largest
    rare[:n, u] = 1
cases = [
    case(np.tanh(rng.normal(size=(50, 5)) * np.array([0.1, 1, 3, 10, 100])), -1, 1),
    case(1 / (1 + np.exp(-rng.normal(size=(37, 3)) * np.array([0.5, 4, 30]))), 0, 1),
    case(np.maximum(rng.normal(size=(300, 4)) - np.array([0, 1, 2, 4]), 0), -1, 10),
    case(rare, -1, 2),
    case(rare * 2e-4, -1, 2),
]
with open("measures.json", "w") as f:
    json.dump(cases, f)
