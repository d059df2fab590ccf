"""Names of ImageNet's 1000 classes, in the order of ILSVRC 2012: its synsets sorted by their WordNet number."""

from __future__ import annotations

from collections import Counter

# Where two classes share their first name; the words in brackets are ours.
TOLD_APART = {
    134: "crane (bird)",
    517: "crane (machine)",
    264: "Cardigan (dog)",
    474: "cardigan (garment)",
    638: "maillot (tights)",
    639: "maillot (swimsuit)",
}


def class_names(synsets: str, lemmas: str) -> list[str]:
    """Each class's first name. `synsets`: one WordNet number a line; `lemmas`: number, tab, names with commas between them."""
    names = dict(line.split("\t", 1) for line in lemmas.splitlines())
    numbers = synsets.split()
    if len(numbers) != 1000 or numbers != sorted(set(numbers)):
        raise ValueError("the list of synsets is not ImageNet's")
    first = [TOLD_APART.get(i, names[number].split(",")[0].strip()) for i, number in enumerate(numbers)]
    twice = [name for name, count in Counter(name.lower() for name in first).items() if count > 1]
    if twice:
        raise ValueError(f"classes share a name: {', '.join(twice)}")
    return first


def labels_text(synsets: bytes, lemmas: bytes) -> bytes:
    """1000 names, one a line. Not as JSON: some bundlers make a script of such a file."""
    names = class_names(synsets.decode("utf-8"), lemmas.decode("utf-8"))
    return "".join(f"{name}\n" for name in names).encode("utf-8")
