"""The text that must go wherever the generated files go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fetch import FetchError, Wheel, licence_texts

RULE = "=" * 78
WORDNET = Path(__file__).with_name("wordnet-licence.txt")


def licences_text(parts: list[dict[str, Any]]) -> bytes:
    """One section a generated file: what it is made of, what was changed, and its source's licence as the package has it."""
    sections = [_section(part) for part in parts]
    sections.append("The class names are words of WordNet.\n\n" + WORDNET.read_text(encoding="utf-8").strip())
    return (f"\n\n{RULE}\n".join(sections) + "\n").encode("utf-8")


def _section(part: dict[str, Any]) -> str:
    source = part["source"]
    wheel = Wheel(source["package"], source["version"], source["sha256"])
    texts = licence_texts(wheel)
    if not texts:
        raise FetchError(f"{wheel} brings no licence text")
    head = f"{part['file']}\nMade from {wheel}, licence {part['licence']}. {part['changes']}"
    return "\n\n".join([head, *texts])
