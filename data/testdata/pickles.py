# Writes pickle/*: three images with labels 3, 9 and 0 in the python layout of CIFAR-10, as Python 3
# with NumPy 2 pickles them by every protocol, and as Python 2 did (opcode by opcode: what cPickle
# wrote by protocol 2 with NumPy 1). Run in this directory: python pickles.py
import os
import pickle
import struct

import numpy as np

labels = [3, 9, 0]
data = np.array([[(31 * i + 7 * k) % 251 for k in range(3072)] for i in range(3)], np.uint8)
names = [b"first.png", b"second.png", b"third.png"]


def python2():
    out, memo = bytearray(b"\x80\x02"), 0

    def op(b, remember=False):
        nonlocal memo
        out.extend(b)
        if remember:
            memo += 1
            out.extend(b"q" + bytes([memo]))

    def short(s):
        op(b"U" + bytes([len(s)]) + s, True)

    op(b"}", True)
    op(b"(")
    short(b"batch_label")
    short(b"training batch 1 of 5")
    short(b"labels")
    op(b"]", True)
    op(b"(" + b"".join(b"K" + bytes([l]) for l in labels) + b"e")
    short(b"data")
    op(b"cnumpy.core.multiarray\n_reconstruct\n", True)
    op(b"cnumpy\nndarray\n", True)
    op(b"K\x00\x85", True)
    short(b"b")
    op(b"\x87", True)
    op(b"R", True)
    op(b"(K\x01K\x03M\x00\x0c\x86", True)
    op(b"cnumpy\ndtype\n", True)
    short(b"u1")
    op(b"K\x00K\x01\x87", True)
    op(b"R", True)
    op(b"(K\x03")
    short(b"|")
    op(b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00t", True)
    op(b"b\x89")
    op(b"T" + struct.pack("<I", data.size) + data.tobytes(), True)
    op(b"t", True)
    op(b"b")
    short(b"filenames")
    op(b"]", True)
    op(b"(")
    for n in names:
        short(n)
    op(b"eu.")
    return bytes(out)


os.makedirs("pickle", exist_ok=True)
files = {"python2": python2()}
d = {b"batch_label": b"training batch 1 of 5", b"labels": labels, b"data": data, b"filenames": names}
for protocol in (2, 3, 4, 5):
    files[f"protocol{protocol}"] = pickle.dumps(d, protocol)
text = {"labels": labels, "data": data, "filenames": [n.decode() for n in names]}
files["text_keys"] = pickle.dumps(text, 5)
for protocol in (2, 5):
    files[f"fortran{protocol}"] = pickle.dumps({**d, b"data": np.asfortranarray(data)}, protocol)
read_only = data.copy()
read_only.flags.writeable = False
files["read_only5"] = pickle.dumps({**d, b"data": read_only}, 5)
for name, b in files.items():
    back = {k if isinstance(k, str) else k.decode(): v for k, v in pickle.loads(b, encoding="bytes").items()}
    assert back["labels"] == labels and (back["data"] == data).all(), name
    with open(f"pickle/{name}", "wb") as f:
        f.write(b)

# The hash of the three images in the binary layout, for cifar_test.go.
import hashlib
print(hashlib.sha256(b"".join(bytes([l]) + row.tobytes() for l, row in zip(labels, data))).hexdigest())
