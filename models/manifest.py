"""Reads manifest.json and says what is wrong with it. README.md tells what each field means."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

Shape = Any  # a type; a test; [shape] for a list of at least one; {name: shape} for an object of exactly these fields


class ManifestError(Exception):
    """The manifest is not what it should be; the text lists where."""


def sha256(value: Any) -> bool:
    """64 hexadecimal digits"""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def file_name(value: Any) -> bool:
    """a file name without a folder"""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]*", value) is not None


def rgb(value: Any) -> bool:
    """three numbers"""
    return isinstance(value, list) and len(value) == 3 and all(type(n) in (int, float) for n in value)


def positive(value: Any) -> bool:
    """a whole number above 0"""
    return type(value) is int and value > 0


def unit(value: Any) -> bool:
    """a whole number from 0"""
    return type(value) is int and value >= 0


def options(value: Any) -> bool:
    """an object of options"""
    return isinstance(value, dict) and value != {}


SOURCE: Shape = {"package": str, "version": str, "sha256": sha256, "members": [str]}
MADE: Shape = {"file": file_name, "sha256": sha256, "bytes": positive, "licence": str, "source": SOURCE, "changes": str}
JUDGE: Shape = MADE | {
    "id": str,
    "title": str,
    "input": {"name": str, "channels": positive, "size": positive, "minimumSize": positive},
    "normalization": {"mean": rgb, "std": rgb},
    "labels": file_name,
    "logits": str,
}
MODEL: Shape = JUDGE | {
    "recipe": options,
    "suggested": [{"layer": str, "title": str, "units": [unit]}],
}
GENERATOR: Shape = MADE | {"id": str, "title": str, "latent": positive, "size": positive}
MANIFEST: Shape = {
    "models": [MODEL],
    "judges": [JUDGE],
    "generators": [GENERATOR],
    "labels": [MADE | {"count": positive}],
    "magnitude": MADE | {"shape": [positive]},
    "continuedMagnitude": MADE | {"shape": [positive]},
    "licences": {"file": file_name, "sha256": sha256, "bytes": positive},
}


def problems(value: Any, shape: Shape, where: str) -> list[str]:
    """What is wrong with `value`, each with its place."""
    if isinstance(shape, dict):
        return _object_problems(value, shape, where)
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return [f"{where} should be a list of at least one"]
        return [text for i, item in enumerate(value) for text in problems(item, shape[0], f"{where}[{i}]")]
    if isinstance(shape, type):
        return [] if isinstance(value, shape) and value else [f"{where} should be a {shape.__name__} that is not empty"]
    test: Callable[[Any], bool] = shape
    return [] if test(value) else [f"{where} should be {test.__doc__}"]


def _object_problems(value: Any, shape: dict[str, Shape], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} should be an object"]
    missing = [f"{where}.{name} is missing" for name in shape if name not in value]
    unknown = [f"{where}.{name} is not a known field" for name in value if name not in shape]
    inner = [text for name in shape if name in value for text in problems(value[name], shape[name], f"{where}.{name}")]
    return missing + unknown + inner


def cross_problems(manifest: dict[str, Any]) -> list[str]:
    """What no field shows alone."""
    files = [part["file"] for part in parts(manifest)] + [manifest["licences"]["file"]]
    labels = {part["file"] for part in manifest["labels"]}
    found = [f"two parts are called {file}" for file in sorted(set(files)) if files.count(file) > 1]
    for model in [*manifest["models"], *manifest["judges"]]:
        if model["labels"] not in labels:
            found.append(f"{model['id']}: labels names {model['labels']}, which is not listed")
        if min(model["normalization"]["std"]) <= 0:
            found.append(f"{model['id']}: normalization.std should be above 0")
        if model["input"]["minimumSize"] > model["input"]["size"]:
            found.append(f"{model['id']}: input.minimumSize is above input.size")
    return found


def parts(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that is made of a package, models first."""
    lists = ("models", "judges", "generators", "labels")
    return [*(part for name in lists for part in manifest[name]), manifest["magnitude"], manifest["continuedMagnitude"]]


def load(path: Path) -> dict[str, Any]:
    """The manifest of the file. Raises ManifestError."""
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ManifestError(f"{path.name}: {error}") from error
    found = problems(manifest, MANIFEST, "manifest") or cross_problems(manifest)
    if found:
        raise ManifestError(f"{path.name}:\n" + "\n".join(f"  {text}" for text in found))
    return manifest
