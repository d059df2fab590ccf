"""The natural magnitude as small as the recipe that continues it allows: a fiftieth of the file.

Above radius 48 the preset `default` takes the magnitude's own power law where that is larger (magnitude_continue in
src/image/magnitude.c), which is nearly everywhere: what lies below the law is never seen, and is 0 here. What is left has the eight
leading bits of each number, an error of at most 0.4 %, and is compressed by zopfli, whose result is the same on every machine.
"""

from __future__ import annotations

import io

import numpy as np
import zopfli.gzip

# Radii in cycles per 512 pixels, as in magnitude.c.
FIT_FROM, FIT_TO = 4, 48


def radii(height: int, columns: int) -> np.ndarray:
    """height x columns, of a half spectrum in fftfreq order."""
    down = np.fft.fftfreq(height)[:, None]
    across = np.arange(columns)[None] / (2 * (columns - 1))
    return 512 * np.hypot(down, across)


def power_law(plane: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """A line through log magnitude over log radius, as a plane; 1 at the constant term."""
    fitted = (radius >= FIT_FROM) & (radius <= FIT_TO) & (plane > 0)
    slope, offset = np.polyfit(np.log(radius[fitted]), np.log(plane[fitted]), 1)
    return np.exp(offset + slope * np.log(np.maximum(radius, 1)))


def continued(magnitude: np.ndarray) -> np.ndarray:
    """What `default` makes of it: 3 x height x columns."""
    radius = radii(*magnitude.shape[1:])
    planes = magnitude.astype(np.float64)
    laws = np.stack([power_law(plane, radius) for plane in planes])
    return np.where(radius > FIT_TO, np.maximum(planes, laws), planes)


def round_to_8_bits(values: np.ndarray) -> np.ndarray:
    """Float32 whose lower half is 0."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000)).view(np.float32)


def what_continuing_leaves(npy: bytes) -> bytes:
    """An npy file's, compressed by gzip."""
    magnitude = np.load(io.BytesIO(npy))
    left = np.where(continued(magnitude) > magnitude, 0, magnitude)
    file = io.BytesIO()
    np.save(file, round_to_8_bits(left))
    return zopfli.gzip.compress(file.getvalue())
