"""Writes sample.safetensors with the reference implementation, and says whether it reads what Go wrote.

    pip install safetensors numpy
    python make.py              writes sample.safetensors
    python make.py FILE…        reads files, and prints names, types, shapes and the first values
"""
import sys

import numpy
from safetensors.numpy import load_file, save

tensors = {
    "linear1.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 7,
    "linear1.bias": numpy.array([-0.0, numpy.inf], dtype=numpy.float32),
    "velocity.linear1.bias": numpy.array([1e-45, -3.5], dtype=numpy.float32),
    "probe.sums": numpy.array([0.1, numpy.nan, -1e300]),
    "probe.counts": numpy.array([-1, 2**53 + 1], dtype=numpy.int64),
    "probe.alive": numpy.array([0, 1, 255], dtype=numpy.uint8),
    "empty": numpy.zeros((0, 4), dtype=numpy.float32),
    "scalar": numpy.array(2.5, dtype=numpy.float32),
}
if len(sys.argv) == 1:
    with open("sample.safetensors", "wb") as f:
        f.write(save(tensors, metadata={"note": "a <b> & \"c\" é"}))
for path in sys.argv[1:]:
    for name, t in load_file(path).items():
        print(name, t.dtype, t.shape, t.ravel()[:3])
