"""Writes the IDX files in idx/, as MNIST's are laid out (http://yann.lecun.com/exdb/mnist): int.from_bytes and
struct are all there is to it, and the values are those that idx_test.go states.

    python idx.py
"""

import gzip
import os
import struct

os.makedirs("idx", exist_ok=True)


def write(name, dims, data, packed):
    b = struct.pack(">BBBB", 0, 0, 8, len(dims)) + struct.pack(f">{len(dims)}I", *dims) + bytes(data)
    with open(f"idx/{name}" + (".gz" if packed else ""), "wb") as f:
        f.write(gzip.compress(b, mtime=0) if packed else b)


for name, n, packed in [("train", 5, True), ("t10k", 3, False)]:
    # Image i has 4 rows of 6 pixels: 40 i + 6 row + column.
    write(f"{name}-images-idx3-ubyte", [n, 4, 6], [40 * i + p for i in range(n) for p in range(24)], packed)
    write(f"{name}-labels-idx1-ubyte", [n], [i % 3 for i in range(n)], packed)
