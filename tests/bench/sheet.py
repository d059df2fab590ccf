"""Puts pictures side by side, four in a row.

    python tests/bench/sheet.py OUT.jpg PICTURE.png ...
"""

from __future__ import annotations

import sys

from PIL import Image

SIDE, GAP, COLUMNS = 256, 4, 4


def main(out: str, paths: list[str]) -> None:
    rows = -(-len(paths) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP), "white")
    for i, path in enumerate(paths):
        picture = Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(picture, (i % COLUMNS * (SIDE + GAP), i // COLUMNS * (SIDE + GAP)))
    sheet.save(out, quality=86)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
