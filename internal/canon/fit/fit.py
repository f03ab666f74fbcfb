#!/usr/bin/env python3
"""Fits the polynomials of package canon and writes their coefficients.

    python3 internal/canon/fit/fit.py        (needs mpmath; about a minute)

writes internal/canon/coefficients.go (float32 and float64),
internal/kernel/asm/coefficients.go (float32, for the generator of the assembly) and
internal/kernel/coefficients_arm64.go (the same, for the assembly that is written by hand).

Method: least squares of the relative error at Chebyshev nodes, which is within a small factor of
the minimax polynomial. The coefficients are rounded to the element type one at a time, the one of
the lowest power first, and the rest is fitted again each time, so that later coefficients make up
for the rounding of earlier ones. The relative error that is left is printed, in bits.
"""
import os

from mpmath import mp, mpf, cos, erf, erfc, exp, expm1, log, pi, sin, sqrt, tanh

mp.dps = 60
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
DIGITS = {"float32": 24, "float64": 53}


def round_to(x, bits):
    """x rounded to a binary significand of so many bits (no subnormals occur here)."""
    x = mpf(x)
    if x == 0:
        return x
    scale = mpf(2) ** (bits - 1 - int(mp.floor(log(abs(x), 2))))
    return mp.nint(x * scale) / scale


def fit(f, a, b, terms, bits, weight=None, fixed=()):
    """Coefficients c[0] + c[1]·x + … of f on [a, b], lowest power first, rounded to bits.

    The error is weighted by weight(x), by default 1/f(x), so that it is relative. fixed holds
    lowest coefficients that are given.
    """
    n = 4 * terms
    nodes = [(a + b) / 2 + (b - a) / 2 * cos((2 * i + 1) * pi / (2 * n)) for i in range(n)]
    values = [f(x) for x in nodes]
    weights = [1 / abs(v) if weight is None else weight(x) for x, v in zip(nodes, values)]
    c = list(fixed)
    while len(c) < terms:
        k = len(c)
        rest = [v - mp.polyval(c[::-1], x) if c else v for x, v in zip(nodes, values)]
        A = mp.matrix(n, terms - k)
        y = mp.matrix(n, 1)
        for i, (x, w) in enumerate(zip(nodes, weights)):
            for j in range(terms - k):
                A[i, j] = w * x ** (k + j)
            y[i] = w * rest[i]
        c.append(round_to(mp.lu_solve(A.T * A, A.T * y)[0], bits))
    worst = max(abs(w * (mp.polyval(c[::-1], x) - v)) for x, w, v in zip(nodes, weights, values))
    return c, float(log(worst, 2))


def near(f, series, z):
    """f(z), or its series' first terms where f's formula is 0/0."""
    return f(z) if abs(z) > mpf(10) ** -20 else series(z)


