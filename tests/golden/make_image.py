"""Writes image.h beside it: what NumPy and PyTorch compute for the image half of the core.

python3 -m venv venv && venv/bin/pip install numpy torch==2.13.0 && venv/bin/python tests/golden/make_image.py
"""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

random = np.random.default_rng(7)
lines = [
    "/* Made by make_image.py with NumPy and PyTorch: do not edit. */",
    "#ifndef GOLDEN_IMAGE_H",
    "#define GOLDEN_IMAGE_H",
    "",
]


def write(name, values):
    numbers = [f"{v:.9g}" for v in np.asarray(values, dtype=np.float64).ravel()]
    text = ", ".join(n if "." in n or "e" in n or "inf" in n else n + ".0" for n in numbers).replace(", ", "f, ") + "f"
    lines.append(f"static const float {name}[{len(numbers)}] = {{")
    row = " "
    for number in text.split(" "):
        if len(row) + len(number) > 126:
            lines.append(row)
            row = " "
        row += " " + number
    lines.extend([row, "};", ""])


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def inverse_transforms():
    for height, width in (6, 8), (5, 7), (4, 2):
        s = normal(height, width // 2 + 1, 2)
        x = np.fft.irfft2(s[..., 0].astype(float) + 1j * s[..., 1], (height, width))
        write(f"GOLDEN_SPECTRUM_{height}X{width}", s)
        write(f"GOLDEN_INVERSE_{height}X{width}", x)


RECORRELATE = torch.tensor(
    [[0.56282854, 0.58447580, 0.58447580], [0.19482528, 0, -0.19482528], [0.04329450, -0.10823626, 0.06494176]],
    dtype=torch.float64,
)


def standardize(x):
    return (x - x.mean()) / (x.std(correction=0) + 1e-5)


def parametrization(name, height, width, standardize_phase, low, high):
    magnitude = np.abs(normal(3, height, width // 2 + 1)) + 0.1
    start = 2 * normal(3, height, width // 2 + 1) + 0.5
    dimage = normal(height, width, 3)
    phase = torch.tensor(start.astype(float), requires_grad=True)
    used = torch.tensor(magnitude.astype(float))
    used[:, 0, 0] = 0
    p = standardize(phase) if standardize_phase else phase
    x = standardize(torch.fft.irfft2(torch.polar(used, p), (height, width)))
    image = torch.sigmoid(x.permute(1, 2, 0) @ RECORRELATE) * (high - low) + low
    (image * torch.tensor(dimage.astype(float))).sum().backward()
    write(f"GOLDEN_{name}_MAGNITUDE", magnitude)
    write(f"GOLDEN_{name}_PHASE", start)
    write(f"GOLDEN_{name}_IMAGE", image.detach())
    write(f"GOLDEN_{name}_DIMAGE", dimage)
    write(f"GOLDEN_{name}_DPHASE", phase.grad)


def crops():
    height, width = 9, 11
    image = normal(height, width, 3)
    write("GOLDEN_CROPS_IMAGE", image)
    # y, x, height, width of the box in pixels; height, width of the crop: inside, whole, enlarged, partly outside, one pixel, larger
    boxes = (1, 2, 7, 8, 4, 5), (0, 0, 9, 11, 6, 6), (3, 4, 2, 3, 7, 5), (-2, -3, 8, 9, 5, 4), (4, 5, 1, 1, 2, 3), (-1, -1, 12, 13, 3, 4)
    padded = F.pad(torch.tensor(image).permute(2, 0, 1)[None], (20, 20, 20, 20))
    lines.append(f"static const int GOLDEN_BOXES[{len(boxes)}][6] = {{")
    lines.extend("    {" + ", ".join(map(str, b)) + "}," for b in boxes)
    lines.extend(["};", ""])
    results = []
    for y, x, h, w, out_h, out_w in boxes:
        box = padded[:, :, y + 20 : y + 20 + h, x + 20 : x + 20 + w]
        crop = F.interpolate(box, (out_h, out_w), mode="bilinear", antialias=True, align_corners=False)
        results.append(crop[0].permute(1, 2, 0).reshape(-1).numpy())
    write("GOLDEN_CROPS", np.concatenate(results))


def optimizer(name, steps, rate, betas, eps, cosine=False, **nadam):
    count = 6
    values = torch.tensor(normal(count), requires_grad=True)
    gradients = normal(steps, count) * np.float32([1e-6, 1e-2, 1, 1, 10, 1e4])
    kind = torch.optim.NAdam if nadam else torch.optim.Adam
    optimizer = kind([values], lr=rate, betas=betas, eps=eps, maximize=True, **nadam)
    write(f"GOLDEN_{name}_START", values.detach().clone())
    after = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps)) if cosine else rate
        values.grad = torch.tensor(gradients[step])
        optimizer.step()
        after.append(values.detach().clone().numpy())
    write(f"GOLDEN_{name}_GRADIENTS", gradients)
    write(f"GOLDEN_{name}_VALUES", np.stack(after))


def penalties(height, width, low, high):
    image = normal(height, width, 3)
    v = torch.tensor(image.astype(float), requires_grad=True)
    u = (v - low) / (high - low)
    fy, fx = torch.fft.fftfreq(height, dtype=torch.float64)[:, None], torch.fft.fftfreq(width, dtype=torch.float64)[None]
    energy = torch.fft.fft2(u, dim=(0, 1)).abs() ** 2 / (height * width)
    values = {
        "VARIATION": (u.diff(dim=0).abs().sum() + u.diff(dim=1).abs().sum()) / u.numel(),
        "L2": ((u - 0.5) ** 2).mean(),
        "FREQUENCY": (energy * (2 * (fy**2 + fx**2))[:, :, None]).mean(),
    }
    name = f"GOLDEN_PENALTIES_{height}X{width}"
    write(f"{name}_IMAGE", image)
    write(name, [value.item() for value in values.values()])
    write(f"{name}_GRADIENTS", torch.stack([torch.autograd.grad(value, v, retain_graph=True)[0] for value in values.values()]))


inverse_transforms()
parametrization("PLAIN", 5, 7, False, 0, 1)
parametrization("STANDARDIZED", 6, 8, True, -1, 1)
crops()
optimizer("NADAM", 10, 0.5, (0.9, 0.999), 1e-8, momentum_decay=0.004)
optimizer("NADAM_COSINE", 10, 1.0, (0.8, 0.99), 1e-3, cosine=True, momentum_decay=0.02)
optimizer("ADAM", 10, 0.05, (0.9, 0.999), 1e-8)
penalties(5, 7, 0, 1)
penalties(6, 8, -1, 2)
lines.append("#endif")
Path(__file__).with_name("image.h").write_text("\n".join(lines) + "\n")
