"""Makes the photos of the article: the middle of pictures that two Python packages bring, 256 pixels a side.

    build/python/bin/python web/article/photos/make.py

The packages are fetched by version and checksum, as those of models/ are. LICENCES.md says whose the photos are.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[2] / "models"))

from fetch import Wheel, members  # noqa: E402

SIDE = 256
SKIMAGE = Wheel("scikit-image", "0.25.2", "24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641")
SKLEARN = Wheel("scikit-learn", "1.7.2", "89877e19a80c7b11a2891a27c21c4894fb18e2c2e077815bcade10d34287b20d")
PHOTOS = {
    "cat": (SKIMAGE, "skimage/data/chelsea.png", 0.62),
    "coffee": (SKIMAGE, "skimage/data/coffee.png", 0.5),
    "astronaut": (SKIMAGE, "skimage/data/astronaut.png", 0.5),
    "rocket": (SKIMAGE, "skimage/data/rocket.jpg", 0.5),
    "grass": (SKIMAGE, "skimage/data/grass.png", 0.5),
    "pavilion": (SKLEARN, "sklearn/datasets/images/china.jpg", 0.5),
    "dahlia": (SKLEARN, "sklearn/datasets/images/flower.jpg", 0.3),
}


def square(image: Image.Image, where: float) -> Image.Image:
    """The largest square, `where` along the longer side: 0 is its beginning, 1 its end."""
    side = min(image.size)
    left, top = (round(where * (length - side)) for length in image.size)
    return image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def main() -> None:
    for name, (wheel, member, where) in PHOTOS.items():
        [data] = members(wheel, [member])
        image = square(Image.open(io.BytesIO(data)).convert("RGB"), where)
        image.save(here / f"{name}.jpg", quality=88, subsampling=0)


if __name__ == "__main__":
    main()
