"""Reads a state dict from PyTorch's first file format (before 1.6: no zip) without PyTorch and without trusting the file.

The file is four pickles and the numbers: a magic number, the protocol, facts about the machine that wrote it, the dict itself
with a reference to a storage in place of every tensor, the list of the storages' keys, then for each key an int64 count and that
many little-endian numbers. Source: torch/serialization.py, _legacy_load.

A pickle is a program. This one may call what ALLOWED lists and nothing else, and what it calls only notes shapes; no number is read
before every count is known to lie within the file.
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class TorchFileError(ValueError):
    """The file is damaged, or wants something that a file of weights has no need of."""


@dataclass(frozen=True)
class Storage:
    """A run of `count` numbers of one type, known by its key."""

    key: str
    dtype: np.dtype
    count: int


class View(NamedTuple):
    """A tensor as the pickle describes it: a window into a storage, offset and strides in numbers."""

    storage: Any
    offset: Any
    shape: Any
    strides: Any


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> View:
    return View(storage, offset, shape, strides)


class _FloatStorage:
    dtype = np.dtype("<f4")


class _LongStorage:
    dtype = np.dtype("<i8")


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): _FloatStorage,
    ("torch", "LongStorage"): _LongStorage,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise TorchFileError(f"the file asks for {module}.{name}, which no file of weights needs: refused")
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> Storage:
        match pid:
            case ("storage", kind, str(key), str(), int(count), None) if kind in (_FloatStorage, _LongStorage) and count >= 0:
                return Storage(key, kind.dtype, count)
        raise TorchFileError(f"not a reference to a storage: {pid!r:.100}")


def read_state_dict(data: bytes) -> dict[str, np.ndarray]:
    """The tensors of a whole file's bytes, by name: read-only views of `data`, float32 or int64. Raises TorchFileError."""
    stream = io.BytesIO(data)
    _check_header([_unpickle(stream) for _ in range(3)])
    state, keys = _unpickle(stream), _unpickle(stream)
    views = _checked_views(state)
    numbers = _storages(data, stream.tell(), keys, [view.storage for view in views.values()])
    return {name: _tensor(view, numbers) for name, view in views.items()}


def _unpickle(stream: io.BytesIO) -> Any:
    try:
        return _Unpickler(stream, encoding="utf-8").load()
    except TorchFileError:
        raise
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise TorchFileError(f"damaged near byte {stream.tell()}: {error or type(error).__name__}") from error


def _check_header(header: list[Any]) -> None:
    magic, protocol, machine = header
    if magic != MAGIC or protocol != PROTOCOL:
        raise TorchFileError("not a file of PyTorch's first format")
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise TorchFileError("not written by a little-endian machine")


def _checked_views(state: Any) -> dict[str, View]:
    """The dict's entries, each a window that lies within its storage."""
    if not isinstance(state, dict):
        raise TorchFileError(f"holds {type(state).__name__} in place of a dict of tensors")
    for name, view in state.items():
        if not isinstance(name, str) or not isinstance(view, View) or not isinstance(view.storage, Storage):
            raise TorchFileError(f"{name!r:.100} is not a tensor")
        if not _fits(view):
            window = f"offset {view.offset!r:.40}, shape {view.shape!r:.80}"
            raise TorchFileError(f"{name}: {window} do not fit a storage of {view.storage.count}")
    return dict(state)


def _fits(view: View) -> bool:
    lists = (view.shape, view.strides)
    if not all(isinstance(numbers, tuple) and all(type(n) is int and n >= 0 for n in numbers) for numbers in lists):
        return False
    if type(view.offset) is not int or view.offset < 0 or len(view.shape) > 8:
        return False
    last = view.offset + sum((n - 1) * stride for n, stride in zip(view.shape, view.strides))
    size = math.prod(view.shape)  # at most the storage's: a stride of 0 must not make much of little
    return len(view.shape) == len(view.strides) and 0 < size <= view.storage.count and last < view.storage.count


def _storages(data: bytes, start: int, keys: Any, storages: list[Storage]) -> dict[str, np.ndarray]:
    """Every storage's numbers, from byte `start` to the end of the file, in the order of `keys`."""
    known = {storage.key: storage for storage in storages}
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or sorted(keys) != sorted(known):
        raise TorchFileError("the list of storages is not that of the tensors")
    if any(known[storage.key] != storage for storage in storages):
        raise TorchFileError("one storage is described in two ways")
    numbers: dict[str, np.ndarray] = {}
    for key in keys:
        storage = known[key]
        end = start + 8 + storage.count * storage.dtype.itemsize
        if end > len(data) or int.from_bytes(data[start : start + 8], "little") != storage.count:
            raise TorchFileError(f"damaged or cut off at byte {min(start, len(data))} of {len(data)}, storage {key}")
        numbers[key] = np.frombuffer(data, storage.dtype, storage.count, start + 8)
        start = end
    if start != len(data):
        raise TorchFileError(f"{len(data) - start} bytes too many")
    return numbers


def _tensor(view: View, numbers: dict[str, np.ndarray]) -> np.ndarray:
    storage = numbers[view.storage.key]
    strides = [n * storage.itemsize for n in view.strides]
    return np.ndarray(view.shape, storage.dtype, storage, view.offset * storage.itemsize, strides)
