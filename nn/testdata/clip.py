"""Writes clip.json: gradients of a small network before and after PyTorch's clipping.

Gradients are drawn, not computed: clipping does not know where they come from. The layers are those of
TestClipAgainstPyTorch: conv 3 @ 3×3 of 2 channels, linear 3, linear 4. Tensors are written flat, in PyTorch's
layout.
"""

import json

import torch

SHAPES = [
    ("conv1.weight", (3, 2, 3, 3)), ("conv1.bias", (3,)),
    ("linear1.weight", (3, 27)), ("linear1.bias", (3,)),
    ("linear2.weight", (4, 3)), ("linear2.bias", (4,)),
]


def case(by, limit, scale):
    generator = torch.Generator().manual_seed(len(by) + int(1000 * limit))
    params = []
    for i, (_, shape) in enumerate(SHAPES):
        p = torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64))
        g = torch.randn(shape, generator=generator, dtype=torch.float64) * scale * 3 ** -i
        p.grad = g.float().double()  # exact in float32 as well
        params.append(p)
    before = [p.grad.flatten().tolist() for p in params]
    norm = torch.nn.utils.get_total_norm([p.grad for p in params]).item()
    if by == "value":
        torch.nn.utils.clip_grad_value_(params, limit)
    elif by == "norm":
        torch.nn.utils.clip_grad_norm_(params, limit)
    else:  # weight and bias of a layer together
        for i in range(0, len(params), 2):
            torch.nn.utils.clip_grad_norm_(params[i:i + 2], limit)
    after = [p.grad.flatten().tolist() for p in params]
    left = torch.nn.utils.get_total_norm([p.grad for p in params]).item()
    return {"By": by, "Limit": limit, "Before": before, "After": after, "NormBefore": norm, "NormAfter": left,
            "Cut": before != after}


cases = []
for by in ("value", "norm", "layer-norm"):
    for limit, scale in ((1, 0.3), (5, 100), (1e-3, 1e-3), (1e6, 1)):
        cases.append(case(by, limit, scale))
with open("clip.json", "w") as f:
    json.dump({"Names": [n for n, _ in SHAPES], "Cases": cases}, f)
