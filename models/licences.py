"""The text that must go wherever the generated files go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fetch import FetchError, Wheel, licence_texts, metadata

RULE = "=" * 78
WORDNET = Path(__file__).with_name("wordnet-licence.txt")
MIT = Path(__file__).with_name("mit-licence.txt")


def licences_text(parts: list[dict[str, Any]]) -> bytes:
    """One section a generated file: what it is made of, what was changed, and its source's licence as the package has it."""
    sections = [_section(part) for part in parts]
    sections.append("The class names are words of WordNet.\n\n" + WORDNET.read_text(encoding="utf-8").strip())
    return (f"\n\n{RULE}\n".join(sections) + "\n").encode("utf-8")


def _section(part: dict[str, Any]) -> str:
    source = part["source"]
    wheel = Wheel(source["package"], source["version"], source["sha256"])
    texts = licence_texts(wheel) or [_text_in_a_word(wheel)]
    head = f"{part['file']}\nMade from {wheel}, licence {part['licence']}. {part['changes']}"
    return "\n\n".join([head, *texts])


def _text_in_a_word(wheel: Wheel) -> str:
    """Of a wheel that names its licence and brings no text of it: only MIT's is known here, to be given with its author's name."""
    licence, author = (metadata(wheel).get(field) for field in ("License", "Author"))
    if licence != "MIT" or not author:
        raise FetchError(f"{wheel} brings no licence text, and says that it is under {licence} by {author}")
    return MIT.read_text(encoding="utf-8").strip().replace("AUTHOR", author)