def tables(kind):
    """The constants and polynomials of one element type, as name -> number or list."""
    bits = DIGITS[kind]
    single = kind == "float32"
    ln2 = log(2)
    out = {}

    def put(name, *args, **kw):
        c, err = fit(*args, bits=bits, **kw)
        print(f"{kind} {name}: {len(c)} coefficients, error 2^{err:.1f}")
        out[name] = c[::-1]  # Horner wants the highest power first

    out["magic"] = mpf(3) * mpf(2) ** (bits - 2)  # its last bit is worth 1

    # exp: t = x·log2(e) + magic, whose last bit is worth 1/16, so that n = 16·q + k is the nearest whole
    # number to 16·x/ln2; r = x - n/16·ln2, with ln2 in two parts; exp(x) = 2^q·T[k]·(1 + (r·p(r) + t[k])),
    # t[k] the relative error of T[k] = 2^(k/16).
    hi = round_to(ln2, bits)
    out["expMagic"] = mpf(3) * mpf(2) ** (bits - 6)
    out["expLog2E"] = round_to(1 / ln2, bits)
    out["expLn2Hi"], out["expLn2Lo"] = hi, round_to(ln2 - hi, bits)
    out["expMax"] = mpf(89 if single else 710)  # beyond: +Inf
    out["expMin"] = mpf(-105 if single else -746)  # below: 0
    out["expTable"] = [round_to(mpf(2) ** (mpf(k) / 16), bits) for k in range(16)]
    out["expTail"] = [round_to(mpf(2) ** (mpf(k) / 16) / p - 1, bits) for k, p in enumerate(out["expTable"])]
    h = ln2 / 32 * mpf("1.001")
    put("expPoly", lambda r: near(lambda r: expm1(r) / r, lambda r: 1 + r / 2, r),
        -h, h, 3 if single else 6, weight=abs)

    # expm1: the same p, whose relative error counts near 0.
    put("expm1Poly", lambda r: near(lambda r: expm1(r) / r, lambda r: 1 + r / 2, r),
        -h, h, 4 if single else 7, fixed=[mpf(1)])

    # tanh, by a polynomial in a - u on each of the intervals of a = |x| whose bounds u + 1 are 1, 1.25,
    # 1.5, 1.75, 2, 2.5, …: four to each power of 2, so that the first bits of a + 1 tell which. The
    # first coefficient is tanh(u), and the second one, where u is 0, is 1. At tanhMax and beyond it is 1.
    top = 9 if single else 19
    out["tanhMax"] = mpf(top)
    terms, rows, errors = 7 if single else 14, [], []
    for i in range(4 * 5):
        low, width = mpf(2) ** (i // 4) * (4 + i % 4) / 4 - 1, mpf(2) ** (i // 4) / 4
        if low >= top:
            rows.append([mpf(0)] * (terms - 1) + [mpf(1)])
            break
        first = [round_to(tanh(low), bits)] if low > 0 else [mpf(0), mpf(1)]
        c, err = fit(lambda r: tanh(low + r), mpf(0), width, terms, bits, fixed=first)
        rows.append(c[::-1])
        errors.append(round(err, 1))
    print(f"{kind} tanhPoly: {terms} coefficients, errors 2^ {errors}")
    out["tanhPoly"] = [list(powers) for powers in zip(*rows)]  # by power, then by interval

    # log: log(1+f) = f - (f²/2 - s·(f²/2 + z·R(z))), s = f/(2+f), z = s².
    smax = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    atanh2 = lambda z: near(lambda z: (2 * mp.atanh(sqrt(z)) / sqrt(z) - 2) / z,
                            lambda z: mpf(2) / 3 + z * 2 / 5, z)
    put("logPoly", atanh2, mpf(0), smax**2, 4 if single else 8)

    # sin, cos on [-pi/4, pi/4], z = r²: sin = r + r·z·S(z), cos = 1 - z/2 + z²·C(z).
    half = pi / 2
    p1 = round_to(half, bits)
    p2 = round_to(half - p1, bits)
    out["trigTwoOverPi"] = round_to(1 / half, bits)
    out["trigPio2A"], out["trigPio2B"], out["trigPio2C"] = p1, p2, round_to(half - p1 - p2, bits)
    zmax = (pi / 4 * mpf("1.001")) ** 2
    put("sinPoly", lambda z: near(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z,
                                  lambda z: -mpf(1) / 6 + z / 120, z),
        mpf(0), zmax, 3 if single else 7)
    put("cosPoly", lambda z: near(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2,
                                  lambda z: mpf(1) / 24 - z / 720, z),
        mpf(0), zmax, 3 if single else 7)

    # Lower tail of the normal distribution: Φ(-x)·exp(x²/2) = (1-v)·Q(v), v = x/(x+K), x >= 0.
    # K is a compromise: a larger one needs fewer terms, but its coefficients cancel more. Q(0) is
    # exactly 1/2, and so is Φ(0).
    K = mpf(3 if single else 4)
    xmax = mpf("14.5" if single else 39)
    out["normK"], out["normInvK"], out["normMax"] = K, round_to(1 / K, bits), xmax

    def scaled_tail(v):
        x = K * v / (1 - v)
        return erfc(x / sqrt(mpf(2))) / 2 * exp(x * x / 2) / (1 - v)

    put("normPoly", scaled_tail, mpf(0), xmax / (xmax + K), 11 if single else 24, fixed=[mpf(1) / 2])
    out["normDensity"] = round_to(1 / sqrt(2 * pi), bits)  # φ(0)

    # erf(x) = x + x·E(x²) for |x| <= 1.
    put("erfPoly", lambda z: near(lambda z: erf(sqrt(z)) / sqrt(z) - 1,
                                  lambda z: 2 / sqrt(pi) - 1 - z * 2 / (3 * sqrt(pi)), z),
        mpf(0), mpf(1), 7 if single else 14,
        weight=lambda z: near(lambda z: sqrt(z) / erf(sqrt(z)), lambda z: sqrt(pi) / 2, z))
    out["sqrt2"] = round_to(sqrt(mpf(2)), bits)
    return out


def hexfloat(x, bits):
    """x as an exact hexadecimal floating-point literal of Go."""
    if x == mp.floor(x) and abs(x) < 10**6:
        return str(int(x))
    sign, man, exponent, _ = mpf(x)._mpf_
    return f"{'-' if sign else ''}0x{int(man):x}p{exponent:+d}"


HEADER = "// Code generated by internal/canon/fit/fit.py. DO NOT EDIT.\n\npackage %s\n\n"


def literal(v, bits):
    if isinstance(v, list):
        return "{" + ", ".join(literal(c, bits) for c in v) + "}"
    return hexfloat(v, bits)


def slices(v):
    """The brackets of Go's type for a number, a list or a list of lists."""
    return "[]" + slices(v[0]) if isinstance(v, list) else ""


def write_canon(all_tables):
    names = list(all_tables["float64"])
    lines = [HEADER % "canon",
             "// coefficients are the constants and polynomials of one element type; a polynomial's\n"
             "// coefficients stand with the highest power first.\n"
             "type coefficients[T Float] struct {\n"]
    for n in names:
        lines.append(f"\t{n} {slices(all_tables['float64'][n])}T\n")
    lines.append("}\n")
    for kind, t in all_tables.items():
        bits = DIGITS[kind]
        lines.append(f"\nvar coefficients{bits_name(kind)} = coefficients[{kind}]{{\n")
        for n in names:
            prefix = slices(t[n]) and slices(t[n]) + kind
            lines.append(f"\t{n}: {prefix}{literal(t[n], bits)},\n")
        lines.append("}\n")
    save(os.path.join(ROOT, "internal", "canon", "coefficients.go"), lines)


def write_asm(package, t, *path):
    lines = [HEADER % package, "// Constants and polynomials of package canon for float32, highest power first.\nvar (\n"]
    for n, v in t.items():
        value = literal(v, 24)
        lines.append(f"\t{n} = {slices(v)}float32{value if isinstance(v, list) else f'({value})'}\n")
    lines.append(")\n")
    save(os.path.join(ROOT, "internal", "kernel", *path), lines)


def bits_name(kind):
    return "32" if kind == "float32" else "64"


def save(path, lines):
    with open(path, "w") as f:
        f.write("".join(lines))
    os.system(f"gofmt -w {path}")


if __name__ == "__main__":
    both = {kind: tables(kind) for kind in DIGITS}
    write_canon(both)
    write_asm("main", both["float32"], "asm", "coefficients.go")
    write_asm("kernel", both["float32"], "coefficients_arm64.go")
