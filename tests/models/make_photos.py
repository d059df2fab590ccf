"""Photos as networks see them in published evaluations, for tests of whole networks.

    python tests/models/make_photos.py PHOTOS OUT

Every PHOTOS/*.jpg is scaled so that its shorter side is round(224 / crop), with Pillow's antialiased bicubic filter, and its
middle 224 x 224 are written to OUT/<name>-<crop>.f32: float32 RGB in [0, 1], row after row, for each crop of CROPS.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 224
CROPS = (0.875, 0.9)


def crop_photo(photo: Image.Image, crop: float) -> np.ndarray:
    """SIDE x SIDE x 3, float32 in [0, 1]."""
    shorter = round(SIDE / crop)
    width, height = photo.size
    scale = shorter / min(width, height)
    scaled = photo.resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC)
    left, top = (scaled.width - SIDE) // 2, (scaled.height - SIDE) // 2
    middle = scaled.crop((left, top, left + SIDE, top + SIDE))
    return np.asarray(middle, dtype=np.float32) / np.float32(255)


def main(photos: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(photos.glob("*.jpg")):
        photo = Image.open(path).convert("RGB")
        for crop in CROPS:
            target = out / f"{path.stem}-{crop}.f32"
            if not target.exists():
                target.write_bytes(crop_photo(photo, crop).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
