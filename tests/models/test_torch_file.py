"""The reader of PyTorch's first file format: what it reads and what it refuses."""

from __future__ import annotations

import io
import os
import pickle
import sys
import tempfile
import unittest
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any, Callable
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))
from torch_file import MAGIC, PROTOCOL, TorchFileError, read_state_dict


def _rebuild_tensor_v2(*_: Any) -> None:
    """Pickled by name only."""


class FloatStorage:
    """Pickled by name only."""


_rebuild_tensor_v2.__module__ = "torch._utils"
FloatStorage.__module__ = "torch"
STAND_INS = {"torch": ModuleType("torch"), "torch._utils": ModuleType("torch._utils")}
STAND_INS["torch"].FloatStorage = FloatStorage
STAND_INS["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2


class Key(str):
    """A storage's key; pickled as a reference to the storage."""


class Tensor:
    def __init__(self, key: str, offset: Any, shape: Any, strides: Any):
        self.arguments = (Key(key), offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _rebuild_tensor_v2, self.arguments


class Call:
    """Calls what it is given when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any):
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.reduced


def file_of(state: Any, storages: dict[str, np.ndarray], counts: dict[str, int] | None = None) -> bytes:
    """A file as PyTorch wrote it. `counts`: what the state says of a storage's size, where that is not true."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            if isinstance(value, Key):
                return "storage", FloatStorage, str(value), "cpu", (counts or {}).get(value, storages[value].size), None
            return None

    stream = io.BytesIO()
    with mock.patch.dict(sys.modules, STAND_INS):
        for value in (MAGIC, PROTOCOL, {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}, state):
            Pickler(stream, protocol=2).dump(value)
        pickle.dump(list(storages), stream, protocol=2)
    for numbers in storages.values():
        stream.write(numbers.size.to_bytes(8, "little") + numbers.astype("<f4").tobytes())
    return stream.getvalue()


SIX = {"a": np.arange(6)}


class Reads(unittest.TestCase):
    def test_tensors_and_a_transposed_one(self) -> None:
        state = OrderedDict(
            rows=Tensor("a", 0, (2, 3), (3, 1)), columns=Tensor("a", 0, (3, 2), (1, 3)), last=Tensor("a", 5, (), ())
        )
        tensors = read_state_dict(file_of(state, SIX))
        np.testing.assert_array_equal(tensors["rows"], [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(tensors["columns"], [[0, 3], [1, 4], [2, 5]])
        self.assertEqual(tensors["last"], 5)

    def test_several_storages(self) -> None:
        state = {"x": Tensor("a", 0, (6,), (1,)), "y": Tensor("b", 1, (2,), (1,))}
        tensors = read_state_dict(file_of(state, SIX | {"b": np.array([7, 8, 9])}))
        np.testing.assert_array_equal(tensors["y"], [8, 9])


class Refuses(unittest.TestCase):
    def refused(self, data: bytes, text: str) -> None:
        with self.assertRaisesRegex(TorchFileError, text):
            read_state_dict(data)

    def test_a_call_of_os_system(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "made"
            self.refused(file_of({"x": Call(os.system, f"touch {made}")}, {}), r"system, which no file of weights needs")
            self.assertFalse(made.exists())

    def test_a_call_hidden_in_the_first_pickle(self) -> None:
        self.refused(pickle.dumps(Call(eval, "1"), protocol=2) + file_of({}, {}), "eval")

    def test_a_storage_that_is_no_reference(self) -> None:
        with mock.patch.dict(sys.modules, STAND_INS):
            fake = Call(_rebuild_tensor_v2, "a", 0, (1,), (1,))
            self.refused(file_of({"x": fake}, {}), "not a tensor")

    def test_windows_outside_their_storage(self) -> None:
        windows: list[tuple[Any, Any, Any]] = [
            (1, (2, 3), (3, 1)),
            (0, (7,), (1,)),
            (0, (2, 3), (4, 1)),
            (-1, (2,), (1,)),
            (0, (-2, -3), (3, 1)),
            (6, (), ()),
            (0, (2,), (-1,)),
            (0, (2,), (1, 1)),
            (0, (10**9, 10**9), (0, 0)),
            (0, ("6",), (1,)),
            (0.0, (6,), (1,)),
            (0, (0,), (1,)),
        ]
        for window in windows:
            with self.subTest(window):
                self.refused(file_of({"x": Tensor("a", *window)}, SIX), "do not fit a storage of 6")

    def test_a_storage_larger_than_the_file(self) -> None:
        state = {"x": Tensor("a", 0, (10**12,), (1,))}
        self.refused(file_of(state, SIX, counts={"a": 10**12}), "cut off")

    def test_a_file_cut_off_anywhere(self) -> None:
        data = file_of({"x": Tensor("a", 0, (6,), (1,))}, SIX)
        for length in range(len(data)):
            with self.assertRaises(TorchFileError, msg=f"{length} of {len(data)} bytes"):
                read_state_dict(data[:length])

    def test_a_file_with_more_at_its_end(self) -> None:
        self.refused(file_of({"x": Tensor("a", 0, (6,), (1,))}, SIX) + b"more", "4 bytes too many")

    def test_what_is_no_such_file(self) -> None:
        self.refused(b"PK\x03\x04" + bytes(100), "damaged")
        self.refused(pickle.dumps(1, protocol=2) * 5, "not a file of PyTorch's first format")


if __name__ == "__main__":
    unittest.main()
