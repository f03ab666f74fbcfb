"""Writes the pictures in this directory and reference.txt, the pixels that Pillow sees in them.

    python -m venv v && v/bin/pip install pillow numpy && v/bin/python pillow.py     (made with Pillow 13.0.0)
"""

import io

import numpy as np
from PIL import Image, ImageOps, features

assert features.check("webp")
lines = []


def pattern(w, h, c):
    """Bytes that the test makes too: a linear congruential generator."""
    s, out = 1, bytearray()
    for _ in range(w * h * c):
        s = (s * 1664525 + 1013904223) % 2**32
        out.append(s >> 24)
    a = np.frombuffer(bytes(out), np.uint8).reshape(h, w, c)
    return Image.fromarray(a[:, :, 0] if c == 1 else a)


def record(name, tolerance, img):
    lines.append(f"{name} {tolerance} {img.width} {img.height} {len(img.getbands())} {img.tobytes().hex()}")


# Resizing: the largest part in the middle, then a triangle.
for w, h, c, tw, th in [(100, 100, 3, 9, 9), (37, 53, 3, 8, 8), (53, 37, 3, 8, 8), (5, 7, 3, 8, 8), (200, 3, 3, 6, 6),
                        (1, 1, 3, 3, 3), (28, 28, 1, 10, 10), (16, 16, 3, 16, 16), (16, 9, 3, 8, 4), (40, 31, 1, 13, 7)]:
    if w * th > h * tw:
        cw, ch = max(1, (2 * h * tw + th) // (2 * th)), h
    else:
        cw, ch = w, max(1, (2 * w * th + tw) // (2 * tw))
    left, top = (w - cw) // 2, (h - ch) // 2
    img = pattern(w, h, c).crop((left, top, left + cw, top + ch)).resize((tw, th), Image.Resampling.BILINEAR)
    record(f"resize:{w}x{h}x{c}", 0, img)

# A smooth picture without a symmetry, so that JPEG keeps it and every turn differs.
y, x = np.mgrid[0:16, 0:24]
smooth = np.stack([x * 10, y * 15, 255 - (x + y) * 6], axis=2).astype(np.uint8)
rgb = Image.fromarray(smooth)
grey = Image.fromarray(smooth[:, :, 0].copy())
rgba = rgb.copy()
rgba.putalpha(Image.fromarray(((x * 11 + y * 3) % 256).astype(np.uint8)))


def seen(b):
    img = ImageOps.exif_transpose(Image.open(io.BytesIO(b)))
    if img.mode in ("RGBA", "LA", "PA") or "transparency" in img.info:
        img = img.convert("RGBA")
        img = Image.alpha_composite(Image.new("RGBA", img.size, "white"), img)
    return img.convert("RGB")


def save(name, img, tolerance=0, **options):
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP"}[name.rsplit(".", 1)[1]]
    buffer = io.BytesIO()
    img.save(buffer, kind, **options)
    with open(name, "wb") as f:
        f.write(buffer.getvalue())
    record(name, tolerance, seen(buffer.getvalue()))


for o in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = o
    save(f"turn{o}.jpg", rgb, 4, quality=95, subsampling=0, exif=exif)
exif = Image.Exif()
exif[0x0112] = 6
save("turn6.png", rgb, exif=exif)
save("turn6.webp", rgb, lossless=True, exif=exif)
save("progressive.jpg", rgb, 4, quality=95, subsampling=0, progressive=True)
save("subsampled.jpg", rgb, 16, quality=90)  # decoders differ in how they enlarge the colour planes
save("grey.jpg", grey, 3, quality=95)
save("cmyk.jpg", rgb.convert("CMYK"), 6, quality=95)
save("rgb.png", rgb)
save("grey.png", grey)
save("rgba.png", rgba, 1)
save("greyalpha.png", rgba.convert("LA"), 1)
save("palette.png", rgb.quantize(16))
save("bits.png", grey.convert("1"))
palette = rgb.quantize(16)
save("palettealpha.png", palette, transparency=3)
save("palette.gif", palette)
save("transparent.gif", palette, transparency=3)
save("rgb.bmp", rgb)
save("palette.bmp", palette)
save("grey.bmp", grey)
save("lossless.webp", rgb, lossless=True)
save("alpha.webp", rgba, 1, lossless=True, exact=True)
save("lossy.webp", rgb, 20, quality=95)  # like subsampled.jpg
save("white.webp", Image.new("RGB", (16, 16), "white"), quality=95)
save("red.webp", Image.new("RGB", (16, 16), (200, 30, 30)), 1, quality=95)
faint = Image.new("RGBA", (16, 16), (200, 30, 30, 100))
save("lossyalpha.webp", faint, 2, quality=95)

with open("reference.txt", "w") as f:
    f.write("# name, tolerance, width, height, channels, pixels; by pillow.py\n" + "\n".join(lines) + "\n")
