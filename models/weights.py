"""A state dict on its way into an ONNX graph, and the file that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import helper


@dataclass
class Weights:
    """The state dict, every tensor of which must be asked for once."""

    tensors: dict[str, np.ndarray]
    asked: set[str] = field(default_factory=set)

    def take(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """The tensor as float64; ValueError if it is missing or has another shape."""
        if name not in self.tensors:
            raise ValueError(f"the weights lack {name}")
        tensor = self.tensors[name]
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise ValueError(f"{name} is {tensor.dtype} {tensor.shape}, not float32 {shape}")
        self.asked.add(name)
        return tensor.astype(np.float64)

    def normalization(self, name: str, channels: int, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
        """What a BatchNormalization multiplies each channel by, and what it then adds."""
        gain, shift, mean, variance = (
            self.take(f"{name}.{part}", (channels,)) for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + epsilon)
        return scale, shift - mean * scale

    def check_all_asked(self) -> None:
        """ValueError if some tensor was not."""
        left = [name for name in self.tensors if name not in self.asked and not name.endswith(".num_batches_tracked")]
        if left:
            raise ValueError(f"the weights hold what the network has no place for: {', '.join(left[:5])}")


def file_of(graph: onnx.GraphProto, opset: int, ir_version: int) -> bytes:
    """The checked ONNX file. The same graph gives the same bytes."""
    model = helper.make_model(
        graph, producer_name="phaselens", opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version
    )
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
