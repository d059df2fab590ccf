"""Networks from image to image, and operators that the others have none of."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .narrow import CLASSES


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width, affine=True), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class StyleTransfer(nn.Module):
    """Down, residual blocks, up: once by a transposed convolution, once by enlargement and a convolution."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(
            nn.ReflectionPad2d(4), nn.Conv2d(3, 8, 9), nn.InstanceNorm2d(8, affine=True), nn.ReLU(),
            nn.Conv2d(8, 16, 3, 2, padding=1), nn.InstanceNorm2d(16, affine=True), nn.ReLU(),
            nn.Conv2d(16, 24, 3, 2, padding=1), nn.InstanceNorm2d(24, affine=True), nn.ReLU())
        self.residual = nn.Sequential(Residual(24), Residual(24))
        self.up = nn.Sequential(
            nn.ConvTranspose2d(24, 16, 3, 2, padding=1, output_padding=1), nn.InstanceNorm2d(16, affine=True), nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="nearest"), nn.ReplicationPad2d(1), nn.Conv2d(16, 8, 3), nn.ReLU())
        self.out = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(8, 3, 9))

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.out(self.up(self.residual(self.down(x)))))


class UNet(nn.Module):
    """Ends in sub-pixel convolutions, and takes its skip connections at every size; one is enlarged bilinearly."""

    def __init__(self):
        super().__init__()
        self.down1 = self.stage(3, 8)
        self.down2 = self.stage(8, 16)
        self.bottom = self.stage(16, 24)
        self.up2 = nn.ConvTranspose2d(24, 16, 2, 2)
        self.merge2 = self.stage(32, 16)
        self.merge1 = self.stage(24, 12)
        self.shuffle = nn.PixelShuffle(2)
        self.unshuffle = nn.PixelUnshuffle(2)
        self.head = nn.Conv2d(15, CLASSES, 1)

    @staticmethod
    def stage(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1))

    def forward(self, x: Tensor) -> Tensor:
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        y = self.bottom(F.avg_pool2d(two, 3, 2, padding=1, count_include_pad=False))
        y = self.merge2(torch.cat([two, self.up2(y)], 1))
        y = self.merge1(torch.cat([one, F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)], 1))
        y = self.unshuffle(self.shuffle(y))
        return self.head(torch.cat([x, y], 1))


class Activations(nn.Module):
    """One convolution after another, with an activation each that few networks have, and reductions of every kind at the end."""

    def __init__(self):
        super().__init__()
        kinds = [nn.PReLU(12), nn.PReLU(), nn.Mish(), nn.ELU(0.7), nn.SELU(), nn.CELU(1.5), nn.Softplus(), nn.Softsign(), nn.GELU(),
                 nn.GELU("tanh"), nn.Hardtanh(-1.5, 1.5), nn.Hardswish(), nn.Hardsigmoid(), nn.SiLU(), nn.Tanh(), nn.LogSigmoid(),
                 nn.ReLU6(), nn.GLU(1)]
        self.stem = nn.Conv2d(3, 12, 3, 2, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(12, 24 if isinstance(kind, nn.GLU) else 12, 1 + 2 * (i % 2), padding=i % 2), kind)
            for i, kind in enumerate(kinds))
        self.norm = nn.GroupNorm(3, 12)
        self.head = nn.Linear(12 * 5, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x) / 2
        x = self.norm(x)
        positions = x.flatten(2)
        features = [positions.mean(2), positions.amax(2), positions.amin(2), positions.norm(dim=2) / 8,
                    torch.logsumexp(positions, 2)]
        return F.log_softmax(self.head(torch.cat(features, 1)), 1)
