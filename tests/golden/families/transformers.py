"""Transformers of timm and torchvision, and towers written as their authors published them."""

from __future__ import annotations

import timm
import torch
import torchvision.models as tv
from timm.models import deit, swin_transformer, vision_transformer
from torch import Tensor, nn
from torch.nn import functional as F

from .narrow import CLASSES

WIDTH, HEADS, DEPTH = 24, 3, 3
SHAPE = {"patch_size": 8, "embed_dim": WIDTH, "depth": DEPTH, "num_heads": HEADS, "num_classes": CLASSES}


def vit() -> nn.Module:
    """Attention in its parts."""
    timm.layers.set_fused_attn(False)
    try:
        return vision_transformer.VisionTransformer(img_size=48, **SHAPE)
    finally:
        timm.layers.set_fused_attn(True)


def vit_torchvision() -> nn.Module:
    """nn.MultiheadAttention."""
    return tv.VisionTransformer(48, 8, DEPTH, HEADS, WIDTH, 4 * WIDTH, num_classes=CLASSES)


def deit_distilled() -> nn.Module:
    return deit.VisionTransformerDistilled(img_size=48, **SHAPE)


def dinov2() -> nn.Module:
    """Register tokens, layer scale, and a position embedding that is resampled in the graph for images that are not 64 x 64."""
    return vision_transformer.VisionTransformer(img_size=64, reg_tokens=4, init_values=1e-5, no_embed_class=True,
                                                dynamic_img_size=True, **SHAPE)


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (width // HEADS) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class DinoBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, 1e-6)
        self.attn = SelfAttention()
        self.norm2 = nn.LayerNorm(WIDTH, 1e-6)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Dino(nn.Module):
    """The position embedding of 8 x 8 patches is resampled by a bicubic filter to the image's patches."""

    GRID = 8

    def __init__(self):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, WIDTH, 8, 8)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + self.GRID**2, WIDTH))
        self.blocks = nn.ModuleList(DinoBlock() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH, 1e-6)

    def positions(self, height: int, width: int) -> Tensor:
        grid = self.pos_embed[:, 1:].reshape(1, self.GRID, self.GRID, WIDTH).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=False)
        return torch.cat([self.pos_embed[:, :1], grid.permute(0, 2, 3, 1).reshape(1, -1, WIDTH)], 1)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patch_embed(image)
        positions = self.positions(x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class ClipBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, HEADS)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), QuickGELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class Clip(nn.Module):
    """The image tower of CLIP: tokens before images, a normalization before the blocks, a projection without bias, and the result
    of length 1."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, 8, 8, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(WIDTH))
        self.positional_embedding = nn.Parameter(torch.zeros(37, WIDTH))
        self.ln_pre = nn.LayerNorm(WIDTH)
        self.resblocks = nn.Sequential(*(ClipBlock() for _ in range(DEPTH)))
        self.ln_post = nn.LayerNorm(WIDTH)
        self.proj = nn.Parameter(torch.zeros(WIDTH, 16))

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv1(image).flatten(2).permute(0, 2, 1)
        start = self.class_embedding + torch.zeros(x.shape[0], 1, WIDTH, dtype=x.dtype)
        x = self.ln_pre(torch.cat([start, x], 1) + self.positional_embedding)
        x = self.resblocks(x.permute(1, 0, 2)).permute(1, 0, 2)
        features = self.ln_post(x[:, 0]) @ self.proj
        return features / features.norm(dim=1, keepdim=True)


def swin() -> nn.Module:
    return swin_transformer.SwinTransformer(img_size=64, patch_size=4, num_classes=CLASSES, embed_dim=12, depths=(2, 2),
                                            num_heads=(2, 4), window_size=4)


def swin_torchvision() -> nn.Module:
    """Windows that do not divide the image: it is padded and cut in every block."""
    return tv.SwinTransformer([4, 4], 12, [2, 2], [2, 4], [5, 5], num_classes=CLASSES)
