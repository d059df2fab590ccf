"""The natural magnitude as the preset `default` takes it, without the cross of its axes, and as small as continuing it allows.

Where a photo ends, its opposite sides do not meet: the average of many has a cross along its axes, twice what lies beside it, and
pictures that keep it a weave of lines across and down. Here nothing is more than 1.15 times the median of its ring.

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


def without_cross(magnitude: np.ndarray) -> np.ndarray:
    """No value above 1.15 times the median of those at its radius, rounded, but for the constant term."""
    ring = np.rint(radii(*magnitude.shape[1:])).astype(int)
    by_ring = np.argsort(ring, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(ring.ravel()))[:-1]
    planes = np.empty(magnitude.shape)
    for plane, values in zip(planes, magnitude.astype(np.float64), strict=True):
        medians = np.array([np.median(part) for part in np.split(values.ravel()[by_ring], ends)])
        plane[:] = np.minimum(values, 1.15 * medians[ring])
    planes[:, 0, 0] = magnitude[:, 0, 0]
    return planes


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
    magnitude = without_cross(np.load(io.BytesIO(npy)))
    left = np.where(continued(magnitude) > magnitude, 0, magnitude)
    file = io.BytesIO()
    np.save(file, round_to_8_bits(left))
    return zopfli.gzip.compress(file.getvalue())
