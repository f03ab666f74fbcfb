"""Pictures as torchvision, Pillow and SciPy transform them: writes reference.json.

    pip install torch torchvision numpy scipy pillow
    python reference.py

What gradlab draws is chosen here (offsets, angles, factors); the test hands the same to its arithmetic. Pixels
are base64 of height x width x channels bytes.
"""

import base64
import colorsys
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance
from scipy import ndimage
from torchvision.transforms.v2 import functional as F
from torchvision.transforms import InterpolationMode

random = np.random.default_rng(20261124)


def smooth(h, w, c):
    """A picture with structure at every scale."""
    y, x = np.mgrid[0:h, 0:w]
    planes = [
        128 + 60 * np.sin(x / (2 + k)) + 50 * np.cos(y / (3 - k / 2)) + random.normal(0, 12, (h, w)) for k in range(c)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def tensor(p):
    return torch.from_numpy(p).permute(2, 0, 1)


def array(t):
    return t.permute(1, 2, 0).numpy()


def text(p):
    return base64.b64encode(np.ascontiguousarray(p).tobytes()).decode()


cases = []


def case(what, src, want, within, **parameters):
    cases.append(
        dict(what=what, shape=src.shape, src=text(src), want_shape=want.shape, want=text(want), within=within, **parameters)
    )


colour, grey = smooth(13, 17, 3), smooth(12, 9, 1)

for p in colour, grey:
    h, w, _ = p.shape
    t = tensor(p)
    case("flip", p, array(F.horizontal_flip(t)), 0)
    case("vertical-flip", p, array(F.vertical_flip(t)), 0)
    case("centre-crop", p, array(F.center_crop(t, [h - 4, w - 3])), 0)
    for top, left in [(0, 0), (3, 7), (8, 2)]:  # of the picture with a padding of 4
        case("crop", p, array(F.crop(F.pad(t, [4, 4, 4, 4]), top, left, h, w)), 0, top=top - 4, left=left - 4)
    for degrees in [10.0, -33.5, 90.0, 179.0]:
        # torchvision on float64, whose grid_sample has zeros outside as gradlab has
        want = F.rotate(t.to(torch.float64), degrees, interpolation=InterpolationMode.BILINEAR, fill=None)
        case("rotation", p, np.rint(array(want)).astype(np.uint8), 1, degrees=degrees)
        # SciPy: for output coordinates o (row, column), input A o + offset
        a = np.deg2rad(degrees)
        matrix = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        centre = np.array([(h - 1) / 2, (w - 1) / 2])
        planes = [
            ndimage.affine_transform(p[..., k].astype(float), matrix, centre - matrix @ centre, order=1, mode="grid-constant")
            for k in range(p.shape[2])
        ]
        case("rotation", p, np.rint(np.stack(planes, -1)).astype(np.uint8), 1, degrees=degrees)

for top, left, h, w, to_h, to_w in [(2, 3, 8, 9, 13, 17), (0, 0, 13, 17, 7, 5), (4, 1, 6, 12, 20, 11)]:
    part = Image.fromarray(colour[top : top + h, left : left + w])
    want = np.asarray(part.resize((to_w, to_h), Image.BILINEAR))
    case("resized-crop", colour, want, 0, top=top, left=left, height=h, width=w)

for factor in [0.4, 0.85, 1.0, 1.7]:
    t = tensor(colour)
    # torchvision cuts the fraction off, gradlab rounds: one level apart at most
    case("brightness", colour, array(F.adjust_brightness(t, factor)), 1, factor=factor)
    case("saturation", colour, array(F.adjust_saturation(t, factor)), 1, factor=factor)
    # and its mean grey is not rounded, as Pillow's and gradlab's are
    case("contrast", colour, array(F.adjust_contrast(t, factor)), 2, factor=factor)
    want = ImageEnhance.Contrast(Image.fromarray(colour)).enhance(factor)
    case("contrast", colour, np.asarray(want), 1, factor=factor)
    grey_t = tensor(grey).expand(3, -1, -1)
    case("contrast", grey, array(F.adjust_contrast(grey_t, factor))[..., :1], 2, factor=factor)

for hue in [-0.5, -0.31, 0.05, 0.25, 0.5]:
    case("hue", colour, array(F.adjust_hue(tensor(colour), hue)), 2, hue=hue)
    want = np.zeros_like(colour)
    for y in range(colour.shape[0]):
        for x in range(colour.shape[1]):
            a, s, v = colorsys.rgb_to_hsv(*(colour[y, x] / 255.0))
            want[y, x] = np.rint(255 * np.array(colorsys.hsv_to_rgb((a + hue) % 1, s, v)))
    case("hue", colour, want, 1, hue=hue)

Path(__file__).with_name("reference.json").write_text(json.dumps(cases, indent=0) + "\n")
