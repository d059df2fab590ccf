"""What this folder's golden files and the tests that read them compute alike: a hash, an image, and sums over a tensor."""

from __future__ import annotations

import numpy as np

SUMS = 64
MEAN, STD = 0.5, 0.25  # of every network: input = (image - MEAN) / STD


def mixed(index: np.ndarray) -> np.ndarray:
    """A hash of 32-bit numbers to 32-bit numbers."""
    h = np.asarray(index, np.uint32) * np.uint32(0x9E3779B1)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
    return h ^ (h >> np.uint32(16))


def make_image(seed: int, side: int) -> np.ndarray:
    """side x side x 3 float64 in [0, 1), exact in float32: blocks of 8 x 8 pixels plus as much for every pixel."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    blocks = mixed(seed << 20 | (y // 8 * 64 + x // 8) * 4 + c) & 255
    pixels = mixed(seed << 20 | 1 << 18 | (y * side + x) * 4 + c) & 0xFFFF
    return (blocks * 256.0 + pixels) / 2**17


def summed(values: np.ndarray) -> dict:
    """SUMS sums into which the values go by a hash of their index, with a sign from it: a value that is wrong by d changes one
    sum by d, and errors all over the tensor change the sums by as much as they are large, since nothing cancels but by accident."""
    flat = np.asarray(values, np.float64).reshape(-1)
    h = mixed(np.arange(flat.size))
    signed = np.where(h & 64, -flat, flat)
    sums = np.bincount(h & 63, weights=signed, minlength=SUMS)
    return {"largest": short(np.abs(flat).max()), "sums": [short(s) for s in sums]}


def deviation(found: dict, wanted: dict) -> float:
    """The largest deviation of a sum, over the largest value."""
    difference = np.abs(np.subtract(found["sums"], wanted["sums"])).max()
    return float(difference / wanted["largest"])


def worst_of(found: list[dict], wanted: list[dict]) -> float:
    """The largest deviation of values and gradients of layers."""
    pairs = [(f["values"], w["values"]) for f, w in zip(found, wanted, strict=True)]
    for f, w in zip(found, wanted, strict=True):
        pairs += zip(f["gradients"], w["gradients"], strict=True)
    return max(deviation(f, w) for f, w in pairs)


def short(value: float) -> float:
    return float(f"{value:.8g}")
