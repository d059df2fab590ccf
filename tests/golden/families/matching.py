"""Which values of an exported file are the result of which module: those that are the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

DEPTHS = (0.15, 0.6)  # where in a file the early and the middle layer are looked for; the third is the output
ALIASES = ("Identity", "Cast", "Constant")  # of these, no layer is made


def operators_of(exported: onnx.ModelProto) -> list[str]:
    return sorted({node.op_type for node in exported.graph.node})


@dataclass(frozen=True)
class Layer:
    name: str  # in the file
    module: str  # whose result it is; "" for the network's


def values_of(exported: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    """All values of the file by onnxruntime, in its order."""
    every = onnx.ModelProto()
    every.CopyFrom(exported)
    names = [node.output[0] for node in every.graph.node if node.output[0] and node.op_type not in ALIASES]
    del every.graph.output[:]
    every.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(every.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x}), strict=True))


def choose(exported: onnx.ModelProto, x: np.ndarray, modules: dict[str, np.ndarray]) -> list[Layer]:
    """An early layer, a middle one and the output: values of the file that are the result of a module."""
    values = values_of(exported, x)
    output = exported.graph.output[0].name
    if output not in values or not agree(values[output], modules[""]):
        raise ValueError("onnxruntime's output is not the framework's")
    return [*(first_match(values, modules, depth) for depth in DEPTHS), Layer(output, "")]


def first_match(values: dict[str, np.ndarray], modules: dict[str, np.ndarray], depth: float) -> Layer:
    names = list(values)
    pairs = ((name, module) for name in names[round(depth * len(names)) :] for module in modules if module)
    return next(Layer(name, module) for name, module in pairs if agree(values[name], modules[module]))


def agree(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max() <= 1e-4 * np.abs(b).max())
