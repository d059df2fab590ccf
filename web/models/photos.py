"""Makes the photos of the page and of the article: squares of pictures that three Python packages bring.

    build/python/bin/python web/models/photos.py

The packages are fetched by version and checksum, as those of models/ are. LICENCES.md beside the photos says whose they are.
"""

from __future__ import annotations

import bz2
import io
import sys
from pathlib import Path

from PIL import Image

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "models"))

from fetch import Wheel, members  # noqa: E402

SKIMAGE = Wheel("scikit-image", "0.25.2", "24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641")
SKLEARN = Wheel("scikit-learn", "1.7.2", "89877e19a80c7b11a2891a27c21c4894fb18e2c2e077815bcade10d34287b20d")
SCIPY = Wheel("scipy", "1.11.4", "530f9ad26440e85766509dbf78edcfe13ffd0ab7fec2560ee5c36ff74d6269ff")
PHOTOS = {
    "cat": (SKIMAGE, "skimage/data/chelsea.png", 0.62),
    "raccoon": (SCIPY, "scipy/misc/face.dat", 0.85),
    "dahlia": (SKLEARN, "sklearn/datasets/images/flower.jpg", 0.3),
    "coffee": (SKIMAGE, "skimage/data/coffee.png", 0.5),
    "astronaut": (SKIMAGE, "skimage/data/astronaut.png", 0.5),
    "photographer": (SKIMAGE, "skimage/data/camera.png", 0.5),
    "pavilion": (SKLEARN, "sklearn/datasets/images/china.jpg", 0.5),
    "rocket": (SKIMAGE, "skimage/data/rocket.jpg", 0.5),
    "galaxies": (SKIMAGE, "skimage/data/hubble_deep_field.jpg", 0.5),
    "grass": (SKIMAGE, "skimage/data/grass.png", 0.5),
    "gravel": (SKIMAGE, "skimage/data/gravel.png", 0.5),
    "bricks": (SKIMAGE, "skimage/data/brick.png", 0.5),
}


def opened(member: str, data: bytes) -> Image.Image:
    """scipy keeps its raccoon as bare pixels, 1024 x 768, compressed."""
    if member.endswith(".dat"):
        return Image.frombytes("RGB", (1024, 768), bz2.decompress(data))
    return Image.open(io.BytesIO(data)).convert("RGB")


def square(image: Image.Image, where: float, wanted: int) -> Image.Image:
    """The largest square, `where` along the longer side: 0 is its beginning, 1 its end; scaled to the wanted side."""
    side = min(image.size)
    left, top = (round(where * (length - side)) for length in image.size)
    return image.crop((left, top, left + side, top + side)).resize((wanted, wanted), Image.Resampling.LANCZOS)


# The page measures what units make of all of them, at the size of most networks' input; the article shows some, and their waves.
SETS = [
    ("web/public/photos", list(PHOTOS), 224, {"quality": 82, "optimize": True}),
    (
        "web/article/photos",
        ["cat", "coffee", "astronaut", "rocket", "grass", "pavilion", "dahlia"],
        256,
        {"quality": 88, "subsampling": 0},
    ),
]


def main() -> None:
    for folder, names, side, how in SETS:
        for name in names:
            wheel, member, where = PHOTOS[name]
            [data] = members(wheel, [member])
            square(opened(member, data), where, side).save(root / folder / f"{name}.jpg", **how)


if __name__ == "__main__":
    main()
