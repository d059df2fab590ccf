"""The speed of PyTorch on one thread, beside which native.mjs puts ours. Wants torch alone.

    python tests/bench/torch_speed.py

For every line of the input that names a network it prints a line of JSON: of each way to run it the milliseconds forward alone and
forward with the gradient of the input, weights having none, of the process's own time.
Weights are random, batch normalization folded; one crop of 224.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

SECONDS = 0.4  # of each measurement
LITE0 = [(3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)]


def conv(channels: int, out: int, side: int, stride: int = 1, groups: int = 1, after: nn.Module | None = None) -> nn.Sequential:
    layer = nn.Conv2d(channels, out, side, stride, side // 2, groups=groups)
    return nn.Sequential(layer, after) if after else nn.Sequential(layer)


class Inverted(nn.Module):
    """A block of EfficientNet-Lite."""

    def __init__(self, channels: int, out: int, side: int, stride: int, expand: int) -> None:
        super().__init__()
        wide, clamp = channels * expand, nn.ReLU6(inplace=True)
        self.layers = nn.Sequential(
            *([conv(channels, wide, 1, after=clamp)] if expand > 1 else []),
            conv(wide, wide, side, stride, groups=wide, after=clamp),
            conv(wide, out, 1),
        )
        self.adds = stride == 1 and channels == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.adds else self.layers(x)


def head(channels: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000)]


def lite0() -> nn.Module:
    clamp = nn.ReLU6(inplace=True)
    layers, channels = [conv(3, 32, 3, 2, after=clamp)], 32
    for side, stride, expand, out, count in LITE0:
        for i in range(count):
            layers.append(Inverted(channels, out, side, 1 if i else stride, expand))
            channels = out
    return nn.Sequential(*layers, conv(320, 1280, 1, after=clamp), *head(1280))


class Basic(nn.Module):
    """A block of ResNet-18."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(conv(channels, out, 3, stride, after=nn.ReLU(inplace=True)), conv(out, out, 3))
        self.beside = nn.Identity() if channels == out else conv(channels, out, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.layers(x) + self.beside(x), inplace=True)


def resnet18() -> nn.Module:
    layers, channels = [conv(3, 64, 7, 2, after=nn.ReLU(inplace=True)), nn.MaxPool2d(3, 2, 1)], 64
    for stage, out in enumerate((64, 128, 256, 512)):
        layers += [Basic(channels, out, 2 if stage else 1), Basic(out, out, 1)]
        channels = out
    return nn.Sequential(*layers, *head(512))


class Attending(nn.Module):
    """A block of ViT-Tiny."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.qkv, self.out = nn.LayerNorm(features), nn.Linear(features, 3 * features), nn.Linear(features, features)
        self.mlp = nn.Sequential(
            nn.LayerNorm(features), nn.Linear(features, 4 * features), nn.GELU(), nn.Linear(4 * features, features)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, tokens, features = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, features)
        x = x + self.out(seen)
        return x + self.mlp(x)


class Vit(nn.Module):
    def __init__(self, features: int = 192, heads: int = 3, depth: int = 12) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, features, 16, 16)
        self.token, self.places = nn.Parameter(torch.zeros(1, 1, features)), nn.Parameter(torch.zeros(1, 197, features))
        self.blocks = nn.Sequential(*(Attending(features, heads) for _ in range(depth)), nn.LayerNorm(features))
        self.head = nn.Linear(features, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), patches], 1) + self.places
        return self.head(self.blocks(x)[:, 0])


NETWORKS: dict[str, Callable[[], nn.Module]] = {"lite0": lite0, "resnet18": resnet18, "vit": Vit}


def best_ms(work: Callable[[], object]) -> float:
    for _ in range(3):
        work()
    best, end = float("inf"), time.process_time() + SECONDS
    while time.process_time() < end:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return 1e3 * best


def speed(model: nn.Module, x: torch.Tensor) -> dict[str, float]:
    def forward() -> None:
        with torch.inference_mode():
            model(x)

    def both() -> None:
        x.grad = None
        model(x)[0, 0].backward()

    x.requires_grad_(True)
    return {"forward_ms": best_ms(forward), "both_ms": best_ms(both)}


def ways(name: str) -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Each layout of images, as it is and compiled."""
    made = {}
    for layout, order in (("eager", torch.contiguous_format), ("eager, channels last", torch.channels_last)):
        torch.manual_seed(0)
        model = NETWORKS[name]().eval().requires_grad_(False).to(memory_format=order)
        made[layout] = (model, torch.rand(1, 3, 224, 224).to(memory_format=order))
    for layout, (model, x) in list(made.items()):
        made[layout.replace("eager", "compiled")] = (torch.compile(model), x)
    return made


def main() -> None:
    torch.set_num_threads(1)
    ready: dict[str, dict[str, tuple[nn.Module, torch.Tensor]]] = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in ready:
            ready[name] = ways(name)
        print(json.dumps({way: speed(*made) for way, made in ready[name].items()}), flush=True)


if __name__ == "__main__":
    main()
