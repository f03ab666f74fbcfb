# Writes streams.json: an independent implementation of the streams of package rng in plain Python
# (and mpmath for the normal variates). Run: python streams.py > streams.json
import hashlib, json, struct
import mpmath

mpmath.mp.prec = 200
M = 0xFFFFFFFF


def philox(c, k):
    for r in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & M, p0 >> 32 ^ c[3] ^ k[1], p0 & M]
        k = [(k[0] + 0x9E3779B9) & M, (k[1] + 0xBB67AE85) & M]
    return c


def words(seed, purpose, name, step, n):
    p = purpose.encode()
    digest = hashlib.sha256(struct.pack("<QQ", seed, len(p)) + p + name.encode()).digest()
    key = list(struct.unpack("<II", digest[:8]))
    out = []
    for block in range((n + 3) // 4):
        out += philox([block & M, block >> 32, step & M, step >> 32], key)
    return out[:n]


def floats(w):
    return [((w[i + 1] << 32 | w[i]) >> 11) * 2.0**-53 for i in range(0, len(w), 2)]


def normal(u, v):
    u, v = mpmath.mpf(1.0 - u), mpmath.mpf(v)
    return float(mpmath.sqrt(-2 * mpmath.log(u)) * mpmath.cos(2 * mpmath.pi * v))


def perm(w, n):
    """Fisher and Yates from the end, with Lemire's multiplication (no draw is rejected here)."""
    p, w = list(range(n)), iter(w)
    for i in range(n - 1, 0, -1):
        x = next(w) | next(w) << 32
        assert x * (i + 1) % 2**64 >= i + 1
        j = x * (i + 1) >> 64
        p[i], p[j] = p[j], p[i]
    return p


streams = []
for seed, purpose, name, step in [
    (0, "", "", 0),
    (1, "init", "conv1.weight", 0),
    (1, "init", "conv1.weight", 1),
    (2**64 - 1, "shuffle", "cifar10", 2**40 + 7),
    (42, "dropout", "schräg", 99999),
]:
    w = words(seed, purpose, name, step, 16)
    f = floats(w)
    streams.append({
        "seed": seed, "purpose": purpose, "name": name, "step": step,
        "uint32": w,
        "float64": [x.hex() for x in f],
        "perm": perm(words(seed, purpose, name, step, 22), 12),
        "normal": [normal(f[i], f[i + 1]) for i in range(0, 8, 2)],
    })
print(json.dumps(streams, indent=1, ensure_ascii=False))
