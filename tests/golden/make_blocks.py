"""Writes blocks/*: a tiny convolutional network, a tiny vision transformer and one of lines and sequences, and every value that
PyTorch computes with them.

python3 -m venv venv && venv/bin/pip install numpy onnx onnxscript torch==2.13.0 && venv/bin/python tests/golden/make_blocks.py

NAME.onnx    random weights; the outputs are the layers that NAME.npy tells of, in the order of NETWORKS
NAME.npy     one after the other, each in the order of the file's own axes: an image, the layers, and the gradient of the mean
             square of the last layer for the image. In float64.

They are smooth, so that no comparison hangs on which side of a kink a number falls, but for one maximum over windows."""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

from families import exporters
from make_generators import settle
from recipes import Random

OUT = Path(__file__).with_name("blocks")


class Convolutions(nn.Module):
    """A strided convolution, a maximum over windows, an inverted residual with a squeeze-and-excitation, and a classifier; odd sizes."""

    sizes = 23, 30

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = nn.BatchNorm2d(8)
        self.expand = nn.Conv2d(8, 20, 1)
        self.depthwise = nn.Conv2d(20, 20, 5, 1, 2, groups=20)
        self.squeeze = nn.Conv2d(20, 4, 1)
        self.excite = nn.Conv2d(4, 20, 1)
        self.project = nn.Conv2d(20, 8, 1)
        self.classify = nn.Linear(8, 6)

    def forward(self, x):
        stem = F.silu(self.norm(self.stem(x)))
        pooled = F.max_pool2d(stem, 3, 2, 1)
        wide = F.silu(self.depthwise(F.silu(self.expand(pooled))))
        gate = torch.sigmoid(self.excite(F.silu(self.squeeze(wide.mean((2, 3), keepdim=True)))))
        block = pooled + self.project(wide * gate)
        return stem, pooled, block, self.classify(block.mean((2, 3)))


class Transformer(nn.Module):
    """Patches of 8 x 8, a class token, positions, and one block: attention of 3 heads, then an MLP, each after a LayerNorm."""

    sizes = 24, 16
    heads, width = 3, 12

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, self.width, 8, 8)
        self.token = nn.Parameter(torch.empty(1, 1, self.width))
        self.positions = nn.Parameter(torch.empty(1, 7, self.width))
        self.norm1 = nn.LayerNorm(self.width)
        self.qkv = nn.Linear(self.width, 3 * self.width)
        self.merge = nn.Linear(self.width, self.width)
        self.norm2 = nn.LayerNorm(self.width)
        self.widen = nn.Linear(self.width, 4 * self.width)
        self.narrow = nn.Linear(4 * self.width, self.width)
        self.norm3 = nn.LayerNorm(self.width)
        self.classify = nn.Linear(self.width, 6)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token, tokens], 1) + self.positions
        q, k, v = self.qkv(self.norm1(tokens)).reshape(1, 7, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(2, 3) * (self.width // self.heads) ** -0.5).softmax(3)
        attended = tokens + self.merge((weights @ v).transpose(1, 2).reshape(1, 7, self.width))
        block = attended + self.narrow(F.gelu(self.widen(self.norm2(attended))))
        return tokens, weights, attended, block, self.classify(self.norm3(block)[:, 0])


class Lines(nn.Module):
    """Lines of positions: a convolution and a pool over them, a gate over channels (ECA), an LSTM both ways, whose last states are
    read too, a GRU, and a classifier."""

    sizes = 16, 24

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.conv = nn.Conv1d(8, 12, 3, 1, 1)
        self.norm = nn.BatchNorm1d(12)
        self.gate = nn.Conv1d(1, 1, 3, 1, 1)
        self.lstm = nn.LSTM(12, 6, bidirectional=True)
        self.gru = nn.GRU(12, 5)
        self.classify = nn.Linear(29, 6)

    def forward(self, x):
        line = F.silu(self.norm(self.conv(self.patches(x).flatten(2))))
        pooled = F.max_pool1d(line, 3, 2, 1)
        weights = torch.sigmoid(self.gate(F.adaptive_avg_pool1d(pooled, 1).transpose(1, 2))).transpose(1, 2)
        gated = pooled * weights
        sequence, (state, memory) = self.lstm(gated.permute(2, 0, 1))
        last = self.gru(sequence)[1]
        states = torch.cat([state, memory], 2).permute(1, 0, 2).flatten(1)
        return line, pooled, gated, sequence, self.classify(torch.cat([states, last[0]], 1))


# build, exporter, opset, layers
NETWORKS = {
    "conv": (Convolutions, "dynamo", 18, ("stem", "pooled", "block", "logits")),
    "vit": (Transformer, "torchscript", 17, ("tokens", "weights", "attended", "block", "logits")),
    "lines": (Lines, "torchscript", 17, ("line", "pooled", "gated", "sequence", "logits")),
}


def make(name, build, exporter, opset, layers):
    random = Random(len(name))
    model = build().eval()
    with torch.no_grad():
        settle(model, random, 1.7)
    image = torch.tensor(random.uniform(0, 1, 1, 3, *build.sizes))
    exported = exporters.export_for(model, image, exporter, opset, False, ("image", *layers))
    onnx.checker.check_model(exported)
    (OUT / f"{name}.onnx").write_bytes(exported.SerializeToString(deterministic=True))

    x = image.double().requires_grad_()
    values = model.double()(x)
    values[-1].square().mean().backward()
    parts = [value.detach().reshape(-1).numpy() for value in (x, *values, x.grad)]
    np.save(OUT / f"{name}.npy", np.concatenate(parts).astype(np.float32))
    spread = ", ".join(f"{layer} {tuple(value.shape)} {value.std():.2f}" for layer, value in zip(layers, values))
    print(f"{name}: deviations {spread}, gradient {x.grad.std():.1e}")


def main():
    OUT.mkdir(exist_ok=True)
    for name, network in NETWORKS.items():
        make(name, *network)


if __name__ == "__main__":
    main()
