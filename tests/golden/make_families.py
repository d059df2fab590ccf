"""Writes exported/*: small networks of every architecture family as PyTorch's exporters write them, and what PyTorch computes.

    python3 -m venv venv && venv/bin/pip install numpy torch==2.13.0 torchvision==0.28.0 timm==1.0.31 onnx onnxscript onnxruntime
    venv/bin/python tests/golden/make_families.py                     the committed set: each family once per exporter
    venv/bin/python tests/golden/make_families.py --all DIRECTORY     every family with every exporter and opset: half an hour
    venv/bin/python tests/golden/make_families.py --only vit,swin     of the committed set, or with --all

FAMILY-EXPORTER-OPSET.onnx.gz    the file as exported, without notes about Python's files. Weights are random (families/weights.py).
FAMILY-EXPORTER-OPSET.json       for an image of a formula (families/formulas.py): an early and a middle layer and the output, and the
                                 gradient of a unit of each (the mean over positions where none is given), both as sums; one
                                 for every axis that may hold the units

Networks get (image - 0.5) / 0.25 as their input. PyTorch computes in float64. "disturbed" says how far noise of the
size of float32's roundings takes the numbers.
Of 455 forms, PyTorch refuses to write 23: attention and unflatten in opsets below 13 or 14, Celu below 12, and the antialiased resize of
dinov2_resampled but by dynamo.
PHASELENS_FAMILIES=DIRECTORY npm run test:js -- families also runs the tests on such a directory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from pathlib import Path

import onnx
import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import torchvision_operators

kept = torchvision_operators.declare()

from families import exporters, reference, weights
from families.formulas import make_image
from families.matching import operators_of
from families.table import FAMILIES, Family


def make(family: Family, forms: list[tuple[str, int, bool]], directory: Path) -> int:
    """Writes the forms of one family; how many failed."""
    torch.manual_seed(1)
    model = family.build().eval()
    images = [reference.tensor_of(make_image(seed, family.side), torch.float32) for seed in range(8)]
    weights.settle(model, torch.cat(images), seed=1)
    failed = 0
    for exporter, opset, dynamic in forms:
        name, start = f"{family.name}-{exporter}-{opset}", time.monotonic()
        try:
            size, disturbed = write_form(model.float(), family, exporter, opset, dynamic, directory / name)
            print(f"{name}: {size} bytes, noise changes it by {disturbed}, {time.monotonic() - start:.1f} s", flush=True)
        except Exception as error:  # an exporter may refuse by any
            failed += 1
            print(f"{name} failed: {type(error).__name__}: {str(error).strip()[:300]}", flush=True)
    return failed


def write_form(model: torch.nn.Module, family: Family, exporter: str, opset: int, dynamic: bool, path: Path) -> tuple[int, float]:
    exported = exporters.export(model, family.side, exporter, opset, dynamic)
    x = reference.tensor_of(make_image(0, family.side), torch.float32)
    golden = reference.golden(model, reference.choose_layers(model, exported, x), family.side)
    golden = {"family": family.name, "exporter": exporter, "opset": opset, "batch": "any" if dynamic else 1,
              "modules": named_modules(model, exported), "operators": operators_of(exported), **golden}
    packed = gzip.compress(exported.SerializeToString(deterministic=True), 9, mtime=0)
    path.with_name(path.name + ".onnx.gz").write_bytes(packed)
    path.with_name(path.name + ".json").write_text(json.dumps(golden) + "\n")
    return len(packed), golden["disturbed"]


def named_modules(model: torch.nn.Module, exported: onnx.ModelProto) -> list[str]:
    """The network's parts that the file's values are named after."""
    parts = {part for node in exported.graph.node for name in node.output for part in name.split("/")[1:-1]}
    return [name for name, _ in model.named_children() if name in parts]


def committed_forms(family: Family) -> list[tuple[str, int, bool]]:
    forms = [(exporter, getattr(family, exporter), exporter in family.dynamic) for exporter in exporters.EXPORTERS]
    return [form for form in forms if form[1]]


def all_forms() -> list[tuple[str, int, bool]]:
    """The batch is open in every other opset."""
    return [(exporter, opset, opset % 2 == 1) for exporter, opsets in exporters.EXPORTERS.items() for opset in opsets]


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes exported/* beside this script.")
    parser.add_argument("--all", type=Path, metavar="DIRECTORY", help="every family, exporter and opset, into this directory")
    parser.add_argument("--only", default="", help="families, with commas between them")
    options = parser.parse_args()
    directory = options.all or HERE / "exported"
    directory.mkdir(parents=True, exist_ok=True)
    only = options.only.split(",") if options.only else [family.name for family in FAMILIES]
    chosen = [family for family in FAMILIES if family.name in only]
    failed = sum(make(family, all_forms() if options.all else committed_forms(family), directory) for family in chosen)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
